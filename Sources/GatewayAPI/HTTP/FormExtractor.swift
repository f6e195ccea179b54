import Gateway
import StrictJSON

/// Takes the files out of an `application/x-www-form-urlencoded` body while it comes in, as `MediaExtractor` does for JSON.
///
/// ```
/// chatId=…&base64=%2F9j%2F4AAQ…&caption=x  ─►  chatId=…&base64=0&caption=x  and file 0 in the spool
/// ```
struct FormExtractor {
    private enum Place {
        /// With what has come of the name, as it is written.
        case name([UInt8])
        case value
        case media
        /// After a percent sign in a file, with the first digit's value if it has come.
        case escape(high: UInt8?)
    }

    private(set) var kept: [UInt8] = []
    private(set) var files: [SpoolWriter] = []
    private let spool: MediaSpool
    private var place = Place.name([])
    private var window = Base64Window()

    /// Longer than `base64` with each of its letters escaped.
    private static let maximumNameLength = 64

    init(spool: MediaSpool) {
        self.spool = spool
    }

    /// - Throws: `APIError.malformedBody`, and what the spool throws.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while let byte = rest.first {
            switch place {
            case .name(var name):
                rest = rest.dropFirst()
                kept.append(byte)
                switch byte {
                case UInt8(ascii: "&"): place = .name([])
                case UInt8(ascii: "="): try beginValue(of: name)
                default:
                    if name.count <= Self.maximumNameLength { name.append(byte) }
                    place = .name(name)
                }
            case .value:
                let text = rest.prefix { $0 != UInt8(ascii: "&") }
                kept.append(contentsOf: text)
                rest = rest[text.endIndex...]
                if rest.popFirst() != nil { endValue() }
            case .media:
                let text = rest.prefix { $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "%") && $0 != 0 }
                try decode(UnsafeRawBufferPointer(rebasing: text))
                rest = rest[text.endIndex...]
                switch rest.popFirst() {
                case nil: break
                case UInt8(ascii: "%"): place = .escape(high: nil)
                case UInt8(ascii: "&"):
                    try endMedia()
                    endValue()
                default: throw Self.malformed
                }
            case .escape(let high):
                rest = rest.dropFirst()
                guard let digit = PercentEncoding.hexadecimalDigit(byte) else { throw Self.malformed }
                guard let high else {
                    place = .escape(high: digit)
                    continue
                }
                place = .media
                let value = high << 4 | digit
                guard value != 0 else { throw Self.malformed }
                try withUnsafeBytes(of: value) { try decode($0) }
            }
        }
    }

    /// The body is over.
    ///
    /// - Throws: `APIError.malformedBody` inside an escape, and what the spool throws.
    mutating func finish() throws {
        switch place {
        case .name, .value: break
        case .media: try endMedia()
        case .escape: throw Self.malformed
        }
    }

    private mutating func beginValue(of name: [UInt8]) throws {
        guard case .text(let name) = PercentEncoding.decode(name, plusIsSpace: true), name.isExactly("base64") else {
            place = .value
            return
        }
        guard files.count < MediaExtractor.maximumFileCount else {
            throw APIError.malformedBody("Body has more than \(MediaExtractor.maximumFileCount) files")
        }
        kept.append(contentsOf: String(files.count).utf8)
        files.append(try spool.open(.base64))
        window = Base64Window()
        place = .media
    }

    private mutating func endValue() {
        kept.append(UInt8(ascii: "&"))
        place = .name([])
    }

    private mutating func endMedia() throws {
        let file = files[files.count - 1]
        try window.finish { try file.write($0) }
        file.setAside()
        place = .value
    }

    private mutating func decode(_ text: UnsafeRawBufferPointer) throws {
        let file = files[files.count - 1]
        try window.decode(text) { try file.write($0) }
    }

    private static var malformed: APIError {
        .malformedBody("Form fields must be percent-encoded UTF-8 without NUL characters")
    }
}
