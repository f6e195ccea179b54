/// Why bytes are not a JSON text that this server reads; `description` is meant for the caller who sent them.
package enum JSONReadingError: Error, Equatable, CustomStringConvertible {
    /// A byte that cannot stand at this position (0-based, in bytes).
    case unexpectedByte(UInt8, position: Int)
    /// The text ends in the middle of a value.
    case endOfInput
    /// A string holds bytes that are not UTF-8.
    case invalidUTF8
    /// A string holds U+0000, which cannot be stored or sent.
    case nulCharacter
    /// Arrays and objects nest deeper than the limit.
    case tooDeep(limit: Int)
    /// More values than the limit.
    case tooManyValues(limit: Int)
    /// A number literal with more characters than the limit.
    case numberTooLong(limit: Int)

    package var description: String {
        switch self {
        case .unexpectedByte(let byte, let position):
            "Unexpected \(Self.name(of: byte)) in JSON at position \(position)"
        case .endOfInput: "Unexpected end of JSON input"
        case .invalidUTF8: "JSON strings must be valid UTF-8"
        case .nulCharacter: "JSON strings must not contain NUL characters"
        case .tooDeep(let limit): "JSON is nested deeper than \(limit) levels"
        case .tooManyValues(let limit): "JSON has more than \(limit) values"
        case .numberTooLong(let limit): "JSON numbers must not be longer than \(limit) characters"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if (0x20..<0x7F).contains(byte) { return "token \(Character(Unicode.Scalar(byte)))" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x\(digits.count < 2 ? "0" : "")\(digits)"
    }
}
