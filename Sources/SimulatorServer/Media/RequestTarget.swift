import Foundation
import WASimulator

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

extension MediaPath {
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
