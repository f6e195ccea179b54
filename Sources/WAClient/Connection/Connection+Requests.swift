import WABinary
import WAProtocol

extension Connection {
    /// Sends a request and parses its reply; throws `IQError` when the server refuses, `ClientError.timedOut` when it is silent.
    func execute<Request: WARequest>(
        _ request: Request, timeout: Duration = .seconds(60), environment: ClientEnvironment
    ) async throws -> Request.Reply {
        let id = nextRequestID()
        let reply = try await withTimeLimit(timeout, clock: environment.clock) {
            try await self.requests.reply(to: id) { self.send(request.node(id: id)) }
        }
        if let error = IQError(reply) { throw error }
        return try request.parse(reply)
    }
}

/// Runs an operation and cancels it, throwing `ClientError.timedOut`, when it takes longer.
func withTimeLimit<Result: Sendable>(
    _ limit: Duration, clock: any Clock<Duration>, operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await clock.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else { throw ClientError.timedOut }
        return result
    }
}
