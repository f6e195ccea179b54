/// Why a stanza does not say what its kind must say, or a pairing by code cannot go on.
///
/// The stanza is at fault, not the connection: skip it or fail the request.
package enum WAProtocolError: Error, Equatable, Sendable {
    /// An attribute or a child that the stanza cannot do without is missing or unreadable; the text names it.
    case missing(String)
    /// A key has the wrong length or type byte; the text names it.
    case invalidKey(String)
    /// A phone number is not 7 to 15 digits without a leading zero.
    case invalidPhoneNumber
    /// A pairing code is not eight characters of its alphabet.
    case invalidPairingCode
    /// The phone's answer in a pairing by code does not decrypt, or belongs to another attempt.
    case pairingCodeMismatch
}
