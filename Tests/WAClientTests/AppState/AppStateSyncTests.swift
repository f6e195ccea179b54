import FoundationEssentials
import Logging
import Storage
import Synchronization
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Following and changing the app state")
struct AppStateSyncTests {
    private static let account = "a"
    private static let chat = JID("628111111111", .user)

    /// One account with the key, its database and what it was told.
    private struct Scene: Sendable {
        var server = AppStateServer()
        let database: any SQLDatabase
        var log = EventLog()

        /// As after a restart: nothing is remembered but rows.
        var sync: AppStateSync {
            let log = log
            // As the gateway's rows do, events live and die with their transaction.
            return AppStateSync(account: account, database: database) { sql, event in sql.afterCommit { log.append(event) } }
        }

        var told: [String] {
            log.all { event in
                switch event {
                case .chatChanged(let change): "\(change.chat.user) \(change.change)"
                case .contactChanged(let change): "\(change.person.user) \(change.change)"
                case .messageChanged(let change): "\(change.messageID) \(change.change)"
                case .labelChanged(let change): "\(change.labelID) \(change.change)"
                default: nil
                }
            }
        }

        func follow(_ names: AppStateCollection.Name...) async throws {
            try await database.write { try AppStateWork(account: account).want(names.map(\.rawValue), on: $0) }
            await sync.followPending(in: server.surroundings())
        }

        func pending() async throws -> [String] {
            try await database.read { try AppStateWork(account: account).pending(on: $0).map(\.collection) }
        }
    }

    private func withScene(
        sharesKey: Bool = true, _ body: (Scene) async throws -> Void
    ) async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, ClientSchema.migrations)
            if sharesKey { try await share(AppStateServer.keyID, on: database) }
            try await body(Scene(database: database))
        }
    }

    private func share(_ id: [UInt8], on database: any SQLDatabase) async throws {
        try await database.write {
            try AppStateStore(account: Self.account).save(
                keyID: id, keyData: AppStateServer.keyData, timestamp: 1, on: $0)
        }
    }

    @Test("What other devices change is told once, and followed from where we were")
    func following() async throws {
        try await withScene { scene in
            try scene.server.write(.archive(Self.chat, true, last: nil, nowMilliseconds: 1_000))
            try scene.server.write(.pin(Self.chat, true, nowMilliseconds: 1), .markRead(Self.chat, false, last: nil, nowMilliseconds: 1))
            try await scene.follow(.regularLow)
            #expect(scene.told == ["628111111111 archived(true)", "628111111111 pinned(true)", "628111111111 markedRead(false)"])
            #expect(try await scene.pending().isEmpty)
            try scene.server.write(.archive(Self.chat, false, last: nil, nowMilliseconds: 2_000))
            try await scene.follow(.regularLow)
            #expect(scene.told.count == 4 && scene.told.last == "628111111111 archived(false)")
            try await scene.follow(.regularLow)
            #expect(scene.told.count == 4)
        }
    }

    @Test("Every kind of change is told, and one we do not know is passed over")
    func kinds() async throws {
        try await withScene { scene in
            let key = MessageKey(chat: Self.chat, id: "A1", isFromMe: true)
            let last = LastMessage(key: key, timestampSeconds: 55)
            try scene.server.write(
                .mute(Self.chat, untilMilliseconds: -1, nowMilliseconds: 1), .star(key, true, nowMilliseconds: 1),
                .clear(Self.chat, last: last, nowMilliseconds: 1), .delete(Self.chat, last: nil, nowMilliseconds: 9_000),
                .deleteForMe(MessageKey(chat: Self.chat, id: "B2", isFromMe: true), sentAtSeconds: 1, deletesMedia: true, nowMilliseconds: 1))
            try scene.server.write(
                .saveContact(Self.chat, lid: JID("100000000000001", .lid), fullName: "Ana Lima", firstName: "Ana", nowMilliseconds: 1))
            try scene.server.write(.removeContact(Self.chat, nowMilliseconds: 2))
            try await scene.follow(.regularHigh, .criticalUnblockLow)
            #expect(
                scene.told == [
                    #"628111111111 addressLearned(lid: \#(JID("100000000000001", .lid)))"#,
                    #"628111111111 saved(fullName: Optional("Ana Lima"), firstName: Optional("Ana"))"#,
                    "628111111111 removedFromAddressBook", "628111111111 muted(untilMilliseconds: Optional(-1))",
                    "A1 starred(true)", "628111111111 cleared(throughSeconds: 55, keepsStarred: false)",
                    "628111111111 deleted(throughSeconds: 9)", "B2 deletedForMe",
                ])
        }
    }

    @Test("A change of ours is told like a foreign one, exactly once, and seen by others")
    func writing() async throws {
        try await withScene { scene in
            try await scene.sync.add({ _ in
                [.archive(Self.chat, true, last: nil, nowMilliseconds: 1), .pin(Self.chat, false, nowMilliseconds: 1)]
            }, in: scene.server.surroundings())
            try await scene.follow(.regularLow)
            #expect(scene.told == ["628111111111 archived(true)", "628111111111 pinned(false)"])
            #expect(scene.server.state.withLock { $0.collections["regular_low"]?.version } == 1)
        }
    }

    @Test("Two who write at the same time both get their change in")
    func conflict() async throws {
        try await withScene { scene in
            let (sync, server) = (scene.sync, scene.server)
            let isFirst = Mutex(true)
            try await sync.add({ _ in
                [.pin(Self.chat, true, nowMilliseconds: 1)]
            }, in: {
                let surroundings = server.surroundings()
                return AppStateSync.Surroundings(
                    fetch: surroundings.fetch,
                    add: { request in
                        // Another device is quicker, once.
                        let wasFirst = isFirst.withLock { isFirst in
                            defer { isFirst = false }
                            return isFirst
                        }
                        if wasFirst {
                            try server.write(.archive(Self.chat, true, last: nil, nowMilliseconds: 1))
                        }
                        return try await surroundings.add(request)
                    }, blob: surroundings.blob, askPhone: surroundings.askPhone,
                    nowMilliseconds: surroundings.nowMilliseconds, logger: surroundings.logger)
            }())
            #expect(scene.told == ["628111111111 archived(true)", "628111111111 pinned(true)"])
            #expect(server.state.withLock { $0.collections["regular_low"]?.version } == 2)
        }
    }

    @Test("A key that is not known is asked of the phone once a day, and the collection followed when it comes")
    func missingKey() async throws {
        try await withScene(sharesKey: false) { scene in
            try await share([7], on: scene.database)
            try scene.server.write(.pin(Self.chat, true, nowMilliseconds: 1))
            try await scene.follow(.regularLow)
            try await scene.follow(.regularLow)
            #expect(scene.told.isEmpty)
            #expect(try await scene.pending() == ["regular_low"])
            let asked = scene.server.state.withLock(\.peerMessages)
            #expect(asked == [.appStateKeys([AppStateServer.keyID])])
            try await share(AppStateServer.keyID, on: scene.database)
            await scene.sync.followPending(in: scene.server.surroundings())
            #expect(scene.told == ["628111111111 pinned(true)"])
        }
    }

    @Test("What does not match is fetched anew, and only what differs is told")
    func refetch() async throws {
        try await withScene { scene in
            try scene.server.write(.pin(Self.chat, true, nowMilliseconds: 1))
            try scene.server.write(.archive(Self.chat, true, last: nil, nowMilliseconds: 1))
            try await scene.follow(.regularLow)
            // Our copy rots.
            try await scene.database.write {
                try $0.execute("UPDATE client_app_state SET hash = $1", [.blob([UInt8](repeating: 1, count: 128))])
            }
            try scene.server.write(.pin(Self.chat, false, nowMilliseconds: 2))
            scene.server.state.withLock { _ = $0.snapshots.insert("regular_low") }
            try await scene.follow(.regularLow)
            #expect(scene.told == ["628111111111 pinned(true)", "628111111111 archived(true)", "628111111111 pinned(false)"])
            #expect(try await scene.pending().isEmpty)
        }
    }

    @Test("When even that does not match the phone is asked, and its copy in the clear is taken over")
    func rescue() async throws {
        try await withScene { scene in
            try scene.server.write(.pin(Self.chat, true, nowMilliseconds: 1))
            scene.server.state.withLock { $0.spoil = { $0.patchMac = Data([1]) } }
            try await scene.follow(.regularLow)
            try await scene.follow(.regularLow)
            #expect(scene.told.isEmpty)
            let asked = scene.server.state.withLock(\.peerMessages)
            #expect(asked == [.appStateRecovery(of: "regular_low", atMilliseconds: 1_790_000_000_000)])

            let action = SyncAction.pin(Self.chat, true, nowMilliseconds: 1)
            let collection = try #require(scene.server.state.withLock { $0.collections["regular_low"] })
            var recovery = WASyncdSnapshotRecovery()
            recovery.version.version = collection.version
            recovery.collectionName = "regular_low"
            recovery.collectionLthash = Data(collection.hash.bytes)
            var record = WASyncdPlainTextRecord()
            record.value = action.data
            record.keyID = Data(AppStateServer.keyID)
            record.mac = Data(try #require(collection.values[scene.server.keys.indexMAC(of: action.index)]))
            recovery.mutationRecords = [record]
            var message = WAMessage()
            message.protocolMessage.type = .peerDataOperationRequestResponseMessage
            var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
            result.syncdSnapshotFatalRecoveryResponse.collectionSnapshot = Data(Zlib.deflate(recovery.encoded()))
            result.syncdSnapshotFatalRecoveryResponse.isCompressed = true
            message.protocolMessage.peerDataOperationRequestResponseMessage.peerDataOperationResult = [result]
            let told = message
            let (log, news) = (scene.log, AccountNews())
            try await scene.database.write { sql in
                let phone = PhoneMessages(
                    account: Self.account, recorder: { sql, event in sql.afterCommit { log.append(event) } }, news: news,
                    logger: Logger(label: "test"))
                try phone.take(told, messageID: "X", nowMilliseconds: 1, on: sql)
            }
            #expect(scene.told == ["628111111111 pinned(true)"])
            scene.server.state.withLock { $0.spoil = nil }
            await scene.sync.followPending(in: scene.server.surroundings())
            #expect(try await scene.pending().isEmpty && scene.told.count == 1)
        }
    }

    @Test("Killed at any write, it tells everything once in the end", arguments: [false, true])
    func killed(keepsTheLast: Bool) async throws {
        for writes in 0..<3 {
            try await withScene { scene in
                for number in 0..<3 { try scene.server.write(.pin(JID("62811111111\(number)", .user), true, nowMilliseconds: 1)) }
                try await scene.database.write { try AppStateWork(account: Self.account).want(["regular_low"], on: $0) }
                let mortal = MortalDatabase(scene.database)
                mortal.die(afterWrites: writes, keepingTheLast: keepsTheLast)
                let dying = Scene(server: scene.server, database: mortal, log: scene.log)
                await dying.sync.followPending(in: scene.server.surroundings())
                await scene.sync.followPending(in: scene.server.surroundings())
                #expect(scene.told == (0..<3).map { "62811111111\($0) pinned(true)" }, "died after \(writes) writes")
                #expect(try await scene.pending().isEmpty)
            }
        }
    }
}
