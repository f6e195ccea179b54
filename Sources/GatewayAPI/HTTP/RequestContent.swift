import Gateway
import Hummingbird
import NIOCore
import StrictJSON

/// A request's body after its content type was looked at, before any field of it was.
enum RequestContent: Sendable, Equatable {
    /// No body, or one of a type that is not read: validation sees an object without properties.
    case empty
    case json(JSONValue)
    case form(FormFields)
    /// Of media routes: where a file stood in the body, its number in the list stands now.
    case jsonWithMedia(JSONValue, [ReceivedMedia])
    case formWithMedia(FormFields, [ReceivedMedia])

    /// The object that a body with these fields is about, its values converted where the form needs it.
    ///
    /// - Throws: `APIError.invalidBody` with every problem found.
    func values(for fields: FieldSet) throws(APIError) -> FieldValues {
        var object =
            switch self {
            case .empty: JSONObject()
            case .json(let value), .jsonWithMedia(let value, _): Self.object(of: value)
            case .form(let form), .formWithMedia(let form, _): form.object(for: fields)
            }
        object = Self.withOneSource(object, media)
        let problems = fields.problems(in: object)
        guard problems.isEmpty else { throw .invalidBody(problems) }
        return FieldValues(object, media: media)
    }

    private var media: [ReceivedMedia] {
        switch self {
        case .jsonWithMedia(_, let files), .formWithMedia(_, let files): files
        case .empty, .json, .form: []
        }
    }

    /// Of `base64` and `url` the one that counts, the other not even checked (contract 3.4): a file with bytes, else the URL.
    private static func withOneSource(_ object: JSONObject, _ media: [ReceivedMedia]) -> JSONObject {
        guard let number = object["base64"]?.string.flatMap(Int.init), media.indices.contains(number) else { return object }
        let useless: String
        if media[number].file.byteCount > 0 {
            useless = "url"
        } else if let url = object["url"]?.string, !url.isEmpty {
            useless = "base64"
        } else {
            return object
        }
        return JSONObject(object.members.filter { !$0.name.isExactly(useless) })
    }

    private static func object(of value: JSONValue) -> JSONObject {
        switch value {
        case .object(let object): return object
        case .array(let elements):
            // A list is an object whose properties are its indices, as it is in JavaScript.
            return JSONObject(
                elements.prefix(1000).enumerated().map { index, element in
                    JSONObject.Member(name: String(index), value: element)
                })
        default: return JSONObject()
        }
    }

    /// Reads a collected body by its content type.
    static func reading(_ body: ByteBuffer, contentType: String?) throws(APIError) -> RequestContent {
        guard body.readableBytes > 0, let contentType else { return .empty }
        let type = MediaTypeHeader(contentType)
        switch type.name {
        case "application/json":
            guard type.isUTF8 else { throw .unsupportedEncoding("unsupported charset \"\(type.charset ?? "")\"") }
            return .json(try json(body))
        case "application/x-www-form-urlencoded":
            guard type.isUTF8 else { throw .unsupportedEncoding("unsupported charset \"\(type.charset ?? "")\"") }
            guard let text = body.getString(at: body.readerIndex, length: body.readableBytes) else { return .empty }
            return .form(try FormFields(parsing: text))
        default:
            return .empty
        }
    }

    /// Only objects and lists are bodies; a bare string or number is refused like a syntax error.
    private static func json(_ body: ByteBuffer) throws(APIError) -> JSONValue {
        let outcome = body.withUnsafeReadableBytes { bytes in
            Result { () throws(JSONReadingError) in
                try JSONReader.read(bytes.bindMemory(to: UInt8.self))
            }
        }
        switch outcome {
        case .success(let value):
            switch value {
            case .object, .array: return value
            default: throw .malformedBody("JSON body must be an object")
            }
        case .failure(let error): throw .malformedBody(error.description)
        }
    }
}

/// The parts of a `Content-Type` header that matter here.
struct MediaTypeHeader: Equatable {
    /// In lower case, without parameters.
    let name: String
    let charset: String?

    /// A header that is none, or longer than any real one, names no type.
    init(_ header: String) {
        let isPlain = header.utf8.count <= 1024 && header.utf8.allSatisfy { $0 < 0x80 }
        let header = isPlain ? header : ""
        let parts = header.split(separator: ";", omittingEmptySubsequences: false)
        name = Self.trimmed(parts[0]).lowercased()
        charset =
            parts.dropFirst().lazy
            .compactMap { part -> String? in
                let pair = part.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, Self.trimmed(pair[0]).lowercased() == "charset" else { return nil }
                return String(Self.trimmed(pair[1]).filter { $0 != "\"" }.prefix(40)).lowercased()
            }
            .first
    }

    var isUTF8: Bool { charset == nil || charset == "utf-8" || charset == "utf8" || charset == "us-ascii" }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
