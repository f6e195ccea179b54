import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

/// A file as an answer: all of it or the part asked for, streamed from the disk.
///
/// A stranger chose the file, its type and its name. So it is always a download, never sniffed, and of a type in which
/// browsers run nothing.
struct MediaReply: Sendable {
    private let media: StoredMedia
    private let file: MediaWindows

    init(_ media: StoredMedia, _ file: MediaWindows) {
        self.media = media
        self.file = file
    }

    func reply(to headers: HTTPFields) -> APIReply {
        let tag = "\"\(media.sha256)\""
        var answer: HTTPFields = [
            .eTag: tag, .acceptRanges: "bytes", .cacheControl: "private, max-age=31536000, immutable",
        ]
        if Self.names(tag, in: headers[.ifNoneMatch]) { return APIReply(status: .notModified, headers: answer) }
        let contentType = Self.inertType(of: media.mimetype)
        answer[.contentDisposition] = ContentDisposition.attachment(media.filename)
        answer[.xContentTypeOptions] = "nosniff"
        // A part of another file than the one meant would be put together with its rest.
        let isSameFile = headers[.ifRange].map { $0 == tag } ?? true
        switch ByteRange(isSameFile ? headers[.range] : nil, byteCount: file.byteCount) {
        case .whole:
            return APIReply(status: .ok, headers: answer, contentType: contentType, body: body(0..<file.byteCount))
        case .part(let range):
            answer[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.byteCount)"
            return APIReply(status: .partialContent, headers: answer, contentType: contentType, body: body(range))
        case .unsatisfiable:
            return APIReply(
                status: .rangeNotSatisfiable,
                headers: [.eTag: tag, .acceptRanges: "bytes", .contentRange: "bytes */\(file.byteCount)"])
        }
    }

    private func body(_ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { [file] writer in
            var rest = range
            while !rest.isEmpty {
                let window = try await file.window(in: rest)
                // Shorter than it was: the connection ends, so that nobody takes the part for the whole.
                guard window.readableBytes > 0 else { throw ChannelError.inputClosed }
                rest = (rest.lowerBound + window.readableBytes)..<rest.upperBound
                try await writer.write(window)
            }
            try await writer.finish(nil)
        }
    }

    private static func names(_ tag: String, in header: String?) -> Bool {
        guard let header, header.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        return header.split(separator: ",").contains { part in
            let name = part.drop { $0 == " " }
            return name == "*" || name.hasPrefix(tag) || name.hasPrefix("W/" + tag)
        }
    }

    /// Pictures, sounds, videos and PDF keep their type, but for those that hold scripts; all else is just bytes.
    static func inertType(of mimetype: String) -> String {
        let essence = String(decoding: mimetype.utf8.split(separator: UInt8(ascii: ";")).first ?? [], as: UTF8.self)
            .lowercased()
        guard essence.utf8.allSatisfy({ $0 < 0x80 }) else { return "application/octet-stream" }
        let isInert =
            ["image/", "audio/", "video/"].contains { essence.hasPrefix($0) } && !essence.contains("svg")
            && !essence.contains("xml")
        return isInert || essence == "application/pdf" ? essence : "application/octet-stream"
    }
}

/// The name under which a download is saved (RFC 6266).
enum ContentDisposition {
    static func attachment(_ filename: String?) -> String {
        guard let filename else { return "attachment" }
        let ascii = String(
            filename.unicodeScalars.map { scalar -> Character in
                let isPlain = scalar.isASCII && scalar.value >= 0x20 && scalar.value < 0x7F && !"\"\\%;".unicodeScalars.contains(scalar)
                return isPlain ? Character(scalar) : "_"
            })
        if ascii == filename { return "attachment; filename=\"\(ascii)\"" }
        return "attachment; filename=\"\(ascii)\"; filename*=UTF-8''\(escaped(filename))"
    }

    /// RFC 8187: all but letters, digits and a few marks as `%XX`.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return escaped
    }
}
