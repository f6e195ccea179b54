/// A chat's address in OpenWA's neutral form, made from whatever dialect a caller wrote.
///
/// | written | neutral |
/// |---|---|
/// | `6281234567890@c.us`, `…@s.whatsapp.net`, `…:3@s.whatsapp.net`, `+62 812-3456-7890`, `6281234567890` | `6281234567890@c.us` |
/// | `4321@lid`, `4321:7@lid` | `4321@lid` (the number replaces it where the mapping is known) |
/// | `120363021234567890@g.us`, `628…-1609459200@g.us` | itself |
/// | `120363…@newsletter`, `120363…@broadcast`, `status@broadcast` | itself |
///
/// Hosted forms fold into their ordinary ones. Letters in the host do not matter. Contract section 7.
package struct ChatID: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// A person by phone number.
        case phone = "c.us"
        /// A person by privacy id; its digits are no phone number.
        case lid
        case group = "g.us"
        case channel = "newsletter"
        case broadcast
    }

    package let kind: Kind
    /// The part before the `@`: digits, or for groups digits with one hyphen, or `status`.
    package let user: String

    /// The neutral form, `<user>@<host>`.
    package var description: String { "\(user)@\(kind.rawValue)" }

    package init(_ kind: Kind, _ user: String) {
        self.kind = kind
        self.user = user
    }

    /// Understands what a caller wrote in `field`.
    ///
    /// - Throws: `GatewayError.invalidChatID` naming the field, for anything outside the table above.
    package init(parsing text: String, field: String = "chatId") throws(GatewayError) {
        guard text.utf8.count <= Self.maximumLength, let parsed = Self.parse(Self.trimmed(text)) else {
            throw .invalidChatID(field: field, given: text)
        }
        self = parsed
    }

    /// No chat id is near this long; it bounds the work on hostile input.
    private static let maximumLength = 256
    /// E.164 allows 15 digits; WhatsApp numbers have at least 5.
    private static let phoneDigits = 5...15
    private static let otherDigits = 1...32

    private static func parse(_ text: Substring) -> ChatID? {
        guard let at = text.lastIndex(of: "@") else { return phone(text) }
        let host = text[text.index(after: at)...].lowercased()
        var user = text[..<at]
        switch host {
        case "c.us", "s.whatsapp.net", "hosted":
            user = withoutDevice(user)
            return phone(user)
        case "lid", "hosted.lid":
            user = withoutDevice(user)
            return isDigits(user, otherDigits) ? ChatID(.lid, String(user)) : nil
        case "g.us":
            return isGroup(user) ? ChatID(.group, String(user)) : nil
        case "newsletter":
            return isDigits(user, otherDigits) ? ChatID(.channel, String(user)) : nil
        case "broadcast":
            if user.lowercased() == "status" { return ChatID(.broadcast, "status") }
            return isDigits(user, otherDigits) ? ChatID(.broadcast, String(user)) : nil
        default:
            return nil
        }
    }

    /// A phone number as people write it: an optional `+`, digits, and spaces, dots, hyphens or brackets between.
    private static func phone(_ text: Substring) -> ChatID? {
        var digits = ""
        var isFirst = true
        for scalar in text.unicodeScalars {
            switch scalar {
            case "0"..."9": digits.unicodeScalars.append(scalar)
            case "+" where isFirst: break
            case " ", "\u{A0}", "-", ".", "(", ")": break
            default: return nil
            }
            isFirst = false
        }
        guard phoneDigits.contains(digits.utf8.count), digits.utf8.first != UInt8(ascii: "0") else { return nil }
        return ChatID(.phone, digits)
    }

    private static func withoutDevice(_ user: Substring) -> Substring {
        guard let colon = user.firstIndex(of: ":"), isDigits(user[user.index(after: colon)...], 1...5) else {
            return user
        }
        return user[..<colon]
    }

    private static func isGroup(_ user: Substring) -> Bool {
        let parts = user.split(separator: "-", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && parts.allSatisfy { isDigits($0, otherDigits) }
    }

    private static func isDigits(_ text: Substring, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func trimmed(_ text: String) -> Substring {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
