/// Fills the placeholders of a text (contract 3.8).
///
/// ```
/// {{name}}  {{ name }}  {{first.name}}  {{order-id}}     flat keys of letters, digits, _ . -; spaces inside are allowed
/// {name}                                                 the older form: letters, digits and _ only, no spaces
/// ```
/// A token whose key is unknown stays as it is written, an empty value leaves nothing. A double-brace token is consumed whole,
/// and values are not rendered again.
package enum PlaceholderRenderer {
    package static func render(_ text: String, _ values: [String: String]) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        var rendered = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            rendered += rest[..<open]
            rest = rest[open...]
            let token = doubleToken(rest) ?? singleToken(rest)
            guard let token else {
                rendered.append("{")
                rest.removeFirst()
                continue
            }
            rendered += values[token.key] ?? String(rest[..<token.end])
            rest = rest[token.end...]
        }
        return rendered + rest
    }

    private struct Token {
        let key: String
        let end: Substring.Index
    }

    /// `{{key}}` at the beginning of a text.
    private static func doubleToken(_ text: Substring) -> Token? {
        guard text.hasPrefix("{{") else { return nil }
        var rest = text.dropFirst(2).drop { $0 == " " || $0 == "\t" }
        let key = rest.prefix { isWord($0) || $0 == "." || $0 == "-" }
        guard !key.isEmpty else { return nil }
        rest = rest.dropFirst(key.count).drop { $0 == " " || $0 == "\t" }
        guard rest.hasPrefix("}}") else { return nil }
        return Token(key: String(key), end: rest.index(rest.startIndex, offsetBy: 2))
    }

    /// `{key}` at the beginning of a text.
    private static func singleToken(_ text: Substring) -> Token? {
        let rest = text.dropFirst()
        let key = rest.prefix(while: isWord)
        guard !key.isEmpty, rest.dropFirst(key.count).first == "}" else { return nil }
        return Token(key: String(key), end: rest.index(rest.startIndex, offsetBy: key.count + 1))
    }

    private static func isWord(_ character: Character) -> Bool {
        character == "_" || character.isASCII && (character.isLetter || character.isNumber)
    }
}
