/// What this target itself refuses, before the gateway is asked; `ErrorMapping.swift` knows how each looks to the caller.
enum APIError: Error, Equatable, Sendable {
    /// No route has this method and path; check both.
    case unknownRoute(method: String, path: String)
    /// The body, or another part of the request, is not what its content type says; the text tells where.
    case malformedBody(String)
    /// The connection ended, or stopped making sense, before the body was complete.
    case bodyIncomplete
    /// The body is larger than `BODY_SIZE_LIMIT`.
    case bodyTooLarge
    /// Too many bytes of bodies are being received at the moment; repeat in a moment.
    case bodyBudgetSpent
    /// The body is compressed or in a character set that is not read; send plain UTF-8.
    case unsupportedEncoding(String)
    /// The URL holds `%00`.
    case encodedNUL
    /// The URL is long and has characters that are not percent-encoded.
    case unencodedURL
    /// A part of the path has an escape that cannot be decoded.
    case undecodablePath(String)
    /// Properties of the body break their rules; one text each, in the contract's order.
    case invalidBody([String])
    /// Properties that are allowed one by one do not go together; the text says which.
    case contradictoryBody(String)
    /// `Idempotency-Key` is malformed or repeated.
    case invalidIdempotencyKey
    /// `X-OpenWA-Message-Id` is malformed or repeated.
    case invalidMessageID
    /// A query or path parameter breaks its rule; the text says which.
    case invalidParameter(String)
    /// Parameters of the query break their rules, or are none of the route's; one text each.
    case invalidQuery([String])
    /// No key came with the request; send `X-API-Key`.
    case keyRequired
    /// No such key.
    case keyUnknown
    /// The key was revoked.
    case keyRevoked
    /// The key's end has come.
    case keyExpired
    /// The key may be used from other addresses only.
    case addressNotAllowed
    /// The key is bound to addresses, and the caller's is not known.
    case addressUnknown
    /// The key is bound to other sessions.
    case sessionNotAllowed
    /// The key is bound to sessions, and the route acts on none of them in particular.
    case unscopedKeyRequired
    /// The key's role is too low; use one with at least this role.
    case roleTooLow(required: String)
    /// More requests came than a `RATE_LIMIT_*` window lets pass; wait.
    case tooManyRequests(retryAfterSeconds: Int)
    /// The events after this cursor are gone, or it is of another log; begin anew.
    case eventCursorExpired(Int64)
    /// As many requests are waiting for events as may; wait.
    case tooManyListeners
    /// Too many wrong keys came from this address; wait.
    case tooManyWrongKeys(retryAfterSeconds: Int)
}
