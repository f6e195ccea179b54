import WABinary
import WAProtocol

/// What is left to do once a batch of stanzas is committed.
enum ClientAction: Sendable {
    /// The server accepted our login.
    case loggedIn(LoginSuccess)
    /// Show these pairing references as QR codes, one after another.
    case showQR(refs: [String])
    /// The phone's owner has typed a pairing code.
    case answerPhone(PairingCodePrimaryHello)
    /// The phone has accepted us.
    case completePairing(PairSuccess)
    /// Answer a device that could not read a message of ours; this acknowledges the receipt, last.
    case answer(RetryReceipt)
    /// Work with requests of its own; it acknowledges its stanza itself, last.
    case background(@Sendable (Connection) async -> Void)
}
