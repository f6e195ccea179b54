import Crypto

/// Message authentication codes, RFC 2104. Keys may have any length.
package enum HMAC {
    /// 32 bytes.
    package static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](Crypto.HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    /// 64 bytes.
    package static func sha512(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](Crypto.HMAC<SHA512>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}
