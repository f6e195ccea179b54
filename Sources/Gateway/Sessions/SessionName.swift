/// A session's name: 3–50 letters, digits or hyphens, kept as given.
package struct SessionName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Returns: nil when the text breaks the rule of contract 6.1, `^[a-zA-Z0-9-]+$` and 3–50 characters.
    package init?(_ text: String) {
        guard (3...50).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        description = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
