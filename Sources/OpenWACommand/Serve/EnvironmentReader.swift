/// Values of the environment that this program cannot use; told together, so that one round is enough to correct them.
struct EnvironmentError: Error, Equatable, CustomStringConvertible {
    let problems: [String]

    var description: String {
        "The environment has values that cannot be used:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}

/// Reads variables one by one and collects what is wrong with them. An empty variable counts as unset.
struct EnvironmentReader {
    private let environment: [String: String]
    private var problems: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    func text(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Parameter form: What the value must be, to end the sentence “… must be”.
    mutating func value<V>(_ name: String, _ form: String, _ parse: (String) -> V?) -> V? {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else {
            problems.append("\(name) must be \(form), not '\(text)'")
            return nil
        }
        return value
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        value(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func boolean(_ name: String) -> Bool? {
        value(name, "true or false") { text in
            switch text.lowercased() {
            case "true", "1", "yes", "on": true
            case "false", "0", "no", "off": false
            default: nil
            }
        }
    }

    /// Bytes, or a number with `kb`, `mb` or `gb` (1024 each), in any case.
    mutating func byteCount(_ name: String, in range: ClosedRange<Int>) -> Int? {
        value(name, "a size such as 25mb, at most \(range.upperBound) bytes") { text in
            let text = text.lowercased().filter { $0 != " " }
            let units = [("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("b", 1)]
            let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
            guard let number = Int(text.dropLast(unit.0.count)) else { return nil }
            let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: unit.1)
            return !isTooLarge && range.contains(bytes) ? bytes : nil
        }
    }

    /// A comma list; white space around entries and empty entries are left out.
    func list(_ name: String) -> [String]? {
        text(name)?.split(separator: ",").map { entry in
            String(entry.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { !$0.isEmpty }
    }

    mutating func require(_ name: String, oneOf allowed: [String]) {
        _ = value(name, allowed.joined(separator: " or ")) { allowed.contains($0) ? $0 : nil }
    }

    func finish() throws(EnvironmentError) {
        if !problems.isEmpty { throw EnvironmentError(problems: problems) }
    }
}
