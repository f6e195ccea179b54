/// Reads one JSON text (RFC 8259) from bytes, in one pass, with every cost bounded.
///
/// Hand-written because the order of keys must survive, every limit must be ours, and a send's body should cost
/// about a microsecond. Bytes come from the network: bad input throws `JSONReadingError`, never traps.
///
/// Differences from JavaScript's `JSON.parse`: invalid UTF-8 and NUL characters are refused (they could not be sent as
/// written), an escaped lone surrogate becomes U+FFFD, and the limits below apply.
package struct JSONReader {
    /// What a JSON text may cost to read.
    package struct Limits: Sendable {
        /// Arrays and objects inside each other. Real bodies need about six.
        package var depth = 128
        /// Values in the whole text; a value takes up to 48 bytes, so this bounds memory at a few megabytes.
        package var values = 200_000
        /// Characters of one number literal. A double needs at most 24.
        package var numberLength = 512

        package init(depth: Int = 128, values: Int = 200_000, numberLength: Int = 512) {
            self.depth = depth
            self.values = values
            self.numberLength = numberLength
        }
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: Limits
    private var position = 0
    private var remainingValues: Int

    private init(_ bytes: UnsafeBufferPointer<UInt8>, limits: Limits) {
        self.bytes = bytes
        self.limits = limits
        remainingValues = limits.values
    }

    /// The one value in these bytes, with white space and a byte order mark allowed around it.
    package static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: Limits = Limits()
    ) throws(JSONReadingError) -> JSONValue {
        var reader = JSONReader(bytes, limits: limits)
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { reader.position = 3 }
        let value = try reader.value(depth: 0)
        reader.skipWhiteSpace()
        guard reader.position == bytes.count else { throw reader.unexpected() }
        return value
    }

    /// The one value in these bytes.
    package static func read(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONReadingError) -> JSONValue {
        let outcome = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONReadingError) in try read(buffer, limits: limits) }
        }
        return try outcome.get()
    }

    // MARK: - Values

    private mutating func value(depth: Int) throws(JSONReadingError) -> JSONValue {
        skipWhiteSpace()
        guard position < bytes.count else { throw .endOfInput }
        guard remainingValues > 0 else { throw .tooManyValues(limit: limits.values) }
        remainingValues -= 1
        switch bytes[position] {
        case UInt8(ascii: "\""):
            position += 1
            return .string(try string())
        case UInt8(ascii: "{"):
            guard depth < limits.depth else { throw .tooDeep(limit: limits.depth) }
            position += 1
            return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["):
            guard depth < limits.depth else { throw .tooDeep(limit: limits.depth) }
            position += 1
            return .array(try array(depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try number())
        case UInt8(ascii: "t"):
            try literal("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try literal("false")
            return .boolean(false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        default:
            throw unexpected()
        }
    }

    private mutating func object(depth: Int) throws(JSONReadingError) -> JSONObject {
        var members: [JSONObject.Member] = []
        if try next() == UInt8(ascii: "}") {
            position += 1
            return JSONObject()
        }
        while true {
            guard try next() == UInt8(ascii: "\"") else { throw unexpected() }
            position += 1
            let name = try string()
            guard try next() == UInt8(ascii: ":") else { throw unexpected() }
            position += 1
            members.append(JSONObject.Member(name: name, value: try value(depth: depth)))
            switch try next() {
            case UInt8(ascii: ","):
                position += 1
            case UInt8(ascii: "}"):
                position += 1
                return JSONObject(members)
            default:
                throw unexpected()
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONReadingError) -> [JSONValue] {
        var elements: [JSONValue] = []
        if try next() == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try value(depth: depth))
            switch try next() {
            case UInt8(ascii: ","):
                position += 1
            case UInt8(ascii: "]"):
                position += 1
                return elements
            default:
                throw unexpected()
            }
        }
    }

    private mutating func literal(_ word: StaticString) throws(JSONReadingError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count else { throw .endOfInput }
            guard bytes[position] == word.utf8Start[offset] else { throw unexpected() }
            position += 1
        }
    }

    // MARK: - Numbers

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(JSONReadingError) -> JSONNumber {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        guard position < bytes.count else { throw .endOfInput }
        var magnitude: Int64? = 0
        if bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits { digit in
                guard let value = magnitude else { return }
                let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflow) = product.addingReportingOverflow(Int64(digit))
                magnitude = tooBig || overflow ? nil : sum
            }
        }
        var isWhole = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits { _ in }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits { _ in }
        }
        guard position - start <= limits.numberLength else { throw .numberTooLong(limit: limits.numberLength) }
        // -0 is a double in JavaScript, and its sign has no meaning to any field of ours.
        if isWhole, let magnitude { return .integer(isNegative ? -magnitude : magnitude) }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        return .real(Double(text) ?? .infinity)
    }

    /// At least one digit.
    private mutating func digits(_ body: (UInt8) -> Void) throws(JSONReadingError) {
        let start = position
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            body(digit)
            position += 1
        }
        guard position > start else { throw position < bytes.count ? unexpected() : .endOfInput }
    }

    // MARK: - Strings

    /// The rest of a string whose opening quote is read; most strings have no escape and are copied in one piece.
    private mutating func string() throws(JSONReadingError) -> String {
        let start = position
        var highBits: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let content = UnsafeBufferPointer(rebasing: bytes[start..<position])
                position += 1
                return try Self.text(content, isASCII: highBits < 0x80)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw unexpected() }
            highBits |= byte
            position += 1
        }
        throw .endOfInput
    }

    /// The same with escapes: from the first backslash on, bytes are collected in a buffer.
    private mutating func escapedString(from start: Int) throws(JSONReadingError) -> String {
        var content = [UInt8](bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                let outcome = content.withUnsafeBufferPointer { buffer in
                    Result { () throws(JSONReadingError) in try Self.text(buffer, isASCII: false) }
                }
                return try outcome.get()
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &content)
            case 0x00..<0x20:
                throw unexpected()
            default:
                content.append(byte)
                position += 1
            }
        }
        throw .endOfInput
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONReadingError) {
        guard position < bytes.count else { throw .endOfInput }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            let scalar = try escapedScalar()
            guard scalar != "\0" else { throw .nulCharacter }
            content.append(contentsOf: UTF8.encode(scalar)!)
            return
        default: throw unexpected()
        }
        position += 1
    }

    /// The scalar of one `\uXXXX` or of a surrogate pair of two; a surrogate on its own is U+FFFD.
    private mutating func escapedScalar() throws(JSONReadingError) -> Unicode.Scalar {
        let unit = try hexadecimalUnit()
        guard unit & 0xF800 == 0xD800 else { return Unicode.Scalar(unit)! }
        guard unit < 0xDC00, position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let afterFirst = position
        position += 2
        let second = try hexadecimalUnit()
        guard second & 0xFC00 == 0xDC00 else {
            position = afterFirst
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (UInt32(unit & 0x3FF) << 10) + UInt32(second & 0x3FF))!
    }

    private mutating func hexadecimalUnit() throws(JSONReadingError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw .endOfInput }
            let byte = bytes[position]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw unexpected()
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private static func text(
        _ content: UnsafeBufferPointer<UInt8>, isASCII: Bool
    ) throws(JSONReadingError) -> String {
        if isASCII { return String(decoding: content, as: UTF8.self) }
        guard let text = String(validating: content, as: UTF8.self) else { throw .invalidUTF8 }
        return text
    }

    // MARK: - Bytes

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// The next byte that is not white space, not yet taken.
    private mutating func next() throws(JSONReadingError) -> UInt8 {
        skipWhiteSpace()
        guard position < bytes.count else { throw .endOfInput }
        return bytes[position]
    }

    private func unexpected() -> JSONReadingError { .unexpectedByte(bytes[position], position: position) }
}
