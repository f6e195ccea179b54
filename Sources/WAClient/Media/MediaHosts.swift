import WAProtocol

/// The media hosts of an account, asked for when they are needed and kept for as long as they are valid.
actor MediaHosts {
    private let nowMilliseconds: @Sendable () -> Int64
    private var known: (connection: MediaConnection, untilMilliseconds: Int64)?
    private var asking: Task<MediaConnection, any Error>?

    init(nowMilliseconds: @escaping @Sendable () -> Int64) {
        self.nowMilliseconds = nowMilliseconds
    }

    /// The hosts, never those of a connection that was found to be worthless. Callers that come together ask once.
    func connection(
        insteadOf worthless: MediaConnection? = nil, ask: @escaping @Sendable () async throws -> MediaConnection
    ) async throws -> MediaConnection {
        if let known, known.untilMilliseconds > nowMilliseconds(), known.connection != worthless { return known.connection }
        if let asking { return try await asking.value }
        let asking = Task { try await ask() }
        self.asking = asking
        defer { self.asking = nil }
        let connection = try await asking.value
        known = (connection, nowMilliseconds() + connection.lifetimeSeconds * 1000)
        return connection
    }
}
