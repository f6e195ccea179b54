/// Why the client could not do what it was asked.
package enum ClientError: Error, Equatable, Sendable {
    /// There is no connection to WhatsApp now; the client reconnects by itself, so ask again later.
    case notConnected
    /// The connection ended before the answer came; whether the request was carried out is not known.
    case connectionLost
    /// WhatsApp did not answer within the time limit.
    case timedOut
    /// This account is not linked to a phone; show the QR code first.
    case notLinked
    /// The phone has not shared the key of the app state with this device (yet).
    case noAppStateKey
    /// Our own phone gave no keys to encrypt to.
    case phoneUnreachable
    /// The phone has not told how the account is called, and WhatsApp shows nobody online without a name.
    case noPushName
    /// The link to the server could not be opened: the reason, for the log.
    case unreachable(String)
    /// The server closed the WebSocket upgrade with this HTTP status.
    case upgradeRefused(status: Int)
    /// More stanzas came than the client could work off; the connection is closed and the server sends them again.
    case overloaded
    /// The group does not exist, or this account is not in it.
    case notAGroupMember
}
