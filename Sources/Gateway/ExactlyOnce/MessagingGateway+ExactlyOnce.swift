import Logging
import Storage

extension MessagingGateway {
    /// Does a request once, however often it comes, and gives every repetition the same answer.
    ///
    /// ```
    /// board ── first ──► rows tell of an earlier one? ── yes ──► again(row)
    ///   │                                             └─ no, or freed ──► anew(): accepts, and remembers in the same transaction
    ///   └── repetition: waits for the first one's answer
    /// ```
    /// The first request is worked on in a task of its own: its caller may hang up, others wait for the answer.
    ///
    /// - Parameters:
    ///   - again: The answer of an earlier request; nil when it came to nothing and may run anew.
    ///   - anew: Accepts the request; must call `RequestKeyStore.remember` in the transaction that does.
    /// - Returns: the answer, and whether it belongs to an earlier request.
    /// - Throws: `GatewayError.idempotencyKeyReused`, `.messageIDTaken`, `.requestInProgress`, and whatever the two throw.
    func once<Answer: Sendable>(
        _ identity: RequestIdentity?, of session: GatewaySession,
        again: @escaping @Sendable (RequestKeyStore.Row) async throws -> Answer?,
        anew: @escaping @Sendable () async throws -> Answer
    ) async throws -> (answer: Answer, isReplay: Bool) {
        guard let identity else { return (try await anew(), false) }
        let outcome: Result<any Sendable, any Error>?
        let isRepetition: Bool
        switch try flights.board(identity, in: session.id) {
        case .first(let flight):
            let work = Task { [flights] in
                let outcome = await Self.outcome {
                    try await self.attempt(identity, of: session, again: again, anew: anew)
                }
                flights.land(flight, of: identity, in: session.id, outcome)
                return outcome
            }
            // Waited for also when the caller hangs up: the request's files must be there as long as it is worked on.
            outcome = await work.value
            isRepetition = false
        case .repetition(let flight):
            outcome = await flight.outcome(within: configuration.repetitionWait, clock: environment.clock)
            isRepetition = true
        }
        guard let outcome else { throw GatewayError.requestInProgress }
        guard let attempt = try outcome.get() as? Attempt<Answer> else { throw GatewayError.idempotencyKeyReused }
        return (attempt.answer, attempt.isReplay || isRepetition)
    }

    private struct Attempt<Answer: Sendable>: Sendable {
        let answer: Answer
        let isReplay: Bool
    }

    private func attempt<Answer: Sendable>(
        _ identity: RequestIdentity, of session: GatewaySession,
        again: @Sendable (RequestKeyStore.Row) async throws -> Answer?, anew: @Sendable () async throws -> Answer
    ) async throws -> Attempt<Answer> {
        let now = environment.nowMilliseconds
        let row: RequestKeyStore.Row?
        do {
            row = try await environment.database.read { connection in
                try RequestKeyStore.earlier(identity, in: session.id, nowMilliseconds: now, on: connection)
            }
        } catch {
            throw GatewayError.of(error)
        }
        if let row, let answer = try await again(row) { return Attempt(answer: answer, isReplay: true) }
        return Attempt(answer: try await anew(), isReplay: false)
    }

    private static func outcome<Answer: Sendable>(
        _ body: () async throws -> Answer
    ) async -> Result<any Sendable, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    /// Forgets request keys and actions nobody can ask for any more.
    func pruneRequests() async {
        let now = environment.nowMilliseconds
        do {
            try await environment.database.write { connection in
                try RequestKeyStore.prune(nowMilliseconds: now, on: connection)
                try ActionStore.prune(before: now - Self.actionMilliseconds, on: connection)
            }
        } catch {
            environment.logger.warning("Old request keys were not removed", metadata: ["error": "\(error)"])
        }
    }

    /// Receipts of an edit may come as long as the client answers for a message: 14 days, and some to spare.
    private static let actionMilliseconds: Int64 = 30 * 24 * 3_600_000
}
