/// Strings of digits, `-` and `.`, or of upper-case hexadecimal digits, at two characters a byte.
///
/// ```
/// NIBBLE_8 or HEX_8   ceil(n/2) | 0x80 when n is odd   high nibble first, a missing last one is 15
/// ```
enum PackedString {
    /// The longest text that is packed, in characters.
    static let maximumLength = 127

    /// The alphabet, named by the byte that starts the value.
    enum Alphabet {
        case nibble, hex

        var startByte: UInt8 {
            switch self {
            case .nibble: WireByte.nibble8
            case .hex: WireByte.hex8
            }
        }
    }

    /// The alphabet that holds a whole text; digits alone are nibbles. Nil for an empty or a longer text.
    @inline(__always)
    static func alphabet(for text: UnsafeRawBufferPointer) -> Alphabet? {
        guard !text.isEmpty, text.count <= maximumLength else { return nil }
        var couldBeNibble = true
        var couldBeHex = true
        for byte in text {
            if byte &- 0x30 <= 9 { continue }
            if byte &- 0x41 <= 5 {
                couldBeNibble = false
            } else if byte == 0x2D || byte == 0x2E {
                couldBeHex = false
            } else {
                return nil
            }
            guard couldBeNibble || couldBeHex else { return nil }
        }
        return couldBeNibble ? .nibble : .hex
    }

    /// The value of a character that the alphabet is known to hold.
    @inline(__always)
    static func value(_ character: UInt8) -> UInt8 {
        if character <= 0x39 {
            // "-" is 0x2D and "." 0x2E, before the digits.
            return character >= 0x30 ? character &- 0x30 : character &- 0x2D &+ 10
        }
        return character &- 0x41 &+ 10
    }

    /// Unpacks the bytes after the length byte.
    @inline(__always)
    static func unpack(
        _ packed: UnsafeRawBufferPointer, _ alphabet: Alphabet, isOdd: Bool
    ) throws(NodeCodingError) -> String {
        let length = packed.count * 2 - (isOdd ? 1 : 0)
        guard length > 0 else { return "" }
        var isValid = true
        let text = String(unsafeUninitializedCapacity: length) { characters in
            for index in 0..<length {
                let byte = packed[index >> 1]
                let nibble = index & 1 == 0 ? byte >> 4 : byte & 0x0F
                characters[index] = character(nibble, alphabet, &isValid)
            }
            return length
        }
        guard isValid else { throw .invalidPackedString }
        return text
    }

    @inline(__always)
    private static func character(_ nibble: UInt8, _ alphabet: Alphabet, _ isValid: inout Bool) -> UInt8 {
        if nibble <= 9 { return 0x30 + nibble }
        switch alphabet {
        case .hex:
            return 0x41 + nibble - 10
        case .nibble where nibble <= 11:
            return 0x2D + nibble - 10
        case .nibble:
            isValid = false
            return 0x30
        }
    }
}
