import FoundationEssentials
import Logging
import Storage
import Synchronization
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Taking in the phone's history")
struct HistoryWorkTests {
    private static let account = "a"
    private static let own = OwnAddresses(phone: JID("6281100000001", .user), lid: JID("100000000000009", .lid))

    /// What was recorded, and what left for the phone.
    private struct Scene: Sendable {
        let database: any SQLDatabase
        var log = EventLog()
        var sent = SentNodes()
        var nowMilliseconds: Int64 = 1_790_000_000_000
        var fetch: @Sendable (WAHistorySyncNotification) async throws -> HistoryBlob = {
            .inline([UInt8]($0.initialHistBootstrapInlinePayload))
        }

        var work: HistoryWork {
            let (log, sent, now) = (log, sent, nowMilliseconds)
            return HistoryWork(
                account: account, own: own, database: database,
                recorder: { sql, event in sql.afterCommit { log.append(event) } }, fetch: fetch, send: { sent.append($0) },
                nowMilliseconds: { now }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        }

        func announce(_ chunk: WAHistorySync, id: String = "H1") async throws {
            var notification = WAHistorySyncNotification()
            notification.syncType = .recent
            notification.chunkOrder = 3
            notification.progress = 40
            notification.mediaKey = Data([UInt8](repeating: 4, count: 32))
            notification.initialHistBootstrapInlinePayload = Data(Zlib.deflate(chunk.encoded()))
            let told = notification
            try await database.write {
                try HistoryJobStore(account: account).add(told, messageID: id, nowMilliseconds: 1, on: $0)
            }
        }

        var batches: [HistoryBatch] { log.all { if case .history(let batch) = $0 { batch } else { nil } } }
        var losses: [HistoryLoss] { log.all { if case .historyLost(let loss) = $0 { loss } else { nil } } }
        var messages: [HistoryMessage] { batches.flatMap(\.messages) }
        func state(_ id: String = "H1") async throws -> String? {
            try await database.read {
                try $0.query("SELECT state FROM client_history_job WHERE message_id = $1", [.text(id)]).first?.text("state")
            }
        }
    }

    private final class SentNodes: Sendable {
        private let nodes = Mutex<[Node]>([])
        func append(_ node: Node) { nodes.withLock { $0.append(node) } }
        var all: [Node] { nodes.withLock { $0 } }
    }

    private func withScene(_ body: (Scene) async throws -> Void) async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, ClientSchema.migrations)
            try await body(Scene(database: database))
        }
    }

    /// So many chats with so many messages each.
    private func chunk(chats: Int, messages: Int) -> WAHistorySync {
        var chunk = WAHistorySync()
        chunk.syncType = .recent
        chunk.conversations = (0..<chats).map { number in
            var chat = WAConversation()
            chat.id = "\(100_000_000_000_100 + number)@lid"
            chat.pnJid = "\(628_100_000_100 + number)@s.whatsapp.net"
            chat.unreadCount = 2
            chat.conversationTimestamp = 1_780_000_000
            chat.messages = (0..<messages).map { place in
                var message = WAHistorySyncMsg()
                message.message.key.id = "M\(number)-\(place)"
                message.message.key.remoteJid = chat.id
                message.message.key.fromMe = place.isMultiple(of: 2)
                message.message.messageTimestamp = UInt64(1_780_000_000 - place)
                message.message.message.conversation = "text \(place)"
                message.message.status = .deliveryAck
                return message
            }
            return chat
        }
        return chunk
    }

    @Test("Chats, names, tokens and messages of a chunk are recorded under phone numbers, in batches of at most a hundred")
    func complete() async throws {
        try await withScene { scene in
            var chunk = chunk(chats: 3, messages: 70)
            var name = WAPushname()
            (name.id, name.pushname) = ("628100000100@s.whatsapp.net", "Ana")
            chunk.pushnames = [name]
            chunk.nctSalt = Data([7])
            chunk.conversations[0].tcToken = Data([1, 2])
            chunk.conversations[0].tcTokenTimestamp = 9
            chunk.conversations[1].muteEndTime = 1_800_000_000
            chunk.conversations[1].pinned = 5
            try await scene.announce(chunk)
            #expect(try await scene.work.run() == nil)

            #expect(scene.messages.count == 210 && scene.batches.allSatisfy { $0.messages.count <= 100 })
            #expect(scene.batches.map(\.isEndOfChunk).filter { $0 }.count == 1 && scene.batches.last?.isEndOfChunk == true)
            #expect(scene.batches.allSatisfy { $0.kind == .recent && $0.chunkOrder == 3 && $0.progressPercent == 40 })
            let chats = scene.batches.flatMap(\.chats)
            #expect(chats.map(\.chat.user) == ["628100000100", "628100000101", "628100000102"])
            #expect(chats[1].mutedUntilMilliseconds == 1_800_000_000_000 && chats[1].pinnedAtMilliseconds == 5_000)
            let first = try #require(scene.messages.first)
            #expect(first.message.chat == JID("628100000100", .user) && first.message.isFromMe && first.status == .delivered)
            #expect(first.message.sender == Self.own.phone && scene.messages[1].message.sender == first.message.chat)
            let contacts = scene.log.all { if case .contactChanged(let change) = $0 { change } else { nil } }
            #expect(contacts.filter { if case .addressLearned = $0.change { true } else { false } }.count == 3)
            #expect(contacts.contains { $0.change == .pushName("Ana") })
            let (token, salt) = try await scene.database.read { sql in
                (
                    try PrivacyTokenStore(account: Self.account).known(of: JID("628100000100", .user), on: sql).token,
                    try AccountSecrets(account: Self.account).secret(.contactTokenSalt, on: sql)
                )
            }
            #expect(token == .init(bytes: [1, 2], timestampSeconds: 9) && salt == [7])
            // The receipt leaves last, and the row goes.
            #expect(
                scene.sent.all == [
                    Node("receipt", ["id": "H1", "type": "hist_sync", "to": .jid(Self.own.phone)])
                ])
            #expect(try await scene.state() == nil)
        }
    }

    @Test("Killed at any write, it goes on at its place: nothing is missing or told twice", arguments: [false, true])
    func killed(keepsTheLast: Bool) async throws {
        for writes in 0..<9 {
            try await withScene { scene in
                try await scene.announce(chunk(chats: 3, messages: 80))
                let mortal = MortalDatabase(scene.database)
                mortal.die(afterWrites: writes, keepingTheLast: keepsTheLast)
                let dying = Scene(database: mortal, log: scene.log, sent: SentNodes())
                _ = try? await dying.work.run()
                _ = try await scene.work.run()
                #expect(scene.messages.map(\.message.id).count == 240, "died after \(writes) writes")
                #expect(Set(scene.messages.map(\.message.id)).count == 240)
                #expect(scene.batches.flatMap(\.chats).count == 3 && scene.batches.filter(\.isEndOfChunk).count == 1)
                #expect(try await scene.state() == nil)
            }
        }
    }

    @Test("A message brings its reactions, star and votes; notes of the phone are passed over")
    func details() async throws {
        try await withScene { scene in
            var chunk = chunk(chats: 1, messages: 0)
            chunk.conversations[0].id = "1203630@g.us"
            chunk.conversations[0].clearPnJid()
            var poll = WAHistorySyncMsg()
            poll.message.key.id = "P"
            poll.message.participant = "628100000200@s.whatsapp.net"
            poll.message.starred = true
            poll.message.message.pollCreationMessage.name = "Tea?"
            poll.message.message.pollCreationMessage.options = ["Yes", "No"].map { name in
                var option = WAPollCreationMessage.Option()
                option.optionName = name
                return option
            }
            var reaction = WAReaction()
            (reaction.text, reaction.senderTimestampMs) = ("👍", 5)
            reaction.key.participant = "628100000201@s.whatsapp.net"
            poll.message.reactions = [reaction]
            var vote = WAPollUpdate()
            vote.pollUpdateMessageKey.id = "V"
            vote.pollUpdateMessageKey.fromMe = true
            vote.vote.selectedOptions = [Data(PollVoteContent.hash(of: "No"))]
            poll.message.pollUpdates = [vote]
            var note = WAHistorySyncMsg()
            note.message.key.id = "N"
            note.message.messageStubType = 27
            chunk.conversations[0].messages = [poll, note]
            try await scene.announce(chunk)
            _ = try await scene.work.run()

            #expect(scene.messages.map(\.message.id) == ["P", "V"])
            let told = try #require(scene.messages.first)
            #expect(told.isStarred && told.message.sender == JID("628100000200", .user))
            #expect(told.reactions == [.init(sender: JID("628100000201", .user), emoji: "👍", atMilliseconds: 5)])
            guard case .pollVote(let cast)? = scene.messages.last?.message.content else {
                Issue.record("no vote")
                return
            }
            #expect(cast.selectedNames == ["No"] && cast.key.id == "P" && cast.key.participant == JID("628100000200", .user))
        }
    }

    @Test("A bomb, a cut stream and what is no history end as failed, visibly, and hold up nothing after them")
    func hostile() async throws {
        try await withScene { scene in
            let good = chunk(chats: 1, messages: 2)
            try await scene.announce(good, id: "A")
            try await scene.announce(good, id: "B")
            try await scene.announce(good, id: "C")
            var hostile = scene
            let cut = Array(Zlib.deflate(good.encoded()).dropLast(6))
            let nonsense = Zlib.deflate([0x0B, 1, 2, 3])
            let order = Mutex([cut, nonsense])
            hostile.fetch = { notification in
                order.withLock { $0.isEmpty ? nil : $0.removeFirst() }.map { .inline($0) }
                    ?? .inline([UInt8](notification.initialHistBootstrapInlinePayload))
            }
            _ = try await hostile.work.run()
            #expect(try await scene.state("A") == "failed")
            #expect(try await scene.state("B") == "failed")
            #expect(try await scene.state("C") == nil)
            #expect(hostile.sent.all.map { $0["id"] } == ["C"])
            #expect(scene.losses.map(\.kind) == [.recent, .recent])
        }
    }

    @Test("A blob that is gone is asked of the phone, and taken in from where it says")
    func expired() async throws {
        try await withScene { scene in
            try await scene.announce(chunk(chats: 1, messages: 2))
            var gone = scene
            gone.fetch = { notification in
                guard notification.directPath == "/new" else { throw HistoryBlob.Failure.expired }
                return .inline([UInt8](notification.initialHistBootstrapInlinePayload))
            }
            _ = try await gone.work.run()
            let request = try #require(gone.sent.all.first)
            #expect(request.tag == "receipt" && request["type"] == "server-error" && request["category"] == "peer")
            #expect(request["id"] == "H1" && request.child("rmr") == nil && scene.messages.isEmpty)
            #expect(try await scene.state() == "asked")
            _ = try await gone.work.run()
            #expect(gone.sent.all.count == 1)
            try await scene.database.write { try HistoryJobStore(account: Self.account).move("H1", to: "/new", on: $0) }
            _ = try await gone.work.run()
            #expect(scene.messages.count == 2 && gone.sent.all.last?["type"] == "hist_sync")
        }
    }

    @Test("Hosts that do not answer are asked again further and further apart, and when they do the chunk is taken in")
    func unavailable() async throws {
        try await withScene { scene in
            try await scene.announce(chunk(chats: 1, messages: 1))
            var away = scene
            away.fetch = { _ in throw MediaError.unavailable }
            for minutes: Int64 in [1, 2, 4] {
                #expect(try await away.work.run() == away.nowMilliseconds + minutes * 60_000)
                #expect(try await scene.state() == "waiting")
                away.nowMilliseconds += minutes * 60_000 - 1
                #expect(try await away.work.run() == away.nowMilliseconds + 1, "not before it is due")
                away.nowMilliseconds += 1
            }
            var back = scene
            back.nowMilliseconds = away.nowMilliseconds
            #expect(try await back.work.run() == nil)
            #expect(scene.messages.count == 1 && scene.losses.isEmpty)
        }
    }

    @Test("A chunk that hosts never give, or that is spoilt however often it is uploaded, is given up and told, once")
    func givenUp() async throws {
        for error in [MediaError.unavailable, .corrupted] {
            try await withScene { scene in
                try await scene.announce(chunk(chats: 1, messages: 1))
                var away = scene
                away.fetch = { _ in throw error }
                for _ in 0..<30 {
                    _ = try await away.work.run()
                    try await scene.database.write { try HistoryJobStore(account: Self.account).move("H1", to: "/new", on: $0) }
                    away.nowMilliseconds += 86_400_000
                }
                #expect(try await scene.state() == "failed")
                #expect(scene.losses.map(\.reason) == ["\(error)"] && scene.messages.isEmpty)
                #expect(away.sent.all.count == (error == .corrupted ? 3 : 0))
            }
        }
    }
}
