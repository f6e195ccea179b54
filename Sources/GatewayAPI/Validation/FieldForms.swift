import Gateway
import StrictJSON

extension Rule.Form {
    /// A chat id in any dialect.
    static let chatID = Rule.Form(
        description: "a phone number with country code or a WhatsApp id such as 6281234567890@c.us"
    ) { text in (try? ChatID(parsing: text)) != nil }

    /// A person's number, with country code, as people write it.
    static let phoneNumber = Rule.Form(description: "a phone number with country code") { text in
        !text.utf8.contains(UInt8(ascii: "@")) && (try? ChatID(parsing: text)) != nil
    }
}

extension Field {
    /// Whom a message is for.
    static func chatID(_ name: String = "chatId") -> Field {
        .required(name, .string, .notEmpty, .readable(.chatID))
    }

    /// Which message something is about, serialised or bare.
    static func messageID(_ name: String = "messageId") -> Field { .required(name, .string, .notEmpty) }

    /// Which message is answered.
    static let quotedMessageID = Field.optional("quotedMessageId", .string, .notEmpty)

    /// Whom a text names as `@<number>`.
    static let mentions = Field.optional(
        "mentions", .array, .maximumCount(1024), .each(.string), .each(.maximumLength(64)),
        .each(.stating(individualText, .matches(individual))))

    private static let individualText =
        "each mentions entry must be an individual WID - <digits>@c.us or <digits>@lid"

    /// A person by number or by privacy id, never a group.
    private static let individual = Rule.Pattern(description: #"/^\d{5,}@(c\.us|s\.whatsapp\.net|lid)$/"#) { text in
        // Before any comparison: see `ExactText`.
        guard text.utf8.count <= 64, text.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let parts = text.split(separator: "@", maxSplits: 1)
        return parts.count == 2 && parts[0].utf8.count >= 5
            && parts[0].utf8.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 }
            && ["c.us", "s.whatsapp.net", "lid"].contains(parts[1])
    }
}
