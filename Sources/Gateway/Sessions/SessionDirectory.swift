import Synchronization

/// All sessions of this process, found by id or by name.
final class SessionDirectory: Sendable {
    private struct State {
        var byID: [String: GatewaySession] = [:]
        var byName: [String: GatewaySession] = [:]
    }

    private let state = Mutex(State())

    /// Ids come first: a session may be named like another's id.
    subscript(_ idOrName: String) -> GatewaySession? {
        // Both are short and ASCII; anything else would only cost the hash, which takes long for many combining marks.
        guard idOrName.utf8.count <= 50 else { return nil }
        return state.withLock { $0.byID[idOrName] ?? $0.byName[idOrName] ?? $0.byID[idOrName.lowercased()] }
    }

    var all: [GatewaySession] { state.withLock { Array($0.byID.values) } }

    func add(_ session: GatewaySession) {
        state.withLock { state in
            state.byID[session.id] = session
            state.byName[session.name] = session
        }
    }

    func remove(_ session: GatewaySession) {
        state.withLock { state in
            state.byID[session.id] = nil
            state.byName[session.name] = nil
        }
    }
}
