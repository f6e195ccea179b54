import Synchronization

/// Commits the writes that are waiting together, so that one `fdatasync` serves many callers.
///
/// Who acts: a `write` call joins the line. When nobody is at work, it also starts a drain on the writer's queue. The
/// drain takes what is waiting, runs it as one transaction, commits, answers every caller, and looks again until the
/// line is empty. A lone writer is thus served at once; while a commit waits for the disk, the next group gathers by
/// itself.
///
/// In what order:
///
///     BEGIN IMMEDIATE
///       closure 1                                          the first needs no savepoint: alone, it is the transaction
///       SAVEPOINT  closure 2  RELEASE                      … or ROLLBACK TO and RELEASE when it threw
///       …                                                  new arrivals join until the group is full or old
///     COMMIT                                               the disk is written and synced here
///       every caller gets its result                       not before
///
/// What is promised: a closure that throws undoes only itself. An error that takes the transaction with it (SQLite
/// rolls back by itself when the disk is full or broken) or a failed COMMIT fails every member, including those that
/// had failed by themselves, because what they saw was never true. Members that did not run yet go into the next group.
final class GroupCommit: Sendable {
    /// How large a group may grow.
    struct Limits: Sendable {
        /// Closures in a group. Beyond some dozens the share of the sync in each write is small already.
        var count: Int
        /// Age at which a group is committed even though more is waiting; bounds the wait of its first member.
        var age: Duration
    }

    private struct Line {
        var waiting: [any GroupMember] = []
        var isBeingDrained = false
    }

    private let line = Mutex(Line())
    private let limits: Limits

    init(limits: Limits) {
        self.limits = limits
    }

    /// Calls that wait for their group to begin.
    var count: Int { line.withLock(\.waiting.count) }

    /// Puts a call in the line. When the result is true nobody is at work, and the caller must start `drain`.
    func join(_ member: any GroupMember) -> Bool {
        line.withLock { line in
            line.waiting.append(member)
            defer { line.isBeingDrained = true }
            return !line.isBeingDrained
        }
    }

    /// Commits group after group until nobody waits. Runs on the writer's queue.
    func drain(_ connection: SQLiteConnection) {
        while let members = nextWaiting(orStop: true) {
            var group = Group(connection: connection, first: members)
            group.run(limits: limits) { self.nextWaiting(orStop: false) ?? [] }
            putBack(group.notRun)
            group.finish()
        }
    }

    private func nextWaiting(orStop stop: Bool) -> ArraySlice<any GroupMember>? {
        line.withLock { line in
            guard !line.waiting.isEmpty else {
                if stop { line.isBeingDrained = false }
                return nil
            }
            var members: [any GroupMember] = []
            swap(&members, &line.waiting)
            return members[...]
        }
    }

    private func putBack(_ members: ArraySlice<any GroupMember>) {
        guard !members.isEmpty else { return }
        line.withLock { $0.waiting.insert(contentsOf: members, at: 0) }
    }
}

/// One transaction and the write calls in it.
private struct Group {
    let connection: SQLiteConnection
    /// Those whose closure ran in this group, or who could not run because it could not begin.
    private var ran: [any GroupMember] = []
    /// Those in line, in order.
    private(set) var notRun: ArraySlice<any GroupMember>
    /// Why nobody's changes are kept, or nil.
    private var failure: StorageError?

    init(connection: SQLiteConnection, first: ArraySlice<any GroupMember>) {
        self.connection = connection
        self.notRun = first
    }

    mutating func run(limits: GroupCommit.Limits, more: () -> ArraySlice<any GroupMember>) {
        let clock = ContinuousClock()
        let deadline = clock.now + limits.age
        while failure == nil, ran.count < limits.count {
            if notRun.isEmpty { notRun = more() }
            guard let member = notRun.popFirst() else { break }
            run(member)
            guard clock.now < deadline else { break }
        }
        if failure == nil, connection.isInTransaction {
            failure = perform(.commit)
        }
        if failure != nil, connection.isInTransaction {
            _ = perform(.rollback)
        }
        if failure != nil { connection.forgetActions(beyond: 0) }
    }

    /// Answers every caller; only now does anybody see what became of its write.
    func finish() {
        for action in connection.takeActions() { action() }
        for member in ran { member.finish(groupFailure: failure) }
    }

    private mutating func run(_ member: any GroupMember) {
        ran.append(member)
        connection.forgetFailure()
        let sharesTransaction = connection.isInTransaction
        failure = perform(sharesTransaction ? .openSavepoint : .begin)
        guard failure == nil else { return failThoseWaiting() }

        let actionsBefore = connection.actionCount
        var error = member.run(on: connection)
        guard connection.isInTransaction else {
            // SQLite gave the transaction up, and with it the changes of all members.
            failure = connection.lastFailure ?? .failed(code: 0, "the transaction ended inside a write closure")
            return
        }
        if error == nil, connection.hasUnresolvedForeignKeys {
            let unresolved = StorageError.constraint(.foreignKey, "a deferred foreign key has no row")
            member.reject(unresolved)
            error = unresolved
        }
        if error != nil { connection.forgetActions(beyond: actionsBefore) }
        switch (error == nil, sharesTransaction) {
        case (true, true): failure = perform(.releaseSavepoint)
        case (true, false): break
        case (false, true): failure = perform(.rollbackToSavepoint) ?? perform(.releaseSavepoint)
        case (false, false): failure = perform(.rollback)
        }
    }

    /// Another process that holds the database for the whole busy timeout would otherwise cost each of them as long.
    private mutating func failThoseWaiting() {
        guard !connection.isInTransaction else { return }
        ran.append(contentsOf: notRun)
        notRun = []
    }

    private func perform(_ statement: SQLiteConnection.TransactionStatement) -> StorageError? {
        do {
            try connection.perform(statement)
            return nil
        } catch {
            return StorageError(error)
        }
    }
}
