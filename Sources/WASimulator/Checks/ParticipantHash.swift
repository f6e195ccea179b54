import FoundationEssentials
import WABinary
import WACrypto

/// The hash by which sender and server compare their lists of devices.
///
/// `"2:"` and the unpadded base64 of the first six bytes of SHA-256 over the sorted texts `user.0:device@server`.
enum ParticipantHash {
    static func of(_ devices: [JID]) -> String {
        let joined = devices.map { "\($0.user).0:\($0.device)@\($0.server.rawValue)" }.sorted().joined()
        return "2:" + Data(Digest.sha256(Array(joined.utf8)).prefix(6)).base64EncodedString()
    }
}
