import Foundation
import Testing
import WABinary
import WASimulator

@Suite("Communities")
struct CommunityTests {
    private let cy = DeviceAddress(GroupScene.cy)

    /// A community that Ada's client has made as Baileys does, with Bob in it; its parent and its announcements.
    private func community(in scene: GroupScene) throws -> (parent: JID, announcements: JID) {
        let answer = try scene.client.groupRequest(
            "set",
            Node(
                "create", ["subject": "Street"],
                [
                    Node("participant", ["jid": .jid(try scene.jid(GroupScene.bob))]),
                    Node("description", ["id": "D1"], [Node("body", [:], bytes: Array("All of us".utf8))]),
                    Node("parent", ["default_membership_approval_mode": "request_required"]),
                    Node("allow_non_admin_sub_group_creation"), Node("create_general_chat"),
                ]), on: scene.bench)
        let group = try #require(answer.child("group"))
        #expect(group.child("parent")?["default_membership_approval_mode"] == "request_required")
        #expect(group.child("allow_non_admin_sub_group_creation") != nil && group.child("linked_parent") == nil)
        let parent = JID(try #require(group["id"]), .group)
        let all = try subgroups(of: parent, in: scene)
        #expect(all.count == 2 && all.filter { $0.child("general_chat") != nil }.count == 1)
        let first = try #require(all.first { $0.child("default_sub_group") != nil })
        return (parent, JID(try #require(first["id"]), .group))
    }

    private func subgroups(of parent: JID, in scene: GroupScene) throws -> [Node] {
        let answer = try scene.client.groupRequest("get", to: parent, Node("sub_groups"), on: scene.bench)
        return try #require(answer.child("sub_groups")).children("group")
    }

    private func people(_ tag: String, of parent: JID, in scene: GroupScene) throws -> Set<JID?> {
        let answer = try scene.client.groupRequest("get", to: parent, Node(tag), on: scene.bench)
        return Set(try #require(answer.child(tag)).children("participant").map { $0.jid("jid") })
    }

    private func members(of group: JID, in scene: GroupScene) throws -> [String] {
        try scene.bench.server.group(group.user).members.map(\.number).sorted()
    }

    private func link(_ word: String, _ group: JID, to parent: JID, in scene: GroupScene) throws -> Node {
        let target = Node("group", ["jid": .jid(group), "remove_orphaned_members": "true"])
        let child =
            word == "links"
            ? Node("links", [:], [Node("link", ["link_type": "sub_group"], [target])])
            : Node("unlink", ["unlink_type": "sub_group"], [target])
        let answer = try scene.client.groupRequest("set", to: parent, child, on: scene.bench)
        let result = try #require(answer.child(word))
        return try #require((result.child("link") ?? result).child("group"))
    }

    @Test("A community is a parent, a group for announcements and, when asked for, a general chat")
    func create() throws {
        let scene = try GroupScene()
        let (parent, announcements) = try community(in: scene)
        for _ in 0..<3 { _ = try scene.client.take("notification") { $0.child("create")?["type"] == "new" } }
        let info = try scene.client.groupInfo(announcements, on: scene.bench)
        #expect(info.child("announcement") != nil && info.child("linked_parent")?.jid("jid") == parent)
        #expect(try members(of: announcements, in: scene) == [GroupScene.ada, GroupScene.bob])
        #expect(try people("linked_groups_participants", of: parent, in: scene).count == 2)
        #expect(try scene.client.groupInfo(scene.group, on: scene.bench).child("linked_parent") == nil)
        #expect(try scene.client.errorCode("get", to: scene.group, Node("sub_groups"), on: scene.bench) == "400")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A group is linked and unlinked: its members come into the community and go again")
    func linking() throws {
        let scene = try GroupScene()
        let (parent, announcements) = try community(in: scene)
        try scene.settle()
        #expect(try link("links", scene.group, to: parent, in: scene)["error"] == nil)
        let up = try scene.client.takeNews("link", of: parent, on: scene.bench)
        #expect(up.child("link")?["link_type"] == "sub_group" && up.child("link")?.child("group")?["subject"] == "Tea")
        let down = try scene.client.takeNews("link", of: scene.group, on: scene.bench)
        #expect(down.child("link")?["link_type"] == "parent_group")
        #expect(down.child("link")?.child("group")?.jid("jid") == parent)
        #expect(try link("links", scene.group, to: parent, in: scene)["error"] == "409")
        #expect(try members(of: announcements, in: scene).contains(GroupScene.cy))
        #expect(try members(of: parent, in: scene).contains(GroupScene.cy))
        #expect(try scene.client.groupInfo(scene.group, on: scene.bench).child("linked_parent")?.jid("jid") == parent)
        #expect(try subgroups(of: parent, in: scene).count == 3)
        #expect(try link("unlink", scene.group, to: parent, in: scene)["error"] == nil)
        let end = try scene.client.takeNews("unlink", of: scene.group, on: scene.bench)
        #expect(end.child("unlink")?["unlink_reason"] == "unlink_group")
        #expect(try members(of: announcements, in: scene) == [GroupScene.ada, GroupScene.bob])
        #expect(try members(of: scene.group, in: scene).count == 3, "the group itself stays as it is")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A group made in a community belongs to it, is looked at and joined from there")
    func subgroup() throws {
        let scene = try GroupScene()
        let (parent, announcements) = try community(in: scene)
        let bobsClient = try ScriptedClient.linked(to: GroupScene.bob, seed: 73, on: scene.bench)
        let answer = try bobsClient.groupRequest(
            "set",
            Node(
                "create", ["subject": "Books"],
                [
                    Node("participant", ["jid": .jid(try scene.jid(GroupScene.cy))]),
                    Node("linked_parent", ["jid": .jid(parent)]),
                ]), on: scene.bench)
        let group = try #require(answer.child("group"))
        #expect(group.child("linked_parent")?.jid("jid") == parent)
        #expect(try members(of: announcements, in: scene).count == 3, "Cy has come into the community")
        let books = JID(try #require(group["id"]), .group)
        let query = Node("query_linked", ["type": "sub_group", "jid": .jid(books)])
        let seen = try scene.client.groupRequest("get", to: parent, query, on: scene.bench)
        #expect(seen.child("linked_group")?.child("group")?["subject"] == "Books")
        let join = Node("join_linked_group", ["jid": .jid(books)])
        let joined = try scene.client.groupRequest("set", to: parent, join, on: scene.bench)
        #expect(joined.child("linked_group")?.child("group")?.children("participant").count == 3)
        #expect(try scene.client.errorCode("set", to: parent, join, on: scene.bench) == "409")
        let closed = Node("not_allow_non_admin_sub_group_creation")
        #expect(try scene.client.errorCode("set", to: parent, closed, on: scene.bench) == nil)
        let refused = try bobsClient.groupRequest(
            "set", Node("create", ["subject": "More"], [Node("linked_parent", ["jid": .jid(parent)])]),
            on: scene.bench)
        #expect(refused.child("error")?["code"] == "401")
        let nowhere = Node("create", ["subject": "More"], [Node("linked_parent", ["jid": .jid(scene.group)])])
        #expect(try scene.client.errorCode("set", nowhere, on: scene.bench) == "404", "a group is no community")
    }

    @Test("Who is removed from a community, or leaves it, is out of all its groups")
    func leaving() throws {
        let scene = try GroupScene()
        let (parent, announcements) = try community(in: scene)
        _ = try link("links", scene.group, to: parent, in: scene)
        _ = try scene.client.groupRequest(
            "set", to: parent,
            Node(
                "remove", ["linked_groups": "true"],
                [Node("participant", ["jid": .jid(try scene.jid(GroupScene.cy))])]), on: scene.bench)
        for group in [parent, announcements, scene.group] {
            #expect(try members(of: group, in: scene) == [GroupScene.ada, GroupScene.bob])
        }
        try scene.bench.drive { try $0.leaveGroup(parent.user, by: GroupScene.bob) }
        for group in [parent, announcements, scene.group] {
            #expect(try members(of: group, in: scene) == [GroupScene.ada])
        }
    }

    @Test("A community is looked at by GraphQL, and who sees a link is settled by it")
    func queries() throws {
        let scene = try GroupScene()
        let (parent, announcements) = try community(in: scene)
        _ = try link("links", scene.group, to: parent, in: scene)
        func query(_ id: String, _ variables: String) throws -> [String: Any] {
            let node = Node("query", ["query_id": .text(id)], bytes: Array("{\"variables\":\(variables)}".utf8))
            let answer = try scene.client.request("w:mex", "get", [node], on: scene.bench)
            let bytes = try #require(answer.child("result")?.bytes, "\(answer)")
            return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        }
        func parts(of answer: [String: Any]) throws -> (announcements: String?, nodes: [[String: Any]]) {
            let data = try #require(answer["data"] as? [String: Any])
            let found = try #require(data["xwa2_group_query_by_id"] as? [String: Any])
            let edges = (found["sub_groups"] as? [String: Any])?["edges"] as? [[String: Any]]
            return (
                (found["default_sub_group"] as? [String: Any])?["id"] as? String,
                try #require(edges).compactMap { $0["node"] as? [String: Any] }
            )
        }
        let seen = try parts(of: try query("9935467776504344", #"{"group_id":"\#(parent)"}"#))
        #expect(seen.announcements == announcements.description && seen.nodes.count == 2)
        let subjects = seen.nodes.compactMap { ($0["subject"] as? [String: Any])?["value"] as? String }
        #expect(Set(subjects) == ["General", "Tea"])
        let counted = try parts(of: try query("24079399904996141", #"{"input":{"group_jid":"\#(parent)"}}"#))
        #expect(counted.nodes.compactMap { $0["total_participants_count"] as? Int }.sorted() == [2, 3, 3])
        let mode = #"{"group_id":"\#(scene.group)","update":{"member_link_mode":"ALL_MEMBER_LINK"}}"#
        let settled = try #require(try query("9418211574894172", mode)["data"] as? [String: Any])
        #expect((settled["xwa2_group_update_property"] as? [String: Any])?["state"] as? String == "ACTIVE")
        _ = try scene.client.takeNews("member_link_mode", of: scene.group, on: scene.bench)
        #expect(try query("9935467776504344", #"{"group_id":"\#(scene.group)"}"#)["errors"] != nil)
    }

    @Test("A community that is given up leaves its groups behind")
    func deletion() throws {
        let scene = try GroupScene()
        let (parent, announcements) = try community(in: scene)
        _ = try link("links", scene.group, to: parent, in: scene)
        try scene.settle()
        #expect(try scene.client.errorCode("set", to: parent, Node("delete_parent"), on: scene.bench) == nil)
        let end = try scene.client.takeNews("unlink", of: scene.group, on: scene.bench)
        #expect(end.child("unlink")?["unlink_reason"] == "delete_parent")
        for group in [parent, announcements] {
            #expect(try scene.client.takeNews("delete", of: group, on: scene.bench).child("delete")?["reason"] != nil)
            #expect(throws: SimulatorError.unknownGroup(group.user)) { try scene.bench.server.group(group.user) }
        }
        #expect(try scene.client.groupInfo(scene.group, on: scene.bench).child("linked_parent") == nil)
    }

    @Test("Members see the invite link when all of them may")
    func linkMode() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        #expect(try scene.client.errorCode("get", to: scene.group, Node("invite"), on: scene.bench) == "401")
        let bobsClient = try ScriptedClient.linked(to: GroupScene.bob, seed: 73, on: scene.bench)
        let mode = Node("member_link_mode", [:], text: "all_member_link")
        #expect(try bobsClient.errorCode("set", to: scene.group, mode, on: scene.bench) == nil)
        let told = try scene.client.takeNews("member_link_mode", of: scene.group, on: scene.bench)
        #expect(told.child("member_link_mode")?.text == "all_member_link")
        let answer = try scene.client.groupRequest("get", to: scene.group, Node("invite"), on: scene.bench)
        #expect(answer.child("invite")?["code"]?.count == 22)
        let wrong = Node("member_link_mode", [:], text: "nobody")
        #expect(try bobsClient.errorCode("set", to: scene.group, wrong, on: scene.bench) == "400")
    }
}
