import Logging
import Storage
import TestSupport
import Testing
import WABinary
import WAProtocol

@testable import WAClient

@Suite("What is kept of groups")
struct GroupStoreTests {
    private func group(in scene: GroupScene) async throws -> Group? {
        let groups = scene.groups
        return try await scene.database.read { try groups.group(GroupScene.group, on: $0) }
    }

    @Test("Notifications bring members and settings up to date")
    func notifications() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            try await scene.save(members: [1, 2])
            try await scene.apply(
                scene.change("add", 3), scene.change("promote", 1), scene.change("remove", 2),
                Node("subject", ["subject": "New"]), Node("announcement"), Node("unheard_of"))
            let found = try #require(try await group(in: scene))
            #expect(found.details.subject == "New" && found.details.isAnnouncement)
            let roles = Dictionary(uniqueKeysWithValues: found.participants.map { ($0.jid, $0.role) })
            #expect(roles == [scene.address(1): .admin, scene.address(3): .member, GroupScene.ownLID.account: .member])
            #expect(found.participants.first { $0.jid == scene.address(1) }?.phone == GroupScene.phone(1))
            try await scene.apply(scene.change("demote", 1))
            #expect(try await group(in: scene)?.participants.allSatisfy { $0.role == .member } == true)
        }
    }

    @Test("Once we are removed, or the group is deleted, nothing of it is left", arguments: [true, false])
    func gone(byRemoval: Bool) async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            _ = try await scene.people(1)
            _ = try await scene.sendPrepared("one", id: "A")
            let removal = Node("remove", [:], [Node("participant", ["jid": .jid(GroupScene.ownLID.account)])])
            try await scene.apply(byRemoval ? removal : Node("delete"))
            let (groups, senderKeys) = (scene.groups, scene.senderKeys)
            #expect(try await database.read { try groups.all(on: $0) }.isEmpty)
            let key = try await database.read { try senderKeys.own(GroupScene.group, on: $0) }
            #expect(key == nil)
            #expect(try await database.read { try senderKeys.handouts(GroupScene.group, on: $0) }.isEmpty)
        }
    }

    @Test("Members who changed their number, very many at once, or a group made anew, are asked for")
    func doubted() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let many = Node("add", [:], (0..<65).map { Node("participant", ["jid": .jid(scene.address(100 + $0))]) })
            for change in [Node("modify"), many, Node("create", [:], [Node("group", ["id": .jid(GroupScene.group)])])] {
                try await scene.save(members: [1])
                #expect(try await group(in: scene) != nil)
                try await scene.apply(change)
                #expect(try await group(in: scene) == nil, "\(change.tag)")
            }
        }
    }

    @Test("The list of all groups drops those it does not name and keeps who is in the others")
    func list() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            try await scene.save(members: [1, 2])
            let other = JID("120363099999999999", .group)
            let groups = scene.groups
            try await database.write { sql in
                try groups.saveList(
                    [
                        Group(jid: GroupScene.group, details: GroupDetails(subject: "Renamed", addressing: .lid)),
                        Group(jid: other, details: GroupDetails(subject: "Other")),
                    ], on: sql)
            }
            #expect(try await database.read { try groups.all(on: $0) }.map(\.jid) == [other, GroupScene.group])
            let found = try #require(try await group(in: scene))
            #expect(found.details.subject == "Renamed" && found.participants.count == 3)
            try await database.write { try groups.saveList([], on: $0) }
            #expect(try await database.read { try groups.all(on: $0) }.isEmpty)
            #expect(try await group(in: scene) == nil)
        }
    }

    @Test("A group that is addressed otherwise than we knew is asked for")
    func addressingChanges() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            try await scene.save(members: [1])
            try await scene.apply(Node("subject", ["subject": "New"]), addressing: "lid")
            #expect(try await group(in: scene)?.details.subject == "New")
            try await scene.apply(Node("locked"), addressing: "pn")
            #expect(try await group(in: scene) == nil)
        }
    }

    @Test("An answer that was under way while a notification came is not kept")
    func staleAnswer() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let linked = scene.linked
            try await database.write { sql in
                let store = DeviceStore(account: GroupScene.account)
                _ = try store.loadOrCreate(on: sql)
                try store.saveLinked(linked, on: sql)
            }
            let news = NewsWatch()
            let directory = GroupDirectory(
                account: GroupScene.account, database: database,
                environment: try .network(logger: Logger(label: "test")), news: news, recorder: { _, _ in })
            let answer = Group(
                jid: GroupScene.group, details: GroupDetails(subject: "Ops", addressing: .lid),
                participants: [scene.participant(1), scene.participant(2)])
            let (stale, other) = (news.begin(), news.begin())
            news.end(other)
            news.heard(of: GroupScene.group.description)
            try await scene.apply(scene.change("remove", 2))
            try await directory.keep(answer, of: GroupScene.group, askedSince: stale)
            #expect(try await group(in: scene) == nil)
            let fresh = news.begin()
            news.heard(of: "another group")
            try await directory.keep(answer, of: GroupScene.group, askedSince: fresh)
            #expect(try await group(in: scene)?.participants.count == 3)
            news.heardOfEverything()
            #expect(news.isOutdated(GroupScene.group.description, since: fresh))
        }
    }

    @Test("Everything of groups goes when the account is erased")
    func erased() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            _ = try await scene.people(2)
            _ = try await scene.sendPrepared("one", id: "A")
            try await database.write { try ClientSchema.erase(account: GroupScene.account, on: $0) }
            for table in ["client_group", "client_group_member", "client_own_sender_key", "client_sender_key_handout"] {
                #expect(try await database.read { try $0.query("SELECT 1 AS one FROM \(table)") }.isEmpty, "\(table)")
            }
        }
    }
}
