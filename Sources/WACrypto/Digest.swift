import Crypto

/// Hashes of whole byte strings.
package enum Digest {
    /// 32 bytes.
    package static func sha256(_ message: [UInt8]) -> [UInt8] {
        [UInt8](SHA256.hash(data: message))
    }

    /// 64 bytes.
    package static func sha512(_ message: [UInt8]) -> [UInt8] {
        [UInt8](SHA512.hash(data: message))
    }

    /// 20 bytes; used by WhatsApp for the prekey digest only, never for security.
    package static func sha1(_ message: [UInt8]) -> [UInt8] {
        [UInt8](Insecure.SHA1.hash(data: message))
    }

    /// 16 bytes; used by WhatsApp for the build hash of the client payload only, never for security.
    package static func md5(_ message: [UInt8]) -> [UInt8] {
        [UInt8](Insecure.MD5.hash(data: message))
    }
}
