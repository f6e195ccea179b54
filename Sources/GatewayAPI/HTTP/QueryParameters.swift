import StrictJSON

/// The query of a request, read leniently: a parameter that cannot be decoded, or is blank, counts as absent.
///
/// Routes read parameters one by one and ignore the ones they do not know, but for those whose query is one object: they
/// refuse `names` that they do not declare (contract 2.1).
struct QueryParameters: Sendable {
    private let pairs: [(name: String, value: String)]

    init(_ query: String?) {
        guard let query, !query.isEmpty else {
            pairs = []
            return
        }
        var pairs: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")).prefix(FormFields.maximumPairCount) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = Self.text(part[..<equals]) ?? String(decoding: Array(part[..<equals]), as: UTF8.self)
            pairs.append((name, Self.text(part[equals...].dropFirst()) ?? ""))
        }
        self.pairs = pairs
    }

    private static func text(_ encoded: Substring.UTF8View) -> String? {
        guard case .text(let text) = PercentEncoding.decode(encoded, plusIsSpace: true) else { return nil }
        return text
    }

    /// All names, each once, in the order of the query.
    var names: [String] {
        var seen: Set<ExactText> = []
        return pairs.map(\.name).filter { !$0.isEmpty && seen.insert(ExactText($0)).inserted }
    }

    /// All values of this name, blank ones too.
    func values(of name: String) -> [String] { pairs.filter { $0.name.isExactly(name) }.map(\.value) }

    /// The first value of this name that is not blank.
    subscript(name: String) -> String? {
        pairs.first { $0.name.isExactly(name) && !$0.value.allSatisfy(\.isWhitespace) }?.value
    }

    /// True for `true` and `1` only.
    func flag(_ name: String) -> Bool { self[name].map { $0 == "true" || $0 == "1" } ?? false }

    /// A whole number, or nil when it is absent or something else.
    func integer(_ name: String) -> Int? {
        self[name].flatMap(Int.init)
    }
}
