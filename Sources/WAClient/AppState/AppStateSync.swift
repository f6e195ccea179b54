import Storage
import WACrypto
import WAProto
import WAProtocol

/// Adds to the account's app state, one change after the other.
///
/// It follows the collection first: from where we were, or from a snapshot, checking every MAC. When another device was
/// first, its patches are taken in and the change is made once more; when the MACs do not match, it begins anew from a
/// snapshot once. Source: protocol reference 5.14.
actor AppStateSync {
    /// The changes under way; a change waits for the one before it.
    private var last: Task<Void, any Error>?

    /// More steps than this in one go are no real collection.
    private static let maximumRounds = 1_000
    /// An encoded snapshot or set of mutations beyond this is refused.
    private static let maximumBlobByteCount = 32 << 20

    func perform(
        account: String, database: any SQLDatabase, transfer: MediaTransfer, connection: Connection,
        environment: ClientEnvironment, _ action: @escaping @Sendable (any SQLConnection) throws -> SyncAction
    ) async throws {
        let previous = last
        let task = Task {
            _ = await previous?.result
            let steps = Steps(
                store: AppStateStore(account: account), database: database, transfer: transfer, connection: connection,
                environment: environment)
            try await steps.add(database.read { try action($0) })
        }
        last = task
        try await task.value
    }

    /// One change.
    private struct Steps: Sendable {
        let store: AppStateStore
        let database: any SQLDatabase
        let transfer: MediaTransfer
        let connection: Connection
        let environment: ClientEnvironment

        func add(_ action: SyncAction) async throws {
            let keys = try await database.read { [store] in try store.keys(on: $0) }
            guard let own = keys.first else { throw ClientError.noAppStateKey }
            let known = Dictionary(keys.map { ($0.id, $0.keys) }) { first, _ in first }
            var collection = try await follow(action.collection, known)
            for _ in 0..<2 {
                let (patch, next) = try collection.setting(
                    action, keyID: own.id, keys: own.keys, iv: SecureRandom.bytes(AESCBC.blockByteCount))
                let answer = try await connection.execute(
                    AppStatePatchRequest(collection: action.collection, version: collection.version, patch: patch),
                    environment: environment)
                switch answer.errorCode {
                case nil: return try await save(next, since: collection)
                case 409: collection = try await take(answer, into: collection, known)
                case let code?: throw IQError(code: code)
                }
            }
            throw IQError(code: 409)
        }

        private func follow(_ name: String, _ keys: [[UInt8]: AppStateKeys]) async throws -> AppStateCollection {
            let stored = try await database.read { [store] in try store.collection(name, on: $0) }
            do {
                return try await follow(from: stored, keys)
            } catch is AppStateCollection.Mismatch {
                let fresh = AppStateCollection(name: name)
                try await save(fresh, since: stored)
                return try await follow(from: fresh, keys)
            }
        }

        private func follow(
            from start: AppStateCollection, _ keys: [[UInt8]: AppStateKeys]
        ) async throws -> AppStateCollection {
            var collection = start
            for _ in 0..<AppStateSync.maximumRounds {
                let answer = try await connection.execute(
                    AppStateFetchRequest(collection: collection.name, version: collection.version),
                    environment: environment)
                if let code = answer.errorCode { throw IQError(code: code) }
                let before = collection.version
                collection = try await take(answer, into: collection, keys)
                if !answer.hasMore || collection.version == before { break }
            }
            return collection
        }

        /// Takes in what the server sent and writes it down.
        private func take(
            _ answer: AppStateAnswer, into start: AppStateCollection, _ keys: [[UInt8]: AppStateKeys]
        ) async throws -> AppStateCollection {
            var collection = start
            if let snapshot = answer.snapshot {
                let bytes = try await fetch(WASyncdExternalBlobReference(decoding: snapshot))
                try collection.apply(WASyncdSnapshot(decoding: bytes), keys: { keys[$0] })
            }
            for bytes in answer.patches {
                var patch = try WASyncdPatch(decoding: bytes)
                if patch.hasExternalMutations {
                    let mutations = try WASyncdMutations(decoding: await fetch(patch.externalMutations))
                    patch.mutations = mutations.mutations
                }
                try collection.apply(patch, keys: { keys[$0] })
            }
            try await save(collection, since: start)
            return collection
        }

        private func fetch(_ blob: WASyncdExternalBlobReference) async throws -> [UInt8] {
            try await transfer.appStateBlob(blob, maximumByteCount: AppStateSync.maximumBlobByteCount)
        }

        private func save(_ collection: AppStateCollection, since before: AppStateCollection) async throws {
            guard collection.version != before.version || collection.hash != before.hash else { return }
            try await database.write { [store] in try store.save(collection, since: before, on: $0) }
        }
    }
}
