/// Fills the placeholders of a text (contract 3.8).
///
/// ```
/// {{name}}  {{ name }}  {{first.name}}  {{order-id}}     flat keys of letters, digits, _ . -; spaces inside are allowed
/// {name}                                                 the older form: letters, digits and _ only, no spaces
/// ```
/// A token whose key is unknown stays as it is written, an empty value leaves nothing. A double-brace token is consumed whole,
/// and values are not rendered again.
///
/// It goes through the text byte by byte: comparing characters of many combining marks takes long.
package enum PlaceholderRenderer {
    /// The text would be longer than allowed. It was measured and not built, for a few kilobytes of placeholders and values
    /// become gigabytes of text.
    package struct TooLong: Error, Equatable {
        /// In code points, as limits of texts are.
        package let length: Int
    }

    /// - Parameter limit: How long the text may become, in code points.
    package static func render(
        _ text: String, _ values: [String: String], limit: Int
    ) throws(TooLong) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return try checked(text, limit: limit) }
        return try render([text], joinedBy: "", values, limit: limit)
    }

    /// Several texts, each filled, as one.
    package static func render(
        _ texts: [String], joinedBy separator: String, _ values: [String: String], limit: Int
    ) throws(TooLong) -> String {
        var pieces = Pieces(values: values, limit: limit)
        for (index, text) in texts.enumerated() {
            if index > 0 { pieces.add(separator[...]) }
            pieces.addFilled(text)
        }
        guard pieces.length <= limit else { throw TooLong(length: pieces.length) }
        return pieces.texts.reduce(into: "") { $0 += $1 }
    }

    private static func checked(_ text: String, limit: Int) throws(TooLong) -> String {
        guard text.utf8.count > limit, case let length = text.unicodeScalars.count, length > limit else { return text }
        throw TooLong(length: length)
    }

    /// What a text is put together from, in order, and how long that is. Past the limit it is only measured.
    private struct Pieces {
        let values: [String: String]
        let limit: Int
        private(set) var texts: [Substring] = []
        private(set) var length = 0
        /// Each value is counted once, however often it comes.
        private var lengths: [String: Int] = [:]

        init(values: [String: String], limit: Int) {
            self.values = values
            self.limit = limit
        }

        mutating func add(_ text: Substring) { add(text, length: text.unicodeScalars.count) }

        private mutating func add(_ text: Substring, length: Int) {
            self.length += length
            if self.length > limit { texts = [] } else { texts.append(text) }
        }

        mutating func addFilled(_ text: String) {
            var rest = text.utf8[...]
            while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
                add(text[rest.startIndex..<open])
                rest = rest[open...]
                guard let token = doubleToken(rest) ?? singleToken(rest) else {
                    add("{")
                    rest.removeFirst()
                    continue
                }
                if let value = values[token.key] {
                    let length = lengths[token.key] ?? value.unicodeScalars.count
                    lengths[token.key] = length
                    add(value[...], length: length)
                } else {
                    add(text[open..<token.end])
                }
                rest = rest[token.end...]
            }
            add(text[rest.startIndex...])
        }
    }

    private typealias Text = Substring.UTF8View

    private struct Token {
        let key: String
        let end: Text.Index
    }

    /// `{{key}}` at the beginning of a text.
    private static func doubleToken(_ text: Text) -> Token? {
        guard text.starts(with: "{{".utf8) else { return nil }
        let start = text.dropFirst(2).drop(while: isBlank)
        let key = start.prefix { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        let rest = start[key.endIndex...].drop(while: isBlank)
        guard !key.isEmpty, rest.starts(with: "}}".utf8) else { return nil }
        return String(key).map { Token(key: $0, end: rest.index(rest.startIndex, offsetBy: 2)) }
    }

    /// `{key}` at the beginning of a text.
    private static func singleToken(_ text: Text) -> Token? {
        let start = text.dropFirst()
        let key = start.prefix(while: isWord)
        let rest = start[key.endIndex...]
        guard !key.isEmpty, rest.first == UInt8(ascii: "}") else { return nil }
        return String(key).map { Token(key: $0, end: rest.index(after: rest.startIndex)) }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
