import TestSupport
import Testing
import WABinary

@Suite("JIDs")
struct JIDTests {
    @Test(
        "Every dialect reads from its text form and writes it back",
        arguments: [
            ("15551234567@s.whatsapp.net", JID("15551234567", .user)),
            ("15551234567:12@s.whatsapp.net", JID("15551234567", .user, device: 12)),
            ("100000012345678:99@hosted.lid", JID("100000012345678", .hostedLID, device: 99)),
            ("100000012345678@lid", JID("100000012345678", .lid)),
            ("491511234567-1500000000@g.us", JID("491511234567-1500000000", .group)),
            ("120363012345678901@g.us", JID("120363012345678901", .group)),
            ("status@broadcast", JID.statusBroadcast),
            ("120363123456789012@newsletter", JID("120363123456789012", .newsletter)),
            ("15551234567@c.us", JID("15551234567", .legacyUser)),
            ("100012345:300@msgr", JID("100012345", .messenger, device: 300)),
            ("16-5:1@interop", JID("5", .interop, device: 1, integrator: 16)),
            ("867051314767696@bot", JID("867051314767696", .bot)),
            ("s.whatsapp.net", JID.server),
            ("g.us", JID.groupServer),
            ("5@new.kind", JID("5", JID.Server(rawValue: "new.kind"))),
        ])
    func textForms(text: String, jid: JID) {
        #expect(JID(text) == jid)
        #expect(jid.description == text)
    }

    @Test("Older spellings of the same address are read")
    func lenientForms() {
        #expect(JID("@s.whatsapp.net") == .server)
        #expect(JID("15551234567.0:12@s.whatsapp.net") == JID("15551234567", .user, device: 12))
        #expect(JID("15551234567_0@s.whatsapp.net") == JID("15551234567", .user))
        #expect(JID("15551234567:0@s.whatsapp.net") == JID("15551234567", .user))
    }

    @Test(
        "What is no JID is nil",
        arguments: [
            "", "@", "hello", "15551234567", "a@", ":1@lid", "a:@lid", "a:x@lid", "a:65536@lid", "a:-1@lid",
            "5@interop",
            "x-5@interop", "a@b@lid", String(repeating: "1", count: 300) + "@lid",
        ])
    func refused(text: String) {
        #expect(JID(text) == nil)
    }

    @Test("The account of a device has no device, and hosted devices fold into their person")
    func derived() {
        #expect(JID("1", .user, device: 3).account == JID("1", .user))
        #expect(JID("1", .hosted, device: 99).foldingHosted == JID("1", .user, device: 99))
        #expect(JID("1", .hostedLID).foldingHosted == JID("1", .lid))
        #expect(JID("1", .legacyUser).foldingHosted == JID("1", .user))
        #expect(JID("5", .interop, device: 1, integrator: 16).with(device: 2).description == "16-5:2@interop")
    }

    @Test("A device that no wire form carries goes out as text and comes back as the same JID")
    func deviceWithoutForm() throws {
        for jid in [JID("1", .user, device: 256), JID("1", .bot, device: 2)] {
            let decoded = try NodeDecoder.decode(NodeEncoder.encode(Node("to", ["jid": .jid(jid)])))
            #expect(decoded.jid("jid") == jid)
        }
    }

    @Test("A masked JID shows four digits of a person and nothing less of a group")
    func masking() {
        #expect(JID("15551234567", .user, device: 2).masked == "…4567:2@s.whatsapp.net")
        #expect(JID("120363012345678901", .group).masked == "120363012345678901@g.us")
    }
}
