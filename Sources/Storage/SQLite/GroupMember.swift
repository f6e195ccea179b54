import Dispatch

/// One `write` call on its way through a group commit, with its result type hidden.
///
/// It is run once on the writer's queue and finished once, after the group's fate is known.
protocol GroupMember: AnyObject, Sendable {
    /// Runs the closure and keeps its result. Returns the error when it threw.
    func run(on connection: SQLiteConnection) -> (any Error)?
    /// Replaces the result by an error, as when the closure left a deferred foreign key open.
    func reject(_ error: any Error)
    /// Hands the kept result to the caller, or `failure` when the whole group failed.
    func finish(groupFailure failure: (any Error)?)
}

/// The `write` call of one result type.
///
/// `@unchecked Sendable`: made by the caller, then touched only by the writer's queue, one group after another.
final class WriteCall<R: Sendable>: GroupMember, @unchecked Sendable {
    private let body: @Sendable (any SQLConnection) throws -> R
    private let continuation: CheckedContinuation<R, any Error>
    private let callsUnderWay: DispatchGroup
    private var result: Result<R, any Error>?

    /// - Parameter callsUnderWay: Left when the call is finished.
    init(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R, continuation: CheckedContinuation<R, any Error>,
        callsUnderWay: DispatchGroup
    ) {
        self.body = body
        self.continuation = continuation
        self.callsUnderWay = callsUnderWay
    }

    func run(on connection: SQLiteConnection) -> (any Error)? {
        precondition(result == nil, "a write closure runs once")
        do {
            result = .success(try body(connection))
            return nil
        } catch {
            result = .failure(error)
            return error
        }
    }

    func reject(_ error: any Error) {
        result = .failure(error)
    }

    func finish(groupFailure failure: (any Error)?) {
        defer { callsUnderWay.leave() }
        if let failure {
            continuation.resume(throwing: failure)
        } else if let result {
            continuation.resume(with: result)
        } else {
            preconditionFailure("a write call is finished after it ran")
        }
    }
}
