import Logging
import Storage
import WACrypto
import WAProto
import WAProtocol

/// Brings a collection to the server's version, step by step.
struct AppStateFollower: Sendable {
    private let store: AppStateStore
    private let database: any SQLDatabase
    private let recorder: ClientRecorder
    private let surroundings: AppStateSync.Surroundings

    /// More steps than this in one go are no real collection.
    private static let maximumRounds = 1_000
    /// An encoded snapshot or set of mutations beyond this is refused.
    private static let maximumBlobByteCount = 32 << 20
    /// The phone is asked for a key, or to rescue a collection, this often at most (protocol reference 5.14).
    private static let askingIntervalMilliseconds: Int64 = 86_400_000

    init(
        account: String, database: any SQLDatabase, recorder: @escaping ClientRecorder,
        in surroundings: AppStateSync.Surroundings
    ) {
        store = AppStateStore(account: account)
        self.database = database
        self.recorder = recorder
        self.surroundings = surroundings
    }

    /// The collection as the server has it now. Throws `UnknownKey`, and `Mismatch` when it does not even match when
    /// fetched anew.
    func follow(_ name: String) async throws -> AppStateCollection {
        let stored = try await database.read { [store] in try store.collection(name, on: $0) }
        do {
            return try await follow(from: stored)
        } catch is AppStateCollection.Mismatch {
            surroundings.logger.warning(
                "app state does not match; fetching it anew", metadata: ["collection": "\(name)"])
            return try await followAnew(name, insteadOf: stored)
        }
    }

    private func follow(from start: AppStateCollection) async throws -> AppStateCollection {
        var collection = start
        for _ in 0..<Self.maximumRounds {
            let answer = try await fetch(collection)
            let before = collection.version
            collection = try await take(answer, into: collection)
            if !answer.hasMore || collection.version == before { break }
        }
        return collection
    }

    /// Takes in what the server sent. The steps that hold are saved even when a later one does not.
    func take(_ answer: AppStateAnswer, into start: AppStateCollection) async throws -> AppStateCollection {
        var collection = start
        var mutations: [SyncMutation] = []
        let keys = try await knownKeys()
        do {
            try await apply(answer, to: &collection, keys) { mutations += $0 }
        } catch {
            if collection.version != start.version { try await save(collection, telling: mutations) }
            throw error
        }
        // An empty one is kept too: it was followed.
        if collection.version != start.version || collection.version == 0 {
            try await save(collection, telling: mutations)
        }
        return collection.saved
    }

    /// From nothing, and only when all of it holds in place of what is stored. Told is what differs from that.
    private func followAnew(_ name: String, insteadOf stored: AppStateCollection) async throws -> AppStateCollection {
        var collection = AppStateCollection.anew(name)
        let keys = try await knownKeys()
        // The last word on each index counts: the steps to it were told when they happened.
        var latest: [[UInt8]: (place: Int, mutation: SyncMutation)] = [:]
        var place = 0
        for _ in 0..<Self.maximumRounds {
            let answer = try await fetch(collection)
            let before = collection.version
            try await apply(answer, to: &collection, keys) { mutations in
                for mutation in mutations {
                    latest[mutation.indexMAC] = (place, mutation)
                    place += 1
                }
            }
            if !answer.hasMore || collection.version == before { break }
        }
        let news = latest.values.sorted { $0.place < $1.place }.map(\.mutation).filter { mutation in
            let known = stored.values[mutation.indexMAC]
            return mutation.isRemoval ? known != nil : known != mutation.valueMAC
        }
        try await save(collection, telling: news)
        return collection.saved
    }

    private func fetch(_ collection: AppStateCollection) async throws -> AppStateAnswer {
        let answer = try await surroundings.fetch(
            AppStateFetchRequest(collection: collection.name, version: collection.version))
        if let code = answer.errorCode { throw IQError(code: code) }
        return answer
    }

    private func apply(
        _ answer: AppStateAnswer, to collection: inout AppStateCollection, _ keys: [[UInt8]: AppStateKeys],
        _ tell: ([SyncMutation]) -> Void
    ) async throws {
        if let snapshot = answer.snapshot {
            let bytes = try await blob(WASyncdExternalBlobReference(decoding: snapshot))
            let mutations = try collection.apply(WASyncdSnapshot(decoding: bytes), keys: { keys[$0] })
            tell(mutations)
        }
        for bytes in answer.patches {
            var patch = try WASyncdPatch(decoding: bytes)
            if patch.hasExternalMutations {
                patch.mutations = try WASyncdMutations(decoding: await blob(patch.externalMutations)).mutations
            }
            tell(try collection.apply(patch, keys: { keys[$0] }))
        }
    }

    private func blob(_ reference: WASyncdExternalBlobReference) async throws -> [UInt8] {
        try await surroundings.blob(reference, Self.maximumBlobByteCount)
    }

    private func knownKeys() async throws -> [[UInt8]: AppStateKeys] {
        let keys = try await database.read { [store] in try store.keys(on: $0) }
        return Dictionary(keys.map { ($0.id, $0.keys) }) { first, _ in first }
    }

    /// The new version and what it changed, in one transaction.
    func save(_ collection: AppStateCollection, telling mutations: [SyncMutation]) async throws {
        let (store, recorder, logger) = (store, recorder, surroundings.logger)
        let now = surroundings.nowMilliseconds()
        try await database.write { sql in
            try store.save(collection, on: sql)
            let changes = AppStateChanges(account: store.account, recorder: recorder, logger: logger)
            try changes.tell(mutations, nowMilliseconds: now, on: sql)
        }
    }

    // MARK: - Asking the phone

    /// What was made with the key is followed when the phone shares it.
    func askForKey(_ id: [UInt8]) async {
        let (work, now) = (AppStateWork(account: store.account), surroundings.nowMilliseconds())
        await ask("app state key") {
            let isDue = try await database.write {
                try work.askingForKey(id, nowMilliseconds: now, notSince: now - Self.askingIntervalMilliseconds, on: $0)
            }
            return isDue ? .appStateKeys([id]) : nil
        }
    }

    /// The collection does not even match when fetched anew; the phone has it in the clear.
    func askForRescue(of item: AppStateWork.Item) async {
        let (work, now) = (AppStateWork(account: store.account), surroundings.nowMilliseconds())
        await ask("app state recovery") {
            let isDue = try await database.write {
                try work.askingForRescue(
                    of: item.collection, nowMilliseconds: now, notSince: now - Self.askingIntervalMilliseconds, on: $0)
            }
            return isDue ? .appStateRecovery(of: item.collection, atMilliseconds: now) : nil
        }
    }

    private func ask(_ what: String, _ message: () async throws -> PeerMessage?) async {
        do {
            guard let message = try await message() else { return }
            surroundings.logger.warning("asking the phone", metadata: ["for": "\(what)"])
            try await surroundings.askPhone(message)
        } catch {
            surroundings.logger.warning("the phone was not asked", metadata: ["error": "\(error)"])
        }
    }
}
