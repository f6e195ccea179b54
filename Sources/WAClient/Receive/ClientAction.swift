import WABinary
import WAProtocol

/// What is left to do once a batch of stanzas is committed.
enum ClientAction: Sendable {
    /// The server accepted our login.
    case loggedIn(LoginSuccess)
    /// Show these pairing references as QR codes, one after another.
    case showQR(refs: [String])
    /// Work with requests of its own; it acknowledges its stanza itself, last.
    case background(@Sendable (Connection) async -> Void)
}
