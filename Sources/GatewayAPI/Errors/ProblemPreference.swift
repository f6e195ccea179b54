/// Whether an `Accept` header asks for `application/problem+json` rather than for `application/json` (RFC 9110, 12.5.1).
///
/// It must be named, with a higher weight than the one that `application/json` gets: by name, else as `application/*`,
/// else as `*/*`, else 0. A caller that is content with both gets OpenWA's envelope, which its clients know.
enum ProblemPreference {
    static func isPreferred(_ accept: String?) -> Bool {
        guard let accept = accept?.utf8.prefix(maximumLength), accept.allSatisfy({ $0 < 0x80 }) else { return false }
        return isPreferred(in: String(decoding: accept, as: UTF8.self).lowercased())
    }

    private static func isPreferred(in accept: String) -> Bool {
        guard accept.contains("problem+json") else { return false }
        var weights: [Substring: Double] = [:]
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";")
            guard let name = parts.first.map(trimmed) else { continue }
            let weight = parts.dropFirst().map(trimmed).first { $0.hasPrefix("q=") }.map {
                Double($0.dropFirst(2)) ?? 0
            }
            weights[name] = min(max(weight ?? 1, 0), 1)
        }
        let problem = weights["application/problem+json"] ?? 0
        return problem > weights["application/json"] ?? weights["application/*"] ?? weights["*/*"] ?? 0
    }

    /// In bytes. No honest header is longer; it bounds the work on others.
    private static let maximumLength = 1024

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
