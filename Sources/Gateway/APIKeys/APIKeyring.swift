import Storage
import Synchronization

/// All API keys in memory, found by hash, so that a request costs no SQL; and how often each was used.
final class APIKeyring: Sendable {
    private struct Use {
        var total: Int64
        /// What the database does not know yet.
        var unwritten: Int64 = 0
        var lastAtMilliseconds: Int64?
    }

    private struct State {
        var byHash: [String: APIKeyRecord] = [:]
        var uses: [String: Use] = [:]
        var revision: Int64 = 0
    }

    private let hash: APIKeyHash
    private let state = Mutex(State())
    private let lastRevision = Atomic<Int64>(0)

    init(_ keys: [APIKeyStore.Stored], hash: APIKeyHash) {
        self.hash = hash
        state.withLock { Self.replace(&$0, keys) }
    }

    var isEmpty: Bool { state.withLock { $0.byHash.isEmpty } }

    /// Every key, newest first, with its use up to now.
    var all: [APIKeyRecord] {
        let records = state.withLock { state in state.byHash.values.map { Self.withUse($0, state) } }
        return records.sorted { ($1.createdAtMilliseconds, $0.id) < ($0.createdAtMilliseconds, $1.id) }
    }

    /// The key's record, whether or not it is revoked or expired; nil for a key nobody was given.
    ///
    /// Looking up by hash needs no constant time: a caller cannot choose hashes.
    func record(of rawKey: String) -> APIKeyRecord? {
        let hash = hash(rawKey)
        return state.withLock { $0.byHash[hash] }
    }

    /// The key with this id as it is now.
    func record(id: String) -> APIKeyRecord? {
        state.withLock { state in state.byHash.values.first { $0.id == id } }
    }

    /// Counts a request that was admitted with the key.
    func countUse(of id: String, nowMilliseconds: Int64) {
        state.withLock { state in
            state.uses[id]?.total += 1
            state.uses[id]?.unwritten += 1
            state.uses[id]?.lastAtMilliseconds = nowMilliseconds
        }
    }

    // MARK: - Changes

    /// The number of a change, asked for inside its transaction: transactions run one after another, their callers resume
    /// in any order.
    func nextRevision() -> Int64 { lastRevision.add(1, ordering: .relaxed).newValue }

    /// Takes over all keys as a committed transaction left them, unless a later one was taken over already.
    func replace(with keys: [APIKeyStore.Stored], revision: Int64) {
        state.withLock { state in
            guard revision > state.revision else { return }
            state.revision = revision
            Self.replace(&state, keys)
        }
    }

    private static func replace(_ state: inout State, _ keys: [APIKeyStore.Stored]) {
        state.byHash = Dictionary(uniqueKeysWithValues: keys.map { ($0.hash, $0.record) })
        let known = state.uses
        state.uses = Dictionary(
            uniqueKeysWithValues: keys.map { key in
                let record = key.record
                return (
                    record.id,
                    known[record.id]
                        ?? Use(total: record.usageCount, lastAtMilliseconds: record.lastUsedAtMilliseconds)
                )
            })
    }

    private static func withUse(_ record: APIKeyRecord, _ state: State) -> APIKeyRecord {
        var record = record
        if let use = state.uses[record.id] {
            record.usageCount = use.total
            record.lastUsedAtMilliseconds = use.lastAtMilliseconds
        }
        return record
    }

    // MARK: - Writing use down

    /// Writes what was counted; what could not be written is written the next time.
    func flushUsage(to database: any SQLDatabase) async throws {
        let uses = state.withLock { state in
            let uses = state.uses.filter { $0.value.unwritten > 0 }
            for id in uses.keys { state.uses[id]?.unwritten = 0 }
            return uses
        }
        guard !uses.isEmpty else { return }
        do {
            try await database.write { connection in
                for (id, use) in uses {
                    try APIKeyStore.addUsage(
                        use.unwritten, lastUsedAtMilliseconds: use.lastAtMilliseconds ?? 0, to: id, on: connection)
                }
            }
        } catch {
            state.withLock { state in
                for (id, use) in uses { state.uses[id]?.unwritten += use.unwritten }
            }
            throw error
        }
    }
}
