import Logging
import Storage
import WACrypto
import WAProto
import WAProtocol

/// Follows and changes the account's app state, one thing after the other.
///
/// What there is to follow stands in rows (`AppStateWork`), written where the reason was learnt: the server's word, a key the
/// phone shared, the phone's rescue. A collection is followed from where we were, or from a snapshot, with every MAC checked;
/// what changed is told (`AppStateChanges`) in the transaction that saves the new version, so a kill loses and repeats
/// nothing. Where MACs do not match it begins anew from a snapshot, and when that does not help asks the phone.
/// A change of ours follows first, then adds a patch; when another device was first, its patches are taken in and ours is
/// made once more. Source: protocol reference 5.14.
actor AppStateSync {
    /// What the work needs of the connection it runs on.
    struct Surroundings: Sendable {
        let fetch: @Sendable (AppStateFetchRequest) async throws -> AppStateAnswer
        let add: @Sendable (AppStatePatchRequest) async throws -> AppStateAnswer
        /// Fetches a blob of at most so many bytes from the media hosts.
        let blob: @Sendable (WASyncdExternalBlobReference, _ maximumByteCount: Int) async throws -> [UInt8]
        /// Asks our phone; its answer comes as a message.
        let askPhone: @Sendable (PeerMessage) async throws -> Void
        let nowMilliseconds: @Sendable () -> Int64
        let logger: Logger
    }

    private let account: String
    private let database: any SQLDatabase
    private let recorder: ClientRecorder
    /// The work under way; the next waits for it.
    private var last: Task<Void, any Error>?

    private static let maximumConflicts = 3

    init(account: String, database: any SQLDatabase, recorder: @escaping ClientRecorder) {
        self.account = account
        self.database = database
        self.recorder = recorder
    }

    /// Makes one change; `actions` all belong to one collection and are built from what is stored.
    func add(
        _ actions: @escaping @Sendable (any SQLConnection) throws -> [SyncAction], in surroundings: Surroundings
    ) async throws {
        try await inTurn { [account, database, recorder] in
            let follower = AppStateFollower(account: account, database: database, recorder: recorder, in: surroundings)
            let actions = try await database.read { try actions($0) }
            guard let collection = actions.first?.collection else { return }
            let keys = try await database.read { try AppStateStore(account: account).keys(on: $0) }
            guard let own = keys.first else { throw ClientError.noAppStateKey }
            var current = try await follower.follow(collection)
            for _ in 0..<Self.maximumConflicts {
                let (patch, next, mutations) = try current.adding(
                    actions, keyID: own.id, keys: own.keys, iv: { SecureRandom.bytes(AESCBC.blockByteCount) })
                let answer = try await surroundings.add(
                    AppStatePatchRequest(collection: collection, version: current.version, patch: patch))
                switch answer.errorCode {
                case nil: return try await follower.save(next, telling: mutations)
                case 409:
                    current = try await follower.take(answer, into: current)
                    if answer.hasMore { current = try await follower.follow(collection) }
                case let code?: throw IQError(code: code)
                }
            }
            throw IQError(code: 409)
        }
    }

    /// Follows every collection there is a reason to. What cannot be followed now stays to be.
    func followPending(in surroundings: Surroundings) async {
        try? await inTurn { [account, database, recorder] in
            let follower = AppStateFollower(account: account, database: database, recorder: recorder, in: surroundings)
            let work = AppStateWork(account: account)
            guard try await database.read({ try AppStateStore(account: account).hasKeys(on: $0) }) else { return }
            // Keys from before collections were read: all of them are news.
            try await database.write { try work.wantMissing(on: $0) }
            for item in try await database.read({ try work.pending(on: $0) }) {
                do {
                    _ = try await follower.follow(item.collection)
                    try await database.write { try work.finish(item, on: $0) }
                } catch let error as AppStateCollection.UnknownKey {
                    await follower.askForKey(error.id)
                } catch is AppStateCollection.Mismatch {
                    await follower.askForRescue(of: item)
                } catch {
                    try Task.checkCancellation()
                    surroundings.logger.warning(
                        "app state was not followed",
                        metadata: ["collection": "\(item.collection)", "error": "\(error)"])
                }
            }
        }
    }

    private func inTurn(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let previous = last
        let task = Task {
            _ = await previous?.result
            try await body()
        }
        last = task
        try await task.value
    }
}
