import Foundation

/// The forms of addresses on media servers. Reference 7.2 to 7.4.
enum MediaPath {
    /// The types under `/mms/`, each with the number that stands in the direct paths of its files.
    static let types: [String: Int] = [
        "image": 7_118, "video": 7_161, "audio": 7_117, "ptt": 7_117, "document": 7_119, "sticker": 7_118,
        "thumbnail-link": 7_118, "sticker-pack": 7_118, "md-app-state": 7_117, "md-msg-hist": 7_118,
    ]

    /// `/v/t62.7118-24/<name>?ccb=…`, as a message carries it.
    static func directPath(of name: String, type: String) -> String {
        "/v/t62.\(types[type] ?? 0)-24/\(name)?ccb=11-4&oh=\(name.prefix(24))&oe=7FFFFFFF&_nc_sid=5e03e0"
    }

    /// The whole address, as the answer to an upload and messages carry it; `authority` is `host:port`.
    static func url(of directPath: String, at authority: String) -> String {
        "https://\(authority)\(directPath)&mms3=true"
    }

    /// The file that a direct path or a request names; clients append their own parameters with `?` or `&`.
    static func name(of path: String) -> String {
        let bare = path.prefix { $0 != "?" && $0 != "&" }
        return bare.split(separator: "/").last.map(String.init) ?? ""
    }

    static func base64url(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The 32-byte hash in a token, padded or not, percent-encoded or not; in its one canonical form.
    static func name(ofToken token: Substring) -> String? {
        guard let text = token.removingPercentEncoding else { return nil }
        let unpadded = text.replacing("=", with: "")
        let standard = unpadded.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
        guard let bytes = Data(base64Encoded: standard + padding), bytes.count == 32 else { return nil }
        return base64url([UInt8](bytes))
    }
}

/// The target of a request in its parts.
struct RequestTarget {
    let path: Substring
    private let query: [Substring: Substring]

    init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts[0]
        var query: [Substring: Substring] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[sides[0]] = sides.count > 1 ? sides[1] : ""
        }
        self.query = query
    }

    subscript(name: Substring) -> Substring? { query[name] }
}
