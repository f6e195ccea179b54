import Gateway

/// Who calls, once the key is accepted.
struct Caller: Sendable {
    let key: APIKeyRecord

    /// Whether the key is bound to certain sessions.
    var isScoped: Bool { !key.allowedSessions.isEmpty }

    /// Whether the key reaches the session with this id.
    func reaches(sessionID: String) -> Bool {
        !isScoped || key.allowedSessions.contains(sessionID)
    }
}

/// What a route demands of its caller.
enum Access: Sendable, Equatable {
    /// No key needed; one that is shown is looked at, but a wrong one refuses nothing.
    case open
    /// A key of at least this role. Where the path names a session, the key must reach it.
    case key(atLeast: APIKeyRole)
    /// The same, and the key must not be bound to sessions.
    case unscopedKey(atLeast: APIKeyRole)
}
