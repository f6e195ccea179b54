/// Percent-decoding of path segments, queries and forms.
enum PercentEncoding {
    enum Decoded: Equatable {
        case text(String)
        /// An escape without two hexadecimal digits, or bytes that are not UTF-8.
        case malformed
        /// `%00`, which no part of a URL or a form may hold.
        case nul
    }

    /// The text behind some encoded bytes.
    ///
    /// - Parameter plusIsSpace: true in queries and forms, false in paths.
    static func decode(_ encoded: some Collection<UInt8>, plusIsSpace: Bool) -> Decoded {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var iterator = encoded.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexadecimalDigit),
                    let low = iterator.next().flatMap(hexadecimalDigit)
                else { return .malformed }
                let value = high << 4 | low
                guard value != 0 else { return .nul }
                bytes.append(value)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case 0: return .nul
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { return .malformed }
        return .text(text)
    }

    /// A text as one part of a path; `@`, `:` and `+` stay readable.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: "+"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// Whether an encoded NUL is anywhere in a URL.
    static func containsNUL(_ url: String) -> Bool {
        var zeros: Int?
        for byte in url.utf8 {
            switch byte {
            case UInt8(ascii: "%"): zeros = 0
            case UInt8(ascii: "0"): zeros = zeros.map { $0 + 1 }
            default: zeros = nil
            }
            if zeros == 2 { return true }
        }
        return false
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
