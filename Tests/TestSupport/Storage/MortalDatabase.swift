package import Storage
import Synchronization

/// A database that dies with its process when a test says so: from then on nothing is read or written through it.
package final class MortalDatabase: SQLDatabase {
    private struct State {
        var writesLeft = Int.max
        var keepsTheLast = false
        var isDead = false
    }

    private enum Fate { case lives, diesAfter, isDead }

    private let wrapped: any SQLDatabase
    private let state = Mutex(State())

    package init(_ wrapped: any SQLDatabase) { self.wrapped = wrapped }

    /// Dies at the write after so many more.
    ///
    /// - Parameter keepsTheLast: Whether that write is durable although nobody hears of it.
    package func die(afterWrites count: Int, keepingTheLast keepsTheLast: Bool) {
        state.withLock { state in
            state.writesLeft = count
            state.keepsTheLast = keepsTheLast
        }
    }

    /// Dies at once.
    package func die() { state.withLock { $0.isDead = true } }

    package var isDead: Bool { state.withLock { $0.isDead } }

    package func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        guard !isDead else { throw StorageError.closed }
        return try await wrapped.read(body)
    }

    @discardableResult
    package func write<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        let fate: Fate = state.withLock { state in
            guard !state.isDead else { return .isDead }
            guard state.writesLeft == 0 else {
                if state.writesLeft != .max { state.writesLeft -= 1 }
                return .lives
            }
            state.isDead = true
            return state.keepsTheLast ? .diesAfter : .isDead
        }
        guard fate != .isDead else { throw StorageError.closed }
        let result = try await wrapped.write(body)
        guard fate == .lives else { throw StorageError.closed }
        return result
    }
}
