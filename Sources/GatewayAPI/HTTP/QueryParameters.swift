import StrictJSON

/// The query of a request, read leniently: a parameter that cannot be decoded, or is blank, counts as absent.
///
/// Routes read parameters one by one and ignore the ones they do not know (contract 2.1).
struct QueryParameters: Sendable {
    private let pairs: [(name: String, value: String)]

    init(_ query: String?) {
        guard let query, !query.isEmpty else {
            pairs = []
            return
        }
        var pairs: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")).prefix(FormFields.maximumPairCount) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")),
                case .text(let name) = PercentEncoding.decode(part[..<equals], plusIsSpace: true),
                case .text(let value) = PercentEncoding.decode(part[part.index(after: equals)...], plusIsSpace: true)
            else { continue }
            pairs.append((name, value))
        }
        self.pairs = pairs
    }

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
