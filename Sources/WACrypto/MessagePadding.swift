/// The random padding that hides the exact length of a message before Signal encrypts it.
///
/// ```
/// padded = plaintext || n bytes of value n
/// ```
/// We write n = 1…15 as the official web client does; other clients write up to 16, and we read 1…255.
package enum MessagePadding {
    /// Appends 1 to 15 bytes: the low four random bits, 15 where they are zero.
    package static func pad(_ plaintext: [UInt8], using rng: inout some RandomNumberGenerator) -> [UInt8] {
        let draw = UInt8(truncatingIfNeeded: rng.next()) & 0x0F
        let length = draw == 0 ? 15 : draw
        return plaintext + [UInt8](repeating: length, count: Int(length))
    }

    /// Appends padding of a length drawn from the system's generator.
    package static func pad(_ plaintext: [UInt8]) -> [UInt8] {
        var rng = SystemRandomNumberGenerator()
        return pad(plaintext, using: &rng)
    }

    /// Removes the padding; throws `badPadding` when the last byte is 0, exceeds the length, or is not repeated.
    package static func unpad(_ padded: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard let length = padded.last, length > 0, Int(length) <= padded.count,
            padded.suffix(Int(length)).allSatisfy({ $0 == length })
        else { throw .badPadding }
        return [UInt8](padded.dropLast(Int(length)))
    }
}
