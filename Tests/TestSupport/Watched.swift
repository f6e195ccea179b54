import Synchronization
package import Testing

/// A value behind a lock that tests wait on: after each change, those go on who find in it what they look for.
package final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var next = 0
        /// Each answers whether it has found what it waits for.
        var waiters: [Int: @Sendable (Value) -> (@Sendable () -> Void)?] = [:]
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    /// Reads or changes the value, and lets those go on who waited for that.
    package func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        let (result, found) = try state.withLock { state -> (Result, [@Sendable () -> Void]) in
            let result = try body(&state.value)
            var found: [@Sendable () -> Void] = []
            for (number, look) in state.waiters {
                guard let go = look(state.value) else { continue }
                state.waiters[number] = nil
                found.append(go)
            }
            return (result, found)
        }
        for go in found { go() }
        return result
    }

    /// Waits until `find` finds something in the value, and returns that.
    ///
    /// - Throws: `OutOfPatience`, `CancellationError`.
    @discardableResult
    package func wait<Found: Sendable>(
        for what: @autoclosure @escaping @Sendable () -> String, within limit: Duration = .patience,
        sourceLocation: SourceLocation = #_sourceLocation, _ find: @escaping @Sendable (Value) -> Found?
    ) async throws -> Found {
        let wait = PatientWait<Found>()
        let look: @Sendable (Value) -> (@Sendable () -> Void)? = { value in
            guard let found = find(value) else { return nil }
            return { wait.end(.success(found)) }
        }
        let number = state.withLock { state -> Int? in
            if let go = look(state.value) {
                go()
                return nil
            }
            state.next += 1
            state.waiters[state.next] = look
            return state.next
        }
        defer { if let number { state.withLock { _ = $0.waiters.removeValue(forKey: number) } } }
        return try await wait.value(of: what, within: limit, sourceLocation)
    }
}
