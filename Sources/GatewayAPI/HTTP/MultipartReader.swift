import Gateway
import StrictJSON

/// Reads a `multipart/form-data` body piece by piece (RFC 7578): texts are kept, the file goes into the spool.
///
/// ```
/// --B CRLF  Content-Disposition: form-data; name="chatId" CRLF  CRLF  6281234567890@c.us CRLF
/// --B CRLF  Content-Disposition: form-data; name="file"; filename="a.jpg" CRLF  Content-Type: image/jpeg CRLF  CRLF  … CRLF
/// --B--
/// ```
///
/// The file is the part named `file`, or after a kind of media, or any part with a file name. A text part named `base64` is
/// decoded into the spool as in JSON. Either becomes the property `base64`, so that the same rules judge all ways in; the
/// part's own file name and type count where no field gives them.
struct MultipartReader {
    private enum Place {
        case preamble, headers, text, file, base64, ended
    }

    private(set) var pairs: [FormFields.Pair] = []
    private(set) var files: [(writer: SpoolWriter, origin: MediaOrigin)] = []
    private let spool: MediaSpool
    private let delimiter: [UInt8]
    private var place = Place.preamble
    /// What has come and cannot be judged yet: never more than a window and a header block.
    private var buffer: [UInt8] = Array("\r\n".utf8)
    private var name = ""
    private var text: [UInt8] = []
    private var textByteCount = 0
    private var window = Base64Window()

    private static let fileNames: Set<String> = ["file", "media", "image", "video", "audio", "document", "sticker"]
    private static let maximumHeaderByteCount = 16 * 1024
    /// Longer than any property of any route.
    private static let maximumNameByteCount = 100
    /// Of all texts together; the longest lawful form is far below.
    private static let maximumTextByteCount = 1 << 20
    private static let maximumPartCount = 1200

    /// - Returns: nil for a header without a usable boundary (1 to 70 characters, RFC 2046).
    init?(contentType: String, spool: MediaSpool) {
        guard let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            return nil
        }
        self.spool = spool
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// - Throws: `APIError.malformedBody`, and what the spool throws.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws {
        guard place != .ended else { return }
        buffer.append(contentsOf: bytes)
        while try step() {}
    }

    /// - Throws: `APIError.malformedBody` when the last boundary is missing.
    func finish() throws(APIError) {
        guard place == .ended else { throw .malformedBody("Unexpected end of form") }
    }

    /// - Returns: whether there may be more to do with what has come.
    private mutating func step() throws -> Bool {
        switch place {
        case .ended:
            buffer = []
            return false
        case .headers:
            guard let end = Self.find(Array("\r\n\r\n".utf8), in: buffer) else {
                guard buffer.count <= Self.maximumHeaderByteCount else { throw Self.malformed("Part header too large") }
                return false
            }
            let block = String(decoding: buffer[..<end], as: UTF8.self)
            buffer.removeFirst(end + 2)
            try beginPart(block)
            // The line break stays: an empty part's delimiter begins with it.
            return true
        case .preamble, .text, .file, .base64:
            guard let end = Self.find(delimiter, in: buffer) else {
                let certain = buffer.count - delimiter.count + 1
                if certain > skippedLineBreak {
                    try take(certain)
                }
                return false
            }
            guard buffer.count >= end + delimiter.count + 2 else { return false }
            let after = buffer[(end + delimiter.count)...].prefix(2)
            try take(end)
            buffer.removeFirst(delimiter.count)
            try endPart()
            if Array(after) == Array("--".utf8) {
                place = .ended
            } else if Array(after) == Array("\r\n".utf8) {
                // Kept, so that a part without headers is seen as one.
                place = .headers
            } else {
                throw Self.malformed("Malformed part header")
            }
            return true
        }
    }

    /// Whether the two bytes of line break that end the headers are still at the front.
    private var skippedLineBreak: Int { isAtStartOfPart ? 2 : 0 }
    private var isAtStartOfPart = false

    /// Hands on the first bytes of the buffer as content of the part.
    private mutating func take(_ count: Int) throws {
        let skip = min(skippedLineBreak, count)
        isAtStartOfPart = isAtStartOfPart && skip == 0
        try buffer.withUnsafeBytes { bytes in
            let content = UnsafeRawBufferPointer(rebasing: bytes[skip..<max(skip, count)])
            switch place {
            case .text:
                textByteCount += content.count
                guard textByteCount <= Self.maximumTextByteCount else {
                    throw Self.malformed("Form fields are larger than \(Self.maximumTextByteCount) bytes")
                }
                text.append(contentsOf: content)
            case .file: try files[files.count - 1].writer.write(content)
            case .base64:
                let writer = files[files.count - 1].writer
                try window.decode(content) { try writer.write($0) }
            case .preamble, .headers, .ended: break
            }
        }
        buffer.removeFirst(count)
    }

    private mutating func beginPart(_ block: String) throws {
        guard pairs.count + files.count < Self.maximumPartCount else { throw Self.malformed("Form has too many parts") }
        var disposition: String?
        var contentType: String?
        for line in block.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, parts[0].count <= Self.maximumNameByteCount else {
                throw Self.malformed("Malformed part header")
            }
            let value = String(decoding: parts[1].drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)
            switch String(decoding: parts[0], as: UTF8.self).lowercased() {
            case "content-disposition": disposition = value
            case "content-type": contentType = value
            default: break
            }
        }
        guard let disposition, let name = Self.parameter("name", of: disposition) else {
            throw Self.malformed("Form part without a name")
        }
        guard name.utf8.count <= Self.maximumNameByteCount else { throw Self.malformed("Form part with too long a name") }
        isAtStartOfPart = true
        let filename = Self.parameter("filename", of: disposition)
        if filename != nil || Self.fileNames.contains(name) {
            guard Self.fileNames.contains(name) else {
                // Not a property of any route: the rules will say so.
                place = .preamble
                pairs.append(.init(name: name, value: ""))
                return
            }
            try beginFile(.upload)
            place = .file
            if let filename, !filename.isEmpty { suggest("filename", filename) }
            let vague = "application/octet-stream"
            if let contentType, String(contentType.unicodeScalars.prefix(vague.count)).lowercased() != vague {
                suggest("mimetype", contentType)
            }
        } else if name == "base64" {
            try beginFile(.base64)
            window = Base64Window()
            place = .base64
        } else {
            self.name = name
            text = []
            place = .text
        }
    }

    /// What a part says of its file, for the case that no field says it.
    private var suggestions: [FormFields.Pair] = []

    private mutating func suggest(_ name: String, _ value: String) {
        suggestions.append(.init(name: name, value: value))
    }

    /// All fields, with those of the file's part that no field overrules.
    var fields: FormFields {
        let given = Set(pairs.map(\.name))
        return FormFields(pairs: pairs + suggestions.filter { !given.contains($0.name) })
    }

    private mutating func beginFile(_ origin: MediaOrigin) throws {
        guard files.isEmpty else { throw Self.malformed("Form has more than one file") }
        pairs.append(.init(name: "base64", value: "0"))
        files.append((try spool.open(origin), origin))
    }

    private mutating func endPart() throws {
        isAtStartOfPart = false
        switch place {
        case .text:
            guard let value = String(validating: text, as: UTF8.self), !value.utf8.contains(0) else {
                throw Self.malformed("Form fields must be UTF-8 without NUL characters")
            }
            pairs.append(.init(name: name, value: value))
            text = []
        case .base64:
            let writer = files[files.count - 1].writer
            try window.finish { try writer.write($0) }
        case .preamble, .headers, .file, .ended: break
        }
    }

    private static func malformed(_ text: String) -> APIError { .malformedBody(text) }

    // MARK: - Bytes and headers

    private static func find(_ needle: [UInt8], in buffer: [UInt8]) -> Int? {
        buffer.withUnsafeBytes { bytes -> Int? in
            var position = 0
            let last = bytes.count - needle.count
            while position <= last {
                if bytes[position] == needle[0], bytes[position + needle.count - 1] == needle[needle.count - 1],
                    bytes[position..<(position + needle.count)].elementsEqual(needle)
                {
                    return position
                }
                position += 1
            }
            return nil
        }
    }

    /// A parameter of a header value, quoted or not; in quotes `\"` and `%22` stand for a quote.
    ///
    /// Read scalar by scalar, so that no comparison sees more than one: see `ExactText`.
    static func parameter(_ name: String, of header: String) -> String? {
        var rest = header.unicodeScalars.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            var value = String.UnicodeScalarView()
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.popFirst(), character != "\"" {
                    if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                        value.append(rest.removeFirst())
                    } else {
                        value.append(character)
                    }
                }
                rest = rest.drop { $0 != ";" }
            } else {
                value = String.UnicodeScalarView(rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" })
                rest = rest.drop { $0 != ";" }
            }
            if key.utf8.count == name.utf8.count, key.lowercased() == name {
                return Self.withQuotes(String(value))
            }
        }
        return nil
    }

    /// Each `%22` as the quote that browsers write it for.
    private static func withQuotes(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            bytes.append(byte)
            if bytes.suffix(3).elementsEqual("%22".utf8) { bytes.replaceSubrange((bytes.count - 3)..., with: [UInt8(ascii: "\"")]) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
