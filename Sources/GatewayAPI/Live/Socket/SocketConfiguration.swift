/// Limits and times of Socket.IO; every default is the documented one (contract 13).
package struct SocketConfiguration: Sendable, Equatable {
    /// Frames a second for each key (`WS_RATE_LIMIT_FRAME_PER_SECOND`).
    package var framesPerSecond = 60.0
    /// Frames in one go (`WS_RATE_LIMIT_FRAME_BURST`).
    package var frameBurst = 120.0
    /// Failed handshakes of one address in a window (`WS_RATE_LIMIT_HANDSHAKE_MAX`).
    package var handshakes = 10
    /// (`WS_RATE_LIMIT_HANDSHAKE_WINDOW_MS`)
    package var handshakeWindowMilliseconds: Int64 = 60_000
    /// Sockets of one key (`WS_MAX_SOCKETS_PER_KEY`).
    package var socketsPerKey = 16

    var timing = EngineSession.Timing()
    /// How long a session may live without joining a namespace.
    var joinTimeout = Duration.seconds(45)
    /// How often keys of open sockets are looked at again.
    var sweepInterval = Duration.seconds(60)
    /// Sessions of all callers together.
    var maximumSessions = 10_000
    /// Sessions of one address that have not joined a namespace.
    var maximumStrangers = 100
    /// How often the clock is looked at.
    var tick = Duration.seconds(1)

    package init() {}
}
