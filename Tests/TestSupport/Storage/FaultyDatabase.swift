package import Storage
import Synchronization

/// A database whose writes and reads fail when a test says so.
///
/// It wraps any other, so every store can be failed at every step without knowing it. A failed write is honest about
/// what the disk would have kept: before the commit everything of the closure is undone, after the commit everything is
/// there although the caller hears of a failure, as when a machine dies between the sync and the answer.
package final class FaultyDatabase: SQLDatabase {
    /// When a chosen write fails.
    package enum Moment: Sendable, CaseIterable {
        /// The closure does not run.
        case beforeBody
        /// The closure runs, and its changes are undone.
        case beforeCommit
        /// The changes are durable, and the caller is told of a failure.
        case afterCommit
    }

    private struct Fault {
        let moment: Moment
        let error: any Error & Sendable
    }

    /// From this write on nothing is written any more.
    private struct Death {
        let number: Int
        let moment: Moment
        let told: AsyncStream<Void>.Continuation
    }

    private struct State {
        var writes = 0
        var reads = 0
        var faults: [Int: Fault] = [:]
        var readFaults: [Int: any Error & Sendable] = [:]
        var isFull = false
        var death: Death?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let wrapped: any SQLDatabase
    private let state = Mutex(State())

    package init(_ wrapped: any SQLDatabase) {
        self.wrapped = wrapped
    }

    /// The number of writes begun so far, failed ones included.
    package var writeCount: Int { state.withLock(\.writes) }

    /// The number of reads begun so far, failed ones included.
    package var readCount: Int { state.withLock(\.reads) }

    /// Fails the nth write from now, counted from 1.
    package func failWrite(
        _ number: Int = 1, _ moment: Moment = .beforeCommit, with error: any Error & Sendable = InjectedFault()
    ) {
        precondition(number > 0, "writes are counted from 1")
        state.withLock { $0.faults[$0.writes + number] = Fault(moment: moment, error: error) }
    }

    /// Fails the nth read from now, counted from 1.
    package func failRead(_ number: Int = 1, with error: any Error & Sendable = InjectedFault()) {
        precondition(number > 0, "reads are counted from 1")
        state.withLock { $0.readFaults[$0.reads + number] = error }
    }

    /// Dies at the nth write from now: that one fails at this moment, all later ones before anything, until `revive`.
    ///
    /// - Returns: A stream that ends when it is dead.
    package func die(atWrite number: Int, _ moment: Moment) -> AsyncStream<Void> {
        precondition(number > 0, "writes are counted from 1")
        let (stream, told) = AsyncStream.makeStream(of: Void.self)
        state.withLock { $0.death = Death(number: $0.writes + number, moment: moment, told: told) }
        return stream
    }

    /// Whether the write it was to die at has come.
    package var isDead: Bool {
        state.withLock { state in state.death.map { state.writes >= $0.number } ?? false }
    }

    /// Works again, with what was written before it died.
    package func revive() {
        let death = state.withLock { state in
            defer { state.death = nil }
            return state.death
        }
        death?.told.finish()
    }

    /// Waits until every write that was to fail has failed.
    package func waitForFaults() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.faults.isEmpty { state.waiters.append(continuation) }
                return state.faults.isEmpty
            }
            if isOver { continuation.resume() }
        }
    }

    private func faultHappened(_ number: Int) {
        if let death = state.withLock(\.death), number >= death.number { death.told.finish() }
        let waiters = state.withLock { state in
            state.faults[number] = nil
            guard state.faults.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// While true, every closure that changes a row is undone and fails with `StorageError.diskFull`; writes that
    /// change nothing, and reads, work as on a real full disk.
    package var isFull: Bool {
        get { state.withLock(\.isFull) }
        set { state.withLock { $0.isFull = newValue } }
    }

    package func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        let fault = state.withLock { state in
            state.reads += 1
            return state.readFaults.removeValue(forKey: state.reads)
        }
        if let fault { throw fault }
        return try await wrapped.read(body)
    }

    @discardableResult
    package func write<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        let (number, fault, isFull) = state.withLock { state in
            state.writes += 1
            guard let death = state.death, state.writes >= death.number else {
                return (state.writes, state.faults[state.writes], state.isFull)
            }
            let moment = state.writes == death.number ? death.moment : .beforeBody
            return (state.writes, Fault(moment: moment, error: InjectedFault()), state.isFull)
        }
        defer { if fault != nil { faultHappened(number) } }
        if let fault, fault.moment == .beforeBody { throw fault.error }
        let result = try await wrapped.write { connection in
            let watched = WatchedConnection(connection, isFull: isFull)
            let result = try body(watched)
            // A closure that swallowed the error of a full disk does not commit on a real one either.
            if watched.hitFullDisk { throw StorageError.diskFull }
            if let fault, fault.moment == .beforeCommit { throw fault.error }
            return result
        }
        if let fault { throw fault.error }
        return result
    }
}

/// What a test makes fail when it does not care how.
package struct InjectedFault: Error, Equatable {
    package init() {}
}

/// A connection that fails statements that change rows while the disk counts as full.
private final class WatchedConnection: SQLConnection {
    private let wrapped: any SQLConnection
    private let isFull: Bool
    private(set) var hitFullDisk = false

    init(_ wrapped: any SQLConnection, isFull: Bool) {
        self.wrapped = wrapped
        self.isFull = isFull
    }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        let rows = try wrapped.query(sql, arguments)
        let firstWord = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        if ["INSERT", "UPDATE", "DELETE"].contains(firstWord) { try countChanges(rows.count) }
        return rows
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let changed = try wrapped.execute(sql, arguments)
        try countChanges(changed)
        return changed
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) { wrapped.afterCommit(action) }

    private func countChanges(_ count: Int) throws {
        guard isFull, count > 0 else { return }
        hitFullDisk = true
        throw StorageError.diskFull
    }
}
