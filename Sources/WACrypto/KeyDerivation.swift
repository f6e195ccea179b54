import Crypto
import CryptoExtras

/// Keys from secrets: HKDF (RFC 5869) and PBKDF2 (RFC 8018), both with SHA-256.
package enum KeyDerivation {
    /// Extracts and expands `count` bytes, at most 8,160.
    ///
    /// An empty salt is the same as 32 zero bytes, which is what WhatsApp calls "no salt".
    package static func hkdf(_ ikm: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int) -> [UInt8] {
        precondition(count > 0 && count <= 255 * 32, "HKDF-SHA256 gives 1 to 8,160 bytes")
        let keyed = HMACSHA256(key: HMAC.sha256(key: salt, ikm))
        var output: [UInt8] = []
        output.reserveCapacity(count + HMACSHA256.byteCount)
        var block: [UInt8] = []
        var number: UInt8 = 0
        while output.count < count {
            number += 1
            var code = keyed
            code.update(block)
            code.update(info)
            code.update(CollectionOfOne(number))
            block = code.finished()
            output.append(contentsOf: block)
        }
        output.removeLast(output.count - count)
        return output
    }

    /// The same with the context string in text form, encoded as UTF-8.
    package static func hkdf(_ ikm: [UInt8], salt: [UInt8] = [], info: String = "", count: Int) -> [UInt8] {
        hkdf(ikm, salt: salt, info: [UInt8](info.utf8), count: count)
    }

    /// Stretches a password over `iterations` rounds of HMAC-SHA256.
    ///
    /// Throws `wrongLength` when `iterations` or `count` is not positive.
    package static func pbkdf2(
        password: [UInt8], salt: [UInt8], iterations: Int, count: Int
    ) throws(CryptoError) -> [UInt8] {
        guard iterations > 0, count > 0 else { throw .wrongLength }
        do {
            let key = try KDF.Insecure.PBKDF2.deriveKey(
                from: password, salt: salt, using: .sha256, outputByteCount: count, unsafeUncheckedRounds: iterations)
            return key.withUnsafeBytes { [UInt8]($0) }
        } catch {
            throw .wrongLength
        }
    }
}
