import Synchronization

/// Requests with an identity that are being worked on in this process: a repetition that comes meanwhile waits for the first.
final class RequestFlights: Sendable {
    /// One request under way.
    final class Flight: Sendable {
        let fingerprint: String
        private let result = Mutex<Result<any Sendable, any Error>?>(nil)
        private let landed = Latch()

        init(fingerprint: String) { self.fingerprint = fingerprint }

        func land(_ outcome: Result<any Sendable, any Error>) {
            result.withLock { $0 = outcome }
            landed.open()
        }

        /// What the request came to; nil when it has not within the limit, or the waiting task was cancelled.
        func outcome(
            within limit: Duration, clock: any Clock<Duration>
        ) async -> Result<any Sendable, any Error>? {
            _ = await landed.wait(atMost: limit, clock: clock)
            return result.withLock { $0 }
        }
    }

    enum Boarding {
        case first(Flight)
        case repetition(of: Flight)
    }

    private struct Name: Hashable {
        let sessionID: String
        let scope: String
        let name: String
    }

    private let flights = Mutex<[Name: Flight]>([:])

    /// Takes part in the flight of the same identity, or begins it.
    ///
    /// - Throws: `GatewayError.idempotencyKeyReused`, `.messageIDTaken` when another request is under way under that name.
    func board(_ identity: RequestIdentity, in sessionID: String) throws(GatewayError) -> Boarding {
        let names = Self.names(of: identity, in: sessionID)
        let found: Result<Boarding, GatewayError> = flights.withLock { flights in
            for name in names {
                guard let flight = flights[name] else { continue }
                guard flight.fingerprint == identity.fingerprint else {
                    return .failure(name.scope == "key" ? .idempotencyKeyReused : .messageIDTaken(name.name))
                }
                return .success(.repetition(of: flight))
            }
            let flight = Flight(fingerprint: identity.fingerprint)
            for name in names { flights[name] = flight }
            return .success(.first(flight))
        }
        return try found.get()
    }

    /// The request is answered; from now on its rows speak for it.
    func land(
        _ flight: Flight, of identity: RequestIdentity, in sessionID: String, _ outcome: Result<any Sendable, any Error>
    ) {
        let names = Self.names(of: identity, in: sessionID)
        flights.withLock { flights in
            for name in names where flights[name] === flight { flights[name] = nil }
        }
        flight.land(outcome)
    }

    private static func names(of identity: RequestIdentity, in sessionID: String) -> [Name] {
        identity.names.map { Name(sessionID: sessionID, scope: $0.scope, name: $0.name) }
    }
}
