import SignalProtocol
import Storage
import Synchronization
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

/// Sends are planned on one state of the database and kept in another.
@Suite("Send plans")
struct SendPlanTests {
    private static let account = "test-account"
    private static let friend = JID("100000000000001", .lid)

    /// A linked account that knows one person with one device, and that device.
    private struct Scene {
        let database: any SQLDatabase
        let preparation: SendPreparation
        let peer = LocalIdentity(keyPair: KeyPair(), registrationID: 7)
        let peerPreKey = KeyPair()

        init(on database: some SQLDatabase) async throws {
            try await Migrator.migrate(database, ClientSchema.migrations)
            var credentials = try DeviceCredentials.generate()
            let phone = JID("6281100000001", .user, device: 5)
            let lid = JID("900000000000001", .lid, device: 5)
            credentials.linked = .init(phone: phone, lid: lid, signedIdentity: [1, 2, 3])
            self.database = database
            preparation = SendPreparation(account: account, credentials: credentials, recorder: { _, _ in })
            let bundle = PreKeyBundle(
                registrationID: peer.registrationID, identityKey: peer.keyPair.publicKey, signedPreKeyID: 1,
                signedPreKey: peerPreKey.publicKey,
                signedPreKeySignature: peer.keyPair.sign(peerPreKey.publicKey.typed))
            let vault = preparation.vault
            try await database.write { sql in
                try AddressMapStore(account: account).learn(lid: lid, phone: phone, telling: { _, _ in }, on: sql)
                let devices = DeviceListStore(account: account)
                try devices.save([.init(id: 0, isHosted: false)], of: friend.description, on: sql)
                try devices.save([.init(id: 5, isHosted: false)], of: lid.account.description, on: sql)
                try vault.save(try Session.initiated(with: bundle, by: vault.local), with: friend, on: sql)
            }
        }

        func batch(_ ids: String...) -> SendPreparation.Batch {
            SendPreparation.Batch(
                ids.map { OutgoingEnvelope(id: $0, recipient: friend, content: .text(TextContent("text of \($0)"))) },
                by: preparation.credentials, gaps: RecipientGaps(), nowMilliseconds: 1_790_000_000_000)
        }

        func plan(_ batch: SendPreparation.Batch) async throws -> SendPreparation.Plan {
            try await database.read { [preparation] in try preparation.plan(batch, on: $0) }
        }

        func commit(_ plan: SendPreparation.Plan) async throws -> [SendPreparation.Prepared] {
            try await database.write { [preparation] in try preparation.commit(plan, on: $0) }
        }

        func prepare(_ batch: SendPreparation.Batch) async throws -> [SendPreparation.Prepared] {
            try await database.write { [preparation] in try preparation.prepare(batch, on: $0) }
        }

        /// What the peer's device reads, in this order, and which message keys were used.
        func read(_ prepared: [SendPreparation.Prepared]) throws -> (texts: [String?], counters: [UInt32]) {
            var session: Session?
            var counters: [UInt32] = []
            let texts = try prepared.map { prepared -> String? in
                guard case .stanza(let bytes, _) = prepared else { return nil }
                let node = try NodeDecoder.decode(bytes)
                let enc = node.child("participants")?.children("to").first?.child("enc") ?? node.child("enc")
                let message = try PreKeySignalMessage(parsing: try #require(enc?.bytes))
                counters.append(message.message.counter)
                let opened = try Session.decrypting(
                    message, existing: session, by: peer, signedPreKey: peerPreKey, preKey: nil)
                session = opened.session
                return MessageContent(try WAMessage(decoding: MessagePadding.unpad(opened.plaintext))).text
            }
            return (texts, counters)
        }
    }

    @Test("A plan writes nothing; committed, its stanzas follow each other in one session")
    func committed() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let plan = try await scene.plan(scene.batch("3EB01", "3EB02", "3EB03"))
            #expect(plan.readyOutcomes == nil)
            let stored = try await database.read { try SentMessageStore(account: Self.account).message("3EB01", on: $0) }
            #expect(stored == nil)
            let first = try await scene.commit(plan)
            let second = try await scene.commit(try await scene.plan(scene.batch("3EB04")))
            let read = try scene.read(first + second)
            #expect(read.texts == ["text of 3EB01", "text of 3EB02", "text of 3EB03", "text of 3EB04"])
            #expect(read.counters == [0, 1, 2, 3])
        }
    }

    @Test("A plan that another step has overtaken changes nothing, and no message key is used twice")
    func overtaken() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let slow = try await scene.plan(scene.batch("3EB01", "3EB02"))
            let quick = try await scene.commit(try await scene.plan(scene.batch("3EB03")))
            await #expect(throws: SendPreparation.Overtaken.self) { _ = try await scene.commit(slow) }
            let stored = try await database.read { try SentMessageStore(account: Self.account).message("3EB01", on: $0) }
            #expect(stored == nil)
            let again = try await scene.prepare(scene.batch("3EB01", "3EB02"))
            let read = try scene.read(quick + again)
            #expect(read.texts == ["text of 3EB03", "text of 3EB01", "text of 3EB02"])
            #expect(read.counters == [0, 1, 2])
        }
    }

    @Test("An id that was sent before, or stands twice in a batch, is one stanza, byte for byte")
    func repeated() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let twice = try await scene.commit(try await scene.plan(scene.batch("3EB01", "3EB01")))
            let plan = try await scene.plan(scene.batch("3EB01"))
            let later = try #require(plan.readyOutcomes)
            let all = (twice + later).map { prepared -> [UInt8] in
                if case .stanza(let bytes, _) = prepared { bytes } else { [] }
            }
            #expect(all.count == 3 && Set(all).count == 1 && all[0] != [])
            // Planned before the first was kept.
            let stale = try await scene.plan(scene.batch("3EB02"))
            _ = try await scene.prepare(scene.batch("3EB02"))
            await #expect(throws: SendPreparation.Overtaken.self) { _ = try await scene.commit(stale) }
        }
    }

    @Test("A vote goes out with its poll, and a text with the timer that was set before it", arguments: [false, true])
    func following(isPlannedFirst: Bool) async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let key = MessageKey(chat: Self.friend, id: "3EB01", isFromMe: true)
            let contents: [MessageContent] = [
                .poll(PollContent(name: "When?", options: ["now", "later"], selectableCount: 1)),
                .pollVote(PollVoteContent(key: key, options: ["now"], sentAtMilliseconds: 1)),
                .ephemeralSetting(seconds: 86_400), .text(TextContent("soon gone")),
            ]
            let batch = SendPreparation.Batch(
                contents.enumerated().map {
                    OutgoingEnvelope(id: "3EB0\($0.offset + 1)", recipient: Self.friend, content: $0.element)
                }, by: scene.preparation.credentials, gaps: RecipientGaps(), nowMilliseconds: 1_790_000_000_000)
            let prepared =
                isPlannedFirst ? try await scene.commit(try await scene.plan(batch)) : try await scene.prepare(batch)
            #expect(prepared.count == 4)
            // Each is a stanza with a message key of its own.
            #expect(Set(try scene.read(prepared).counters).count == 4)
            let last = try await database.read { try SentMessageStore(account: Self.account).message("3EB04", on: $0) }
            #expect(try WAMessage(decoding: #require(last).content).expiresAfterSeconds == 86_400)
        }
    }

    @Test("Who lacks keys or devices is said without a transaction")
    func needs() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let stranger = JID("100000000000002", .lid)
            let envelope = OutgoingEnvelope(id: "3EB01", recipient: stranger, content: .text(TextContent("hello")))
            let batch = SendPreparation.Batch(
                [envelope, envelope], by: scene.preparation.credentials, gaps: RecipientGaps(), nowMilliseconds: 0)
            let outcomes = try #require(try await scene.plan(batch).readyOutcomes)
            #expect(outcomes.count == 2)
            for outcome in outcomes {
                guard case .needs(let needs) = outcome else { Issue.record("\(outcome)"); continue }
                #expect(needs == SendPreparation.Needs(people: [stranger]))
            }
        }
    }
}
