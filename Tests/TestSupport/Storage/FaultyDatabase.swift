package import Storage
package import Testing

/// A database whose writes and reads fail when a test says so.
///
/// It wraps any other, so every store can be failed at every step without knowing it. A failed write is honest about
/// what the disk would have kept: before the commit everything of the closure is undone, after the commit everything is
/// there although the caller hears of a failure, as when a machine dies between the sync and the answer.
package final class FaultyDatabase: SQLDatabase {
    /// When a chosen write fails.
    package enum Moment: Sendable, CaseIterable {
        /// The closure does not run; where a statement was chosen, it runs up to that.
        case beforeBody
        /// The closure runs, and its changes are undone.
        case beforeCommit
        /// The changes are durable, and the caller is told of a failure.
        case afterCommit
    }

    private struct Fault: Sendable {
        let moment: Moment
        let error: any Error & Sendable
    }

    /// Fails the first write that runs a statement with this text in it.
    private struct StatementFault: Sendable {
        let text: String
        let moment: Moment
        /// Whether nothing is written any more from then on.
        let isDeadly: Bool
    }

    private struct State: Sendable {
        var writes = 0
        var reads = 0
        var faults: [Int: Fault] = [:]
        var statementFault: StatementFault?
        var readFaults: [Int: any Error & Sendable] = [:]
        var isFull = false
        var isDead = false
        /// The write that is failing because of its statement: it may still be on its way to the disk.
        var failing: Int?

        var hasFaults: Bool { !faults.isEmpty || statementFault != nil || failing != nil }
    }

    private let wrapped: any SQLDatabase
    private let state = Watched(State())

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

    /// Fails the first write from now that runs a statement with this text in it.
    package func failWrite(running text: String, _ moment: Moment) {
        state.withLock { $0.statementFault = StatementFault(text: text, moment: moment, isDeadly: false) }
    }

    /// Dies at the first write from now that runs a statement with this text in it: that one fails at this moment, all later
    /// ones before anything, until `revive`.
    package func die(running text: String, _ moment: Moment) {
        state.withLock { $0.statementFault = StatementFault(text: text, moment: moment, isDeadly: true) }
    }

    /// Whether the write it was to die at has come.
    package var isDead: Bool { state.withLock(\.isDead) }

    package func waitUntilDead(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await state.wait(
            for: "a write that runs \"\(self.state.withLock { $0.statementFault?.text ?? "" })\"", sourceLocation: sourceLocation
        ) { $0.isDead && $0.failing == nil ? true : nil }
    }

    /// Works again, with what was written before it died.
    package func revive() {
        state.withLock { state in
            state.isDead = false
            state.statementFault = nil
        }
    }

    /// Waits until every write that was to fail has failed.
    package func waitForFaults(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await state.wait(for: "every write that was to fail", sourceLocation: sourceLocation) {
            $0.hasFaults ? nil : true
        }
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
            return (state.writes, state.faults[state.writes], state.isFull)
        }
        defer {
            state.withLock { state in
                state.faults[number] = nil
                if state.failing == number { state.failing = nil }
            }
        }
        if let fault, fault.moment == .beforeBody { throw fault.error }
        let (result, failsAfterCommit) = try await wrapped.write { [self] connection in
            // Asked here, where writes run one after the other.
            if isDead { throw InjectedFault() }
            let statementFault = state.withLock(\.statementFault)
            let watched = WatchedConnection(
                connection, isFull: isFull, text: statementFault?.text, failsThere: statementFault?.moment == .beforeBody)
            let outcome = Result { try body(watched) }
            if watched.ranText, let statementFault {
                state.withLock { state in
                    state.statementFault = nil
                    state.isDead = statementFault.isDeadly
                    state.failing = number
                }
                if statementFault.moment != .afterCommit { throw InjectedFault() }
            }
            let result = try outcome.get()
            // A closure that swallowed the error of a full disk does not commit on a real one either.
            if watched.hitFullDisk { throw StorageError.diskFull }
            if let fault, fault.moment == .beforeCommit { throw fault.error }
            return (result, watched.ranText)
        }
        if let fault { throw fault.error }
        if failsAfterCommit { throw InjectedFault() }
        return result
    }
}

/// What a test makes fail when it does not care how.
package struct InjectedFault: Error, Equatable {
    package init() {}
}

/// A connection that fails statements that change rows while the disk counts as full, and notices a chosen one.
private final class WatchedConnection: SQLConnection {
    private let wrapped: any SQLConnection
    private let isFull: Bool
    private let text: String?
    private let failsThere: Bool
    private(set) var hitFullDisk = false
    /// Whether the chosen statement has come.
    private(set) var ranText = false

    /// - Parameters:
    ///   - text: What is in the chosen statement.
    ///   - failsThere: Whether it is not run, and nothing after it.
    init(_ wrapped: any SQLConnection, isFull: Bool, text: String?, failsThere: Bool) {
        self.wrapped = wrapped
        self.isFull = isFull
        self.text = text
        self.failsThere = failsThere
    }

    private func notice(_ sql: String) throws {
        if let text, sql.contains(text) { ranText = true }
        if ranText, failsThere { throw InjectedFault() }
    }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        try notice(sql)
        let rows = try wrapped.query(sql, arguments)
        let firstWord = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        if ["INSERT", "UPDATE", "DELETE"].contains(firstWord) { try countChanges(rows.count) }
        return rows
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try notice(sql)
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
