import FoundationEssentials
package import WABinary
import WACrypto

/// The fingerprint of a set of devices, by which client and server notice that they know different ones.
///
/// ```
/// "2:" + base64 without padding of the first 6 bytes of
///        SHA-256(device texts, sorted, joined)            device text: user.0:device@server
/// ```
/// Covers all devices of both sides, the sending one included. Source: protocol reference 5.2.
package enum ParticipantHash {
    package static func compute(_ devices: some Sequence<JID>) -> String {
        let texts = devices.map { "\($0.user).0:\($0.device)@\($0.server.rawValue)" }.sorted()
        let digest = Digest.sha256(texts.flatMap { Array($0.utf8) })
        // Six bytes are eight characters, so there is no padding to cut.
        return "2:" + Data(digest.prefix(6)).base64EncodedString()
    }
}
