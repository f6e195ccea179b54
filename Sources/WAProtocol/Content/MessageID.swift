package import WABinary
import WACrypto

/// The ids that we give our messages.
///
/// ```
/// "3EB0" + upper-case hex of the first 9 bytes of
///          SHA-256(seconds u64 BE || own user || "@c.us" || 16 random bytes)                     22 characters
/// ```
/// Source: protocol reference 5.1.
package enum MessageID {
    package static func make(
        own: JID, nowSeconds: Int64, using rng: inout some RandomNumberGenerator
    ) -> String {
        let time = (0..<8).reversed().map { UInt8(truncatingIfNeeded: nowSeconds >> (8 * Int64($0))) }
        let seed = time + Array("\(own.user)@c.us".utf8) + SecureRandom.bytes(16, using: &rng)
        let digits = Array("0123456789ABCDEF".utf8)
        let hex = Digest.sha256(seed).prefix(9).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "3EB0" + String(decoding: hex, as: UTF8.self)
    }

    package static func make(own: JID, nowSeconds: Int64) -> String {
        var rng = SystemRandomNumberGenerator()
        return make(own: own, nowSeconds: nowSeconds, using: &rng)
    }
}
