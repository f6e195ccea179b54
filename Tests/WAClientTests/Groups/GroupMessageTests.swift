import SignalProtocol
import Storage
import Testing
import WABinary
import WAProtocol
import WASimulator

@testable import WAClient

@Suite("Groups between a client and simulated phones")
struct GroupMessageTests {
    static let members = ["6281234567890", "6281234567891", "6281234567892"]

    /// A group of us and these phones; those besides the fixture's are made.
    private func makeGroup(
        _ linked: LinkedClient, of members: [String] = members, addressing: Addressing = .lid
    ) async throws -> (id: String, jid: JID) {
        let id = try await linked.drive { server in
            for number in members where number != LinkedClient.peerNumber { try server.addPhone(number) }
            return try server.addGroup("Ops", members: [LinkedClient.ownNumber] + members, addressing: addressing)
        }
        return (id, JID(id, .group))
    }

    private func send(_ text: String, id: String, to group: JID, _ linked: LinkedClient) async -> SendOutcome {
        let envelope = OutgoingEnvelope(id: id, recipient: group, content: .text(TextContent(text)))
        return await linked.client.send([envelope]).first ?? .interrupted
    }

    private func texts(of number: String, count: Int, _ linked: LinkedClient) async throws -> [String?] {
        try await linked.inbox(of: DeviceAddress(number), count: count).map(\.text)
    }

    @Test("Everybody in the group reads what we send on every device, in either addressing", arguments: [Addressing.lid, .phoneNumber])
    func send(addressing: Addressing) async throws {
        try await withLinkedClient { linked in
            let (_, group) = try await makeGroup(linked, addressing: addressing)
            let companions = try await linked.drive { server in
                try Self.members.map { DeviceAddress($0, try server.addCompanion(to: $0)) }
            }
            for index in 0..<3 {
                guard case .acknowledged = await send("text \(index)", id: "3EB0A\(index)", to: group, linked) else {
                    Issue.record("text \(index) was not acknowledged")
                    return
                }
            }
            for number in Self.members + [LinkedClient.ownNumber] {
                #expect(try await texts(of: number, count: 3, linked) == ["text 0", "text 1", "text 2"])
            }
            for companion in companions {
                #expect(try await linked.inbox(of: companion, count: 3).map(\.text) == ["text 0", "text 1", "text 2"])
            }
        }
    }

    @Test("Who was removed gets nothing more, who was added reads from then on")
    func membership() async throws {
        try await withLinkedClient { linked in
            let (id, group) = try await makeGroup(linked)
            let (gone, fresh) = (Self.members[1], "6281234567899")
            _ = await send("one", id: "3EB0A1", to: group, linked)
            _ = try await texts(of: gone, count: 1, linked)
            try await linked.drive { server in
                try server.addPhone(fresh)
                try server.removeMembers([gone], from: id)
                try server.addMembers([fresh], to: id)
            }
            _ = await send("two", id: "3EB0A2", to: group, linked)
            #expect(try await texts(of: Self.members[0], count: 2, linked) == ["one", "two"])
            #expect(try await texts(of: fresh, count: 1, linked) == ["two"])
            #expect(try await texts(of: gone, count: 1, linked) == ["one"])
        }
    }

    @Test("A phone that lost our sender key asks for the message again and gets it")
    func lostKey() async throws {
        try await withLinkedClient { linked in
            let (_, group) = try await makeGroup(linked)
            let peer = DeviceAddress(Self.members[0])
            _ = await send("one", id: "3EB0A1", to: group, linked)
            _ = try await linked.inbox(of: peer, count: 1)
            try await linked.drive { try $0.loseSessions(of: peer, senderKeys: true) }
            _ = await send("two", id: "3EB0A2", to: group, linked)
            _ = await send("three", id: "3EB0A3", to: group, linked)
            let inbox = try await linked.inbox(of: peer, count: 3)
            #expect(Set(inbox.map(\.text)) == ["one", "two", "three"])
        }
    }

    @Test("Our own phone that lost our sender key gets it back with the message it asks for")
    func ownPhoneLostKey() async throws {
        try await withLinkedClient { linked in
            let (_, group) = try await makeGroup(linked)
            let phone = DeviceAddress(LinkedClient.ownNumber)
            _ = await send("one", id: "3EB0A1", to: group, linked)
            _ = try await linked.inbox(of: phone, count: 1)
            try await linked.drive { try $0.loseSessions(of: phone, senderKeys: true) }
            _ = await send("two", id: "3EB0A2", to: group, linked)
            _ = try await linked.inbox(of: phone, count: 2)
            _ = await send("three", id: "3EB0A3", to: group, linked)
            #expect(try await linked.inbox(of: phone, count: 3).map(\.text) == ["one", "two", "three"])
            #expect(await linked.drive { $0.counters.retriesRequested } == 1)
        }
    }

    @Test("The keys that left with a refused message leave again with the next")
    func refused() async throws {
        try await withLinkedClient { linked in
            let id = try await linked.drive { server in
                try server.addGroup(
                    "News", members: [LinkedClient.ownNumber, LinkedClient.peerNumber], creator: LinkedClient.peerNumber)
            }
            let group = JID(id, .group)
            try await linked.drive { try $0.setGroup(.announcement(true), of: id) }
            #expect(await send("one", id: "3EB0A1", to: group, linked) == .refused(.server(code: 420)))
            try await linked.drive { try $0.setGroup(.announcement(false), of: id) }
            guard case .acknowledged = await send("two", id: "3EB0A2", to: group, linked) else {
                Issue.record("two was not acknowledged")
                return
            }
            #expect(try await texts(of: LinkedClient.peerNumber, count: 1, linked) == ["two"])
            #expect(await linked.drive { $0.counters.retriesRequested } == 0)
        }
    }

    @Test("A notification makes answers that are under way outdated")
    func newsIsHeard() async throws {
        try await withLinkedClient { linked in
            let (id, group) = try await makeGroup(linked)
            let watch = linked.client.news.begin()
            _ = try await linked.drive { try $0.removeMembers([Self.members[1]], from: id) }
            let mark = try await linked.drive { try $0.say("mark", from: DeviceAddress(Self.members[0]), to: id) }
            _ = try await linked.log.first { event -> Bool? in
                if case .received(let message) = event, message.id == mark { true } else { nil }
            }
            #expect(linked.client.news.isOutdated(group.description, since: watch))
            #expect(!linked.client.news.isOutdated("another", since: watch))
        }
    }

    @Test("A member whose devices come under another name is left out, and the message leaves")
    func listOfAnother() async throws {
        try await withLinkedClient { linked in
            let (_, group) = try await makeGroup(linked)
            _ = await send("one", id: "3EB0A1", to: group, linked)
            try await linked.database.write { sql in
                let row = try sql.query(
                    "SELECT a.lid FROM client_address a WHERE a.phone = $1", [.text("\(Self.members[1])@s.whatsapp.net")])
                let lid = try #require(try row.first?.text("lid"))
                let changed = try sql.execute(
                    "UPDATE client_group_member SET person = '999@lid' WHERE person = $1", [.text(lid)])
                #expect(changed == 1)
                try SenderKeyStore(account: linked.account).unsettle(group, on: sql)
            }
            guard case .acknowledged = await send("two", id: "3EB0A2", to: group, linked) else {
                Issue.record("two was not acknowledged")
                return
            }
            #expect(try await texts(of: Self.members[0], count: 2, linked) == ["one", "two"])
        }
    }

    @Test("A receipt that gathers many readers tells of each")
    func gatheredReaders() async throws {
        try await withLinkedClient { linked in
            let (_, group) = try await makeGroup(linked)
            let account = linked.account
            let credentials = try #require(
                try await linked.database.read { try DeviceStore(account: account).load(on: $0) })
            let connection = try #require(await linked.client.online)
            let people = Self.members.prefix(2).map { JID($0, .user) }
            let users = people.enumerated().map { Node("user", ["jid": .jid($1), "t": .integer(Int64(100 + $0))]) }
            let node = Node(
                "receipt", ["from": .jid(group), "id": "X", "type": "read"], [Node("participants", ["key": "3EB0A1"], users)])
            let router = StanzaRouter(client: linked.client, connection: connection, credentials: credentials)
            _ = try await router.handle([node])
            for (index, person) in people.enumerated() {
                let update = try await linked.log.first { event -> DeliveryUpdate? in
                    if case .receipt(let update) = event, update.from == person { update } else { nil }
                }
                #expect(update.messageIDs == ["3EB0A1"] && update.chat == group && update.status == .read)
                #expect(update.timestampSeconds == Int64(100 + index))
            }
        }
    }

    @Test("What members write is recorded under the group with its writer, once")
    func receive() async throws {
        try await withLinkedClient { linked in
            let (id, group) = try await makeGroup(linked)
            let ids = try await linked.drive { server in
                try Self.members.map { try server.say("from \($0)", from: DeviceAddress($0), to: id) }
            }
            for (id, number) in zip(ids, Self.members) {
                let message = try await linked.log.first { event -> ReceivedMessage? in
                    if case .received(let message) = event, message.id == id { message } else { nil }
                }
                #expect(message.chat == group && message.sender == JID(number, .user) && !message.isFromMe)
                #expect(message.content.text == "from \(number)")
            }
        }
    }

    @Test("The same id sent again answers with the first outcome and sends nothing")
    func repeated() async throws {
        try await withLinkedClient { linked in
            let (_, group) = try await makeGroup(linked)
            let first = await send("once", id: "3EB0A1", to: group, linked)
            #expect(await send("once", id: "3EB0A1", to: group, linked) == first)
            _ = await send("after", id: "3EB0A2", to: group, linked)
            #expect(try await texts(of: Self.members[0], count: 2, linked) == ["once", "after"])
        }
    }

    @Test("Groups are listed and described, and kept up to date")
    func directory() async throws {
        try await withLinkedClient { linked in
            let (id, group) = try await makeGroup(linked)
            #expect(try await linked.client.groups().map(\.jid) == [group])
            let found = try await linked.client.group(group)
            #expect(found.details.subject == "Ops")
            #expect(
                Set(found.participants.compactMap(\.phone?.user)) == Set(Self.members + [LinkedClient.ownNumber]))
            try await linked.drive { try $0.setGroup(.subject("Night shift"), of: id) }
            // The notification is worked off before what comes after it.
            let mark = try await linked.drive { try $0.say("mark", from: DeviceAddress(Self.members[0]), to: id) }
            _ = try await linked.log.first { event -> Bool? in
                if case .received(let message) = event, message.id == mark { true } else { nil }
            }
            #expect(try await linked.client.group(group).details.subject == "Night shift")
        }
    }

    @Test("A group that is none of ours is refused in so many words")
    func strangers() async throws {
        try await withLinkedClient { linked in
            let unknown = JID("120363099999999999", .group)
            #expect(await send("hello", id: "3EB0A1", to: unknown, linked) == .refused(.notAGroupMember))
            await #expect(throws: ClientError.notAGroupMember) { try await linked.client.group(unknown) }
        }
    }
}
