import Gateway
import Testing
import WABinary

@Suite("Chat ids")
struct ChatIDTests {
    @Test(
        "Every dialect of an address becomes its neutral form",
        arguments: [
            ("6281234567890@c.us", "6281234567890@c.us"),
            ("6281234567890@s.whatsapp.net", "6281234567890@c.us"),
            ("6281234567890:12@s.whatsapp.net", "6281234567890@c.us"),
            ("6281234567890@C.US", "6281234567890@c.us"),
            ("6281234567890@hosted", "6281234567890@c.us"),
            ("+6281234567890", "6281234567890@c.us"),
            ("+62 812-3456-7890", "6281234567890@c.us"),
            (" +62 (812) 3456.7890 ", "6281234567890@c.us"),
            ("+62 812-3456-7890@c.us", "6281234567890@c.us"),
            ("6281234567890", "6281234567890@c.us"),
            ("123456789012345@lid", "123456789012345@lid"),
            ("123456789012345:3@lid", "123456789012345@lid"),
            ("123456789012345@hosted.lid", "123456789012345@lid"),
            ("120363021234567890@g.us", "120363021234567890@g.us"),
            ("6281234567890-1609459200@g.us", "6281234567890-1609459200@g.us"),
            ("120363021234567890@newsletter", "120363021234567890@newsletter"),
            ("1609459200@broadcast", "1609459200@broadcast"),
            ("status@broadcast", "status@broadcast"),
        ])
    func becomesNeutral(written: String, neutral: String) throws {
        let chat = try ChatID(parsing: written)
        #expect(chat.description == neutral)
        #expect(try ChatID(parsing: neutral) == chat)
    }

    @Test(
        "What is no address is refused by the name of its field",
        arguments: [
            "", " ", "@", "@c.us", "hello", "hello@c.us", "1234@c.us", "6281234567890@", "6281234567890@example.com",
            "0812345678901234", "08123456789", "62812345678901234567@c.us", "628@@c.us", "628123:x@c.us",
            "62+8123456789",
            "6281234567890@g.us@c.us", "-@g.us", "1-2-3@g.us", "abc@lid", "@lid", "true_6281234567890@c.us_3EB0",
            "６２８１２３４５６７８９０", String(repeating: "1", count: 300), "6281234567890\u{0}",
        ])
    func refusesGarbage(text: String) {
        #expect(throws: GatewayError.invalidChatID(field: "to", given: text)) {
            try ChatID(parsing: text, field: "to")
        }
    }

    @Test("A chat id and the address on the wire translate into each other")
    func translates() throws {
        #expect(try ChatID(parsing: "6281234567890@c.us").jid == JID("6281234567890", .user))
        #expect(ChatID.neutral(JID("6281234567890", .user, device: 4)) == "6281234567890@c.us")
        #expect(ChatID.neutral(JID("6281234567890", .legacyUser)) == "6281234567890@c.us")
        #expect(ChatID.neutral(JID("99", .lid, device: 2)) == "99@lid")
        #expect(ChatID.neutral(JID("120363", .group)) == "120363@g.us")
        #expect(ChatID.neutral(JID("status", .broadcast)) == "status@broadcast")
        #expect(ChatID.neutral(JID("13135550002", .bot)) == "13135550002@bot")
    }
}
