import Testing
import WABinary
import WAProto
import WASimulator

@Suite("Requests about groups")
struct GroupRequestTests {
    private func participant(_ jid: JID) -> Node { Node("participant", ["jid": .jid(jid)]) }

    @Test("A client creates a group, and everybody's clients hear of it")
    func create() throws {
        let scene = try GroupScene()
        let bobsClient = try ScriptedClient.linked(to: GroupScene.bob, seed: 73, on: scene.bench)
        try scene.settle()
        bobsClient.received.removeAll()
        let answer = try scene.client.groupRequest(
            "set",
            Node(
                "create", ["subject": "Cake", "key": "3EB0KEY"],
                [
                    participant(try scene.jid(GroupScene.bob)), participant(JID("15550009999", .user)),
                    Node("member_add_mode", [:], bytes: Array("admin_add".utf8)),
                    Node("ephemeral", ["expiration": "86400", "trigger": "1"]),
                    Node("description", ["id": "D1"], [Node("body", [:], bytes: Array("With icing".utf8))]),
                ]),
            on: scene.bench)
        let group = try #require(answer.child("group"))
        let id = try #require(group["id"])
        #expect(id.count == 18 && id.allSatisfy(\.isNumber))
        #expect(group["subject"] == "Cake" && group["addressing_mode"] == "lid" && group["size"] == "2")
        #expect(group.jid("creator") == scene.client.lid.account)
        #expect(group.jid("creator_pn") == scene.client.jid.account)
        let people = group.children("participant")
        #expect(people.map { $0["type"] } == ["superadmin", nil, nil])
        #expect(people.map { $0["error"] } == [nil, nil, "404"])
        #expect(people[1].jid("phone_number") == JID(GroupScene.bob, .user))
        #expect(group.child("member_add_mode")?.text == "admin_add")
        #expect(group.child("ephemeral")?["expiration"] == "86400")
        #expect(group.child("description")?.child("body")?.text == "With icing")
        for client in [scene.client, bobsClient] {
            let note = try client.takeNews("create", of: JID(id, .group), on: scene.bench)
            #expect(note.child("create")?["type"] == "new" && note.child("create")?["key"] == "3EB0KEY")
            #expect(note.jid("participant") == scene.client.lid.account)
            #expect(note.child("create")?.child("group")?.children("participant").count == 2)
        }
        #expect(try scene.bench.server.group(id).members.map(\.number) == [GroupScene.ada, GroupScene.bob])
    }

    @Test("Information shows both names of everybody, in the group's addressing", arguments: Addressing.allCases)
    func info(addressing: Addressing) throws {
        let scene = try GroupScene(addressing: addressing)
        let group = try scene.client.groupInfo(scene.group, on: scene.bench)
        #expect(group["id"] == GroupScene.id && group["subject"] == "Tea" && group["size"] == "3")
        for name in ["s_t", "creation", "a_v_id", "p_v_id"] { #expect(group.integer(name) != nil, "\(name)") }
        let people = group.children("participant")
        #expect(
            people.compactMap { $0.jid("jid") }
                == (try [GroupScene.ada, GroupScene.bob, GroupScene.cy].map { try scene.jid($0, addressing) }))
        #expect(
            people.compactMap { $0.jid(addressing == .lid ? "phone_number" : "lid") }
                == (try [GroupScene.ada, GroupScene.bob, GroupScene.cy].map { try scene.jid($0, addressing.other) }))
    }

    @Test("Who asks about a group that is not theirs is told so")
    func infoErrors() throws {
        let scene = try GroupScene()
        let query = Node("query", ["request": "interactive"])
        let unknown = JID("120363000000000000", .group)
        #expect(try scene.client.errorCode("get", to: unknown, query, on: scene.bench) == "404")
        let other = try scene.bench.drive { try $0.addGroup("Not you", members: [GroupScene.bob, GroupScene.cy]) }
        #expect(try scene.client.errorCode("get", to: JID(other, .group), query, on: scene.bench) == "403")
        let batch = try scene.client.groupRequest(
            "get",
            Node(
                "query", [:], [scene.group, unknown, JID(other, .group)].map { Node("group", ["jid": .jid($0)]) }),
            on: scene.bench)
        #expect(batch.child("groups")?.children.map { $0["error"] } == [nil, "404", "403"])
        let list = try scene.client.groupRequest(
            "get", Node("participating", [:], [Node("participants"), Node("description")]), on: scene.bench)
        let mine = try #require(list.child("groups")).children("group")
        #expect(mine.map { $0["id"] } == [GroupScene.id])
        #expect(mine.first?.children("participant").count == 3)
    }

    @Test("People are added, removed, promoted and demoted, each with their own result")
    func members() throws {
        let scene = try GroupScene()
        let dee = "15552223333"
        try scene.bench.drive { try $0.addPhone(dee, name: "Dee") }
        try scene.settle()
        let before = try scene.client.groupInfo(scene.group, on: scene.bench)
        func results(_ tag: String, _ people: [JID]) throws -> [String?] {
            let answer = try scene.client.groupRequest(
                "set", to: scene.group, Node(tag, [:], people.map(participant)), on: scene.bench)
            return try #require(answer.child(tag)).children("participant").map { $0["error"] }
        }
        let stranger = JID("15550009999", .user)
        #expect(try results("add", [scene.jid(dee), scene.jid(GroupScene.bob), stranger]) == [nil, "409", "404"])
        let added = try #require(try scene.client.takeNews("add", of: scene.group, on: scene.bench).child("add"))
        #expect(added.children("participant").compactMap { $0.jid("jid") } == [try scene.jid(dee)])
        #expect(added["prev_v_id"] == before["p_v_id"])
        let after = try scene.client.groupInfo(scene.group, on: scene.bench)
        #expect(added["v_id"] == after["p_v_id"] && added["v_id"] != added["prev_v_id"])
        #expect(try results("promote", [scene.jid(dee), stranger]) == [nil, "404"])
        _ = try scene.client.takeNews("promote", of: scene.group, on: scene.bench)
        #expect(try scene.bench.server.group(GroupScene.id).members.last?.role == "admin")
        #expect(try results("demote", [scene.jid(dee)]) == [nil])
        #expect(try results("remove", [scene.jid(dee), stranger]) == [nil, "404"])
        _ = try scene.client.takeNews("remove", of: scene.group, on: scene.bench)
        #expect(try scene.bench.server.group(GroupScene.id).members.count == 3)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Who is removed hears of it, and who is added hears of the whole group")
    func removedAndAdded() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        try scene.settle()
        try scene.bench.drive { try $0.removeMembers([GroupScene.ada], from: GroupScene.id) }
        let removed = try scene.client.takeNews("remove", of: scene.group, on: scene.bench)
        #expect(removed.jid("participant") == (try scene.jid(GroupScene.bob)))
        #expect(removed.child("remove")?.child("participant")?.jid("jid") == scene.client.lid.account)
        try scene.bench.drive { server in
            try server.setGroup(.subject("Coffee"), of: GroupScene.id)
            _ = try server.say("without you", from: DeviceAddress(GroupScene.bob), to: GroupScene.id)
        }
        #expect(scene.client.received.isEmpty)
        try scene.bench.drive { try $0.addMembers([GroupScene.ada], to: GroupScene.id) }
        let added = try scene.client.takeNews("create", of: scene.group, on: scene.bench)
        #expect(added.child("create")?.child("group")?["subject"] == "Coffee")
        try scene.bench.drive { _ = try $0.say("with you", from: DeviceAddress(GroupScene.bob), to: GroupScene.id) }
        let stanza = try scene.client.take("message")
        #expect(try scene.client.openGroup(stanza)?.conversation == "with you")
    }

    @Test("Who does not let strangers add them gets an invitation, with which they come by themselves")
    func invitation() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        let dee = "15552223333"
        try scene.bench.drive { try $0.addPhone(dee) }
        let deesClient = try ScriptedClient.linked(to: dee, seed: 74, on: scene.bench)
        _ = try deesClient.request(
            "privacy", "set", [Node("privacy", [:], [Node("category", ["name": "groupadd", "value": "none"])])],
            on: scene.bench)
        let answer = try scene.client.groupRequest(
            "set", to: scene.group, Node("add", [:], [participant(try scene.jid(dee))]), on: scene.bench)
        let refused = try #require(answer.child("add")?.child("participant"))
        #expect(refused["error"] == "403")
        let request = try #require(refused.child("add_request"))
        var accept = Node("accept", ["code": "wrong", "expiration": "1", "admin": .jid(scene.client.lid.account)])
        #expect(try deesClient.errorCode("set", to: scene.group, accept, on: scene.bench) == "410")
        accept.attributes["code"] = request.attributes["code"]
        #expect(try deesClient.groupRequest("set", to: scene.group, accept, on: scene.bench)["type"] == "result")
        _ = try deesClient.takeNews("create", of: scene.group, on: scene.bench)
        #expect(try scene.bench.server.group(GroupScene.id).members.map(\.number).contains(dee))
    }

    @Test("Only admins may do what only admins may do")
    func roles() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        let bob = participant(try scene.jid(GroupScene.bob))
        for child in [
            Node("remove", [:], [bob]), Node("promote", [:], [bob]), Node("announcement"), Node("locked"),
            Node("invite"), Node("member_add_mode", [:], bytes: Array("admin_add".utf8)),
        ] {
            #expect(try scene.client.errorCode("set", to: scene.group, child, on: scene.bench) == "401", "\(child.tag)")
        }
        #expect(try scene.client.errorCode("get", to: scene.group, Node("invite"), on: scene.bench) == "401")
        let subject = Node("subject", [:], bytes: Array("Mine".utf8))
        #expect(try scene.client.errorCode("set", to: scene.group, subject, on: scene.bench) == nil)
        try scene.bench.drive { server in
            try server.setGroup(.locked(true), of: GroupScene.id)
            try server.setGroup(.onlyAdminsAdd(true), of: GroupScene.id)
        }
        #expect(try scene.client.errorCode("set", to: scene.group, subject, on: scene.bench) == "401")
        #expect(
            try scene.client.errorCode("set", to: scene.group, Node("add", [:], [bob]), on: scene.bench) == "401")
        try scene.bench.drive { try $0.promote([GroupScene.ada], in: GroupScene.id) }
        let removal = try scene.client.groupRequest("set", to: scene.group, Node("remove", [:], [bob]), on: scene.bench)
        #expect(removal.child("remove")?.child("participant")?["error"] == "403", "nobody removes the founder")
    }

    @Test("Settings change for everybody, and everybody is told")
    func settings() throws {
        let scene = try GroupScene()
        func set(_ child: Node) throws -> String? {
            try scene.client.errorCode("set", to: scene.group, child, on: scene.bench)
        }
        #expect(try set(Node("subject", [:], bytes: Array("Cocoa".utf8))) == nil)
        let subject = try scene.client.takeNews("subject", of: scene.group, on: scene.bench).child("subject")
        #expect(subject?["subject"] == "Cocoa" && subject?.integer("s_t") != nil)
        #expect(subject?.jid("s_o") == scene.client.lid.account)
        #expect(try set(Node("subject", [:], bytes: Array(String(repeating: "x", count: 101).utf8))) == "406")
        #expect(try set(Node("description", ["id": "D1"], [Node("body", [:], bytes: Array("one".utf8))])) == nil)
        let described = try scene.client.takeNews("description", of: scene.group, on: scene.bench)
        #expect(described.child("description")?.child("body")?.text == "one")
        #expect(try set(Node("description", ["id": "D2"], [Node("body", [:], bytes: [])])) == "409")
        #expect(try set(Node("description", ["id": "D2", "prev": "D1", "delete": "true"])) == nil)
        #expect(
            try scene.client.takeNews("description", of: scene.group, on: scene.bench).child("description")?
                .child("delete") != nil)
        for (tag, opposite) in [("announcement", "not_announcement"), ("locked", "unlocked")] {
            for tag in [tag, opposite] {
                #expect(try set(Node(tag)) == nil)
                let child = try scene.client.takeNews(tag, of: scene.group, on: scene.bench).child(tag)
                if tag.hasSuffix("announcement") { #expect(child?.integer("v_id") != nil) }
            }
        }
        #expect(try set(Node("ephemeral", ["expiration": "604800"])) == nil)
        #expect(try set(Node("ephemeral", ["expiration": "17"])) == "400")
        #expect(try scene.bench.server.group(GroupScene.id).ephemeralSeconds == 604_800)
        #expect(try set(Node("not_ephemeral")) == nil)
        _ = try scene.client.takeNews("not_ephemeral", of: scene.group, on: scene.bench)
        #expect(try set(Node("member_add_mode", [:], bytes: Array("admin_add".utf8))) == nil)
        #expect(try set(Node("member_add_mode", [:], bytes: Array("nobody".utf8))) == "400")
        #expect(try scene.bench.server.group(GroupScene.id).onlyAdminsAdd)
        #expect(try set(Node("suspended")) == "501")
    }

    @Test("The link of a group lets people in until it is replaced")
    func link() throws {
        let scene = try GroupScene()
        let dee = "15552223333"
        try scene.bench.drive { try $0.addPhone(dee) }
        let deesClient = try ScriptedClient.linked(to: dee, seed: 75, on: scene.bench)
        func invite(_ code: String) -> Node { Node("invite", ["code": .text(code)]) }
        let first = try #require(
            try scene.client.groupRequest("get", to: scene.group, Node("invite"), on: scene.bench).child("invite")?[
                "code"])
        #expect(
            try deesClient.groupRequest("get", invite(first), on: scene.bench).child("group")?["subject"] == "Tea")
        let second = try #require(
            try scene.client.groupRequest("set", to: scene.group, Node("invite"), on: scene.bench).child("invite")?[
                "code"])
        #expect(try deesClient.errorCode("set", invite(first), on: scene.bench) == "410")
        #expect(try deesClient.errorCode("get", invite("nonsense"), on: scene.bench) == "406")
        let joined = try deesClient.groupRequest("set", invite(second), on: scene.bench)
        #expect(joined.child("group")?.jid("jid") == scene.group)
        let news = try scene.client.takeNews("add", of: scene.group, on: scene.bench)
        #expect(news.child("add")?["reason"] == "invite")
        #expect(try deesClient.errorCode("set", invite(second), on: scene.bench) == "409")
    }

    @Test("Where joining needs approval, admins are asked")
    func approval() throws {
        let scene = try GroupScene()
        let dee = "15552223333"
        let code = try scene.bench.drive { server in
            try server.addPhone(dee)
            try server.setGroup(.approval(true), of: GroupScene.id)
            return try server.group(GroupScene.id).inviteCode
        }
        let deesClient = try ScriptedClient.linked(to: dee, seed: 76, on: scene.bench)
        let asked = try deesClient.groupRequest("set", Node("invite", ["code": .text(code)]), on: scene.bench)
        #expect(asked.child("membership_approval_request")?.jid("jid") == scene.group)
        let news = try scene.client.takeNews("created_membership_requests", of: scene.group, on: scene.bench)
        #expect(
            news.child("created_membership_requests")?.child("requested_user")?.jid("jid") == (try scene.jid(dee)))
        let list = try scene.client.groupRequest(
            "get", to: scene.group, Node("membership_approval_requests"), on: scene.bench)
        #expect(list.child("membership_approval_requests")?.children.count == 1)
        let decision = try scene.client.groupRequest(
            "set", to: scene.group,
            Node(
                "membership_requests_action", [:],
                [Node("approve", [:], [participant(try scene.jid(dee)), participant(try scene.jid(GroupScene.cy))])]),
            on: scene.bench)
        let results = decision.child("membership_requests_action")?.child("approve")?.children("participant")
        #expect(results?.map { $0["error"] } == [nil, "404"])
        #expect(try scene.bench.server.group(GroupScene.id).members.map(\.number).contains(dee))
    }

    @Test("Whoever leaves is gone, and cannot be added again at once; a group never is without an admin")
    func leaving() throws {
        let scene = try GroupScene()
        let answer = try scene.client.groupRequest(
            "set", Node("leave", [:], [Node("group", ["id": .text(GroupScene.id + "@g.us")])]), on: scene.bench)
        #expect(answer.child("leave")?.child("group") != nil)
        let news = try scene.client.takeNews("remove", of: scene.group, on: scene.bench)
        #expect(news.jid("participant") == scene.client.lid.account)
        #expect(
            try scene.client.errorCode(
                "get", to: scene.group, Node("query", ["request": "interactive"]), on: scene.bench)
                == "403")
        let group = try scene.bench.server.group(GroupScene.id)
        #expect(group.members.map(\.role) == ["admin", "member"])
        let again = try scene.bench.drive { try $0.addMembers([GroupScene.ada], to: GroupScene.id) }
        #expect(again.map(\.refusal) == [408])
        try scene.bench.pass(milliseconds: 86_400_001)
        let later = try scene.bench.drive { try $0.addMembers([GroupScene.ada], to: GroupScene.id) }
        #expect(later.map(\.refusal) == [nil])
    }

    @Test("News of a group waits for a client that is away")
    func queuedNews() throws {
        let scene = try GroupScene()
        try scene.settle()
        try scene.bench.disconnect(scene.client)
        try scene.bench.drive { try $0.setGroup(.subject("Later"), of: GroupScene.id) }
        try scene.client.logIn(on: scene.bench)
        let note = try scene.client.takeNews("subject", of: scene.group, on: scene.bench)
        #expect(note["offline"] != nil)
        try scene.bench.pass(milliseconds: 60_000)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A group cannot have an id that is none, or one that is taken")
    func ids() throws {
        let scene = try GroupScene()
        let server = scene.bench.server
        #expect(throws: SimulatorError.groupExists(GroupScene.id)) {
            try server.addGroup("x", members: [GroupScene.bob], id: GroupScene.id)
        }
        for id in ["12", "12036302123456789a", "15557654321"] {
            #expect(throws: SimulatorError.invalidGroup(id)) {
                try server.addGroup("x", members: [GroupScene.bob], id: id)
            }
        }
        #expect(throws: SimulatorError.unknownPhone("15550009999")) {
            try server.addGroup("x", members: ["15550009999"])
        }
        #expect(throws: SimulatorError.unknownGroup("1")) { try server.group("1") }
    }
}
