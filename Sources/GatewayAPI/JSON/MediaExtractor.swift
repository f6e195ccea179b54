import Gateway
import StrictJSON

/// Takes the files out of a JSON body while it comes in, wherever in the text they stand.
///
/// ```
/// {"chatId":"…","base64":"/9j/4AAQ…","caption":"x"}  ─►  {"chatId":"…","base64":"0","caption":"x"}  and file 0 in the spool
/// ```
///
/// A string at `base64`, or at `messages[].content.<type>.base64`, is decoded into a spool file; what is kept is its number.
/// So whatever string `JSONReader` later finds at such a place is a number of ours, never the caller's word. Everything else is
/// passed on as it is and judged by `JSONReader`; this machine only needs to know where it stands.
struct MediaExtractor {
    private enum Place {
        case structure
        case string, stringEscape
        case key([UInt8]), keyEscape([UInt8])
        case media, mediaEscape
        case mediaUnicode(digits: Int, value: UInt32)
    }

    /// An object or array that is open.
    private struct Level {
        let isObject: Bool
        /// In an object: the name of the member being read; nil when it is none that matters.
        var name: String?
        var expectsName: Bool
    }

    private(set) var kept: [UInt8] = []
    private(set) var files: [SpoolWriter] = []
    private let spool: MediaSpool
    private var place = Place.structure
    private var levels: [Level] = []
    private var window = Base64Window()

    private static let maximumDepth = 128
    /// Longer than any name that matters with each of its letters escaped.
    private static let maximumNameLength = 64
    /// As many as a batch may have items.
    static let maximumFileCount = 100

    init(spool: MediaSpool) {
        self.spool = spool
    }

    /// - Throws: `JSONReadingError`, `APIError`, and what the spool throws.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws {
        var position = 0
        while position < bytes.count {
            switch place {
            case .structure, .string, .stringEscape, .key, .keyEscape:
                position = try passOn(bytes, from: position)
            case .media:
                let end = Self.firstQuoteOrBackslash(in: bytes, from: position)
                try decode(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                position = end
                if end < bytes.count {
                    if bytes[end] == UInt8(ascii: "\"") { try endMedia() } else { place = .mediaEscape }
                    position += 1
                }
            case .mediaEscape:
                try escape(bytes[position])
                position += 1
            case .mediaUnicode(let digits, let value):
                guard let digit = Self.hexadecimal(bytes[position]) else {
                    throw JSONReadingError.unexpectedByte(bytes[position], position: kept.count)
                }
                let unit = value << 4 | digit
                place = digits == 3 ? .media : .mediaUnicode(digits: digits + 1, value: unit)
                if digits == 3, unit < 0x80 { try decodeOne(UInt8(unit)) }
                position += 1
            }
        }
    }

    // MARK: - What is passed on

    private mutating func passOn(_ bytes: UnsafeRawBufferPointer, from start: Int) throws -> Int {
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            switch place {
            case .structure:
                if try structure(byte) {
                    kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start...position]))
                    try beginMedia()
                    return position + 1
                }
            case .string:
                let end = Self.firstQuoteOrBackslash(in: bytes, from: position)
                if end < bytes.count { place = bytes[end] == UInt8(ascii: "\"") ? .structure : .stringEscape }
                position = min(end, bytes.count - 1)
            case .stringEscape:
                place = .string
            case .key(var name):
                switch byte {
                case UInt8(ascii: "\""):
                    place = .structure
                    levels[levels.count - 1].name = Self.decoded(name)
                    levels[levels.count - 1].expectsName = false
                case UInt8(ascii: "\\"):
                    name.append(byte)
                    place = .keyEscape(name)
                default:
                    if name.count <= Self.maximumNameLength { name.append(byte) }
                    place = .key(name)
                }
            case .keyEscape(var name):
                if name.count <= Self.maximumNameLength { name.append(byte) }
                place = .key(name)
            case .media, .mediaEscape, .mediaUnicode:
                preconditionFailure("media is left to `feed`")
            }
            position += 1
        }
        kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
        return position
    }

    /// - Returns: whether a file begins after this byte.
    private mutating func structure(_ byte: UInt8) throws -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard levels.count < Self.maximumDepth else { throw JSONReadingError.tooDeep(limit: Self.maximumDepth) }
            let isObject = byte == UInt8(ascii: "{")
            levels.append(Level(isObject: isObject, name: nil, expectsName: isObject))
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            _ = levels.popLast()
        case UInt8(ascii: ","):
            if let last = levels.last, last.isObject { levels[levels.count - 1].expectsName = true }
        case UInt8(ascii: "\""):
            if levels.last?.expectsName == true {
                place = .key([])
            } else if isAtMedia {
                return true
            } else {
                place = .string
            }
        default: break
        }
        return false
    }

    /// Whether the value that begins here is a file.
    private var isAtMedia: Bool {
        guard let last = levels.last, last.isObject, last.name == "base64" else { return false }
        if levels.count == 1 { return true }
        return levels.count == 5 && levels[0].name == "messages" && !levels[1].isObject && levels[2].name == "content"
    }

    // MARK: - Files

    private mutating func beginMedia() throws {
        guard files.count < Self.maximumFileCount else {
            throw APIError.malformedBody("Body has more than \(Self.maximumFileCount) files")
        }
        kept.append(contentsOf: String(files.count).utf8)
        files.append(try spool.open(.base64))
        window = Base64Window()
        place = .media
    }

    private mutating func endMedia() throws {
        let file = files[files.count - 1]
        try window.finish { try file.write($0) }
        file.setAside()
        kept.append(UInt8(ascii: "\""))
        place = .structure
    }

    private mutating func decode(_ text: UnsafeRawBufferPointer) throws {
        let file = files[files.count - 1]
        try window.decode(text) { try file.write($0) }
        if window.sawControl { throw JSONReadingError.unexpectedByte(0x0A, position: kept.count) }
    }

    private mutating func decodeOne(_ byte: UInt8) throws {
        // What an escape stands for is no raw control character.
        guard byte > 0x20 else { return }
        try withUnsafeBytes(of: byte) { try decode($0) }
    }

    private mutating func escape(_ byte: UInt8) throws {
        switch byte {
        case UInt8(ascii: "/"):
            place = .media
            try decodeOne(byte)
        case UInt8(ascii: "u"): place = .mediaUnicode(digits: 0, value: 0)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            place = .media
        default: throw JSONReadingError.unexpectedByte(byte, position: kept.count)
        }
    }

    // MARK: - Bytes

    private static func firstQuoteOrBackslash(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
            position += 1
        }
        return position
    }

    /// The name as `JSONReader` will read it; nil for one that is too long to matter, or none.
    private static func decoded(_ raw: [UInt8]) -> String? {
        guard raw.count <= maximumNameLength else { return nil }
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        let quote = [UInt8(ascii: "\"")]
        return (try? JSONReader.read(quote + raw + quote))?.string
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
