/// The `@<user>` marks of a text, which must carry the same user as the mentions beside it to be shown as names.
enum MentionText {
    /// Replaces marks by users; a mark is an at sign and all digits after it.
    static func replacing(_ users: [String: String], in text: String) -> String {
        guard !users.isEmpty else { return text }
        var result = ""
        var rest = text.unicodeScalars[...]
        while let at = rest.firstIndex(of: "@") {
            let digits = rest[rest.index(after: at)...].prefix { ("0"..."9").contains($0) }
            let user = String(digits)
            result += String(rest[...at]) + (users[user] ?? user)
            rest = rest[digits.endIndex...]
        }
        return result + String(rest)
    }
}
