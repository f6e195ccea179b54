/// What a person typed, as an expression of FTS5: each word literally, all of them wanted.
///
/// ```
/// order "ready" AND*   →   "order" """ready""" "AND*"
/// ```
enum SearchTerms {
    /// Words beyond this are not looked at.
    static let maximumCount = 32

    /// - Returns: nil when nothing in the text can be found: no letter and no digit.
    static func expression(for text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace).filter(isSearchable).prefix(maximumCount)
        guard !words.isEmpty else { return nil }
        return words.map(quoted).joined(separator: " ")
    }

    /// The index knows letters, digits, marks and characters of private use; the rest separates words.
    private static func isSearchable(_ word: Substring) -> Bool {
        word.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .privateUse:
                true
            default: false
            }
        }
    }

    private static func quoted(_ word: Substring) -> String {
        var text = "\""
        for character in word.unicodeScalars where character != "\0" {
            if character == "\"" { text += "\"" }
            text.unicodeScalars.append(character)
        }
        return text + "\""
    }
}
