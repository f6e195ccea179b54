import Storage
import Synchronization
import TestSupport
import Testing
import WABinary
import WAProtocol

@testable import WAClient

@Suite("What is known of people")
struct ContactBookTests {
    private static let account = "a"
    private static let phone = JID("628111111111", .user)
    private static let lid = JID("100000000000001", .lid)

    /// The changes told while `body` runs.
    private func told(_ body: @escaping @Sendable (ContactBook, PersonNewsReceiver, any SQLConnection) throws -> Void) async throws -> [ContactChange] {
        let log = EventLog()
        try await withDatabase { database in
            try await Migrator.migrate(database, ClientSchema.migrations)
            try await database.write { sql in
                let recorder: ClientRecorder = { _, event in log.append(event) }
                try body(
                    ContactBook(account: Self.account, recorder: recorder),
                    PersonNewsReceiver(account: Self.account, recorder: recorder), sql)
            }
        }
        return log.all { if case .contactChanged(let change) = $0 { change } else { nil } }
    }

    @Test("A name, picture or about is told when it changes, whichever address it comes with")
    func changes() async throws {
        let told = try await told { contacts, _, sql in
            for _ in 0..<2 { try contacts.note(pushName: "Ana", of: Self.phone, on: sql) }
            try AddressMapStore(account: Self.account).learn(lid: Self.lid, phone: Self.phone, telling: { _, _ in }, on: sql)
            try contacts.note(pushName: "Ana", of: Self.lid.with(device: 3), on: sql)
            try contacts.note(pushName: "Ana L.", of: Self.lid, on: sql)
            try contacts.note(pushName: "", of: Self.lid, on: sql)
            for id in ["7", "7", nil, nil] { try contacts.note(pictureID: id, of: Self.phone, on: sql) }
            try contacts.note(about: "Busy", of: Self.phone, on: sql)
            try contacts.note(isBlocked: false, Self.phone, on: sql)
        }
        #expect(told.map(\.change) == [.pushName("Ana"), .pushName("Ana L."), .picture(id: "7"), .picture(id: nil), .about("Busy")])
        #expect(told.allSatisfy { $0.person == Self.phone })
    }

    @Test("A whole block list tells who is new on it and who is gone from it")
    func blocklist() async throws {
        let told = try await told { contacts, _, sql in
            try contacts.note(isBlocked: true, JID("628122222222", .user), on: sql)
            let list = try BlocklistRequest().parse(
                Node(
                    "iq", [:],
                    [
                        Node(
                            "list", [:],
                            [
                                Node("item", ["jid": .jid(Self.lid), "pn_jid": .jid(Self.phone)]),
                                Node("item", ["jid": .jid(JID("1", .group))]),
                            ])
                    ]))
            for _ in 0..<2 { #expect(try contacts.take(list, on: sql) == [Self.phone]) }
        }
        let blocks = told.filter { if case .blocked = $0.change { true } else { false } }
        #expect(
            blocks == [
                ContactChange(person: JID("628122222222", .user), change: .blocked(true)),
                ContactChange(person: JID("628122222222", .user), change: .blocked(false)),
                ContactChange(person: Self.phone, change: .blocked(true)),
            ])
    }

    @Test("Another number is told under the new one, with the old")
    func number() async throws {
        let old = JID("628199999999", .user)
        let told = try await told { _, receiver, sql in
            let asksForList = try receiver.take([.numberChanged(from: old, to: Self.phone)], on: sql)
            let asksThen = try receiver.take([.blocklistChanged], on: sql)
            #expect(!asksForList && asksThen)
        }
        #expect(told == [ContactChange(person: Self.phone, change: .numberChanged(from: old))])
    }
}
