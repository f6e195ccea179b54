import Storage
import Synchronization

/// All API keys in memory, found by hash, so that a request costs no SQL; and what they were used for since the last flush.
final class APIKeyring: Sendable {
    private struct Usage {
        var count: Int64 = 0
        var lastUsedAtMilliseconds: Int64 = 0
    }

    private struct State {
        var byHash: [String: APIKeyRecord]
        var usage: [String: Usage] = [:]
    }

    private let hash: APIKeyHash
    private let state: Mutex<State>

    init(_ keys: [APIKeyStore.Stored], hash: APIKeyHash) {
        self.hash = hash
        state = Mutex(State(byHash: Dictionary(uniqueKeysWithValues: keys.map { ($0.hash, $0.record) })))
    }

    var isEmpty: Bool { state.withLock { $0.byHash.isEmpty } }

    /// The key's record, whether or not it is revoked or expired; nil for a key nobody was given.
    ///
    /// A usable key's usage is counted. Looking up by hash needs no constant time: a caller cannot choose hashes.
    func record(of rawKey: String, nowMilliseconds: Int64) -> APIKeyRecord? {
        let hash = hash(rawKey)
        return state.withLock { state in
            guard let record = state.byHash[hash] else { return nil }
            if record.isActive, !record.isExpired(atMilliseconds: nowMilliseconds) {
                state.byHash[hash]?.usageCount += 1
                state.byHash[hash]?.lastUsedAtMilliseconds = nowMilliseconds
                state.usage[record.id, default: Usage()].count += 1
                state.usage[record.id]?.lastUsedAtMilliseconds = nowMilliseconds
            }
            return record
        }
    }

    func add(_ key: APIKeyStore.Stored) {
        state.withLock { $0.byHash[key.hash] = key.record }
    }

    /// Writes what was counted; what could not be written is counted again.
    func flushUsage(to database: any SQLDatabase) async throws {
        let usage = state.withLock { state in
            defer { state.usage = [:] }
            return state.usage
        }
        guard !usage.isEmpty else { return }
        do {
            try await database.write { connection in
                for (id, used) in usage {
                    try APIKeyStore.addUsage(
                        used.count, lastUsedAtMilliseconds: used.lastUsedAtMilliseconds, to: id, on: connection)
                }
            }
        } catch {
            state.withLock { state in
                for (id, used) in usage {
                    state.usage[id, default: used].count += state.usage[id] == nil ? 0 : used.count
                }
            }
            throw error
        }
    }
}
