import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("What phones say")
struct SayingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let content: Utterance.Content
        let shown: ShownContent.Kind
        let type: String
        var mediaType: String?
        var meta: [String: String] = [:]
        var business: String?

        var testDescription: String { shown.rawValue + (mediaType.map { " as \($0)" } ?? "") }
    }

    private static let rows = [Choices.Row(id: "a", text: "Tea"), Choices.Row(id: "b", text: "Coffee")]

    private static func choices(_ form: Choices.Form) -> Choices {
        var choices = Choices(form, sections: [.init(title: form == .list ? "Drinks" : nil, rows: rows)])
        choices.text = "What will it be?"
        choices.footer = "Open until six"
        if form == .list {
            choices.title = "Menu"
            choices.buttonText = "Look"
        }
        return choices
    }

    private static let cases: [Case] = [
        Case(
            content: .liveLocation(
                latitude: -6.2, longitude: 106.8, caption: "Here", accuracyInMeters: 12, sequenceNumber: 1),
            shown: .liveLocation, type: "media", mediaType: "livelocation"),
        Case(
            content: .contacts(
                [.init(name: "Budi", number: "628111111111"), .init(name: "Citra", number: "628122222222")], title: nil),
            shown: .contacts, type: "media", mediaType: "contact_array"),
        Case(
            content: .poll(question: "Lunch?", options: ["Yes", "No"], selectableCount: 0), shown: .poll, type: "poll",
            meta: ["polltype": "creation"]),
        Case(content: .choices(choices(.buttons)), shown: .buttons, type: "text", business: "buttons"),
        Case(
            content: .choices(choices(.list)), shown: .list, type: "media", mediaType: "list", business: "list"),
        Case(content: .choices(choices(.template)), shown: .template, type: "text"),
        Case(content: .choices(choices(.interactive)), shown: .interactive, type: "text", business: "interactive"),
        Case(
            content: .order(
                ShownOrder(
                    id: "O1", title: "Two teas", itemCount: 2, message: "Please", totalAmount1000: 42_000,
                    currency: "IDR")
            ), shown: .order, type: "media", mediaType: "order"),
        Case(
            content: .product(
                ShownProduct(id: "P1", title: "Tea", priceAmount1000: 21_000, currency: "IDR", body: "Hot"),
                picture: nil),
            shown: .product, type: "media", mediaType: "product"),
        Case(
            content: .event(ShownEvent(name: "Party", startSeconds: 1_800_000_000, joinLink: "https://example.com")),
            shown: .event, type: "event", meta: ["event_type": "creation"]),
        Case(
            content: .groupInvitation(GroupScene.id, caption: "Come"), shown: .groupInvite, type: "media",
            mediaType: "url"),
        Case(content: .ephemeralSetting(seconds: 604_800), shown: .setting, type: "text"),
    ]

    @Test(
        "Every kind reaches the client with what its stanza has to say, and is shown by another phone", arguments: cases
    )
    func kinds(_ one: Case) throws {
        let scene = try GroupScene()
        for number in [GroupScene.ada, GroupScene.cy] {
            let id = try scene.bench.drive {
                try $0.say(Utterance(one.content), from: DeviceAddress(GroupScene.bob), to: number)
            }
            let shown = try scene.bench.server.inboxMessage(id, of: DeviceAddress(number)).content
            #expect(shown.kind == one.shown)
            check(shown, against: one.content)
            guard number == GroupScene.ada else { continue }
            let node = try scene.client.take("message") { $0["id"] == id }
            #expect(node["type"] == one.type)
            #expect(node.child("enc")?["mediatype"] == one.mediaType)
            for (name, value) in one.meta { #expect(node.child("meta")?[name] == value) }
            #expect(node.child("biz")?.children.first?.tag == one.business)
            let message = try scene.client.open(node)
            #expect(message.messageContextInfo.messageSecret.count == 32)
        }
        #expect(scene.bench.violations.isEmpty)
    }

    /// What was said is what is shown.
    private func check(_ shown: ShownContent, against content: Utterance.Content) {
        switch content {
        case .liveLocation: #expect(shown.location?.isLive == true && shown.text == "Here")
        case .contacts(let cards, _): #expect(shown.contacts.compactMap(\.card?.name) == cards.map(\.name))
        case .poll(_, let options, let count):
            #expect(shown.poll?.options == options && shown.poll?.selectableCount == count)
        case .choices(let choices): #expect(shown.choices == choices)
        case .order(let order): #expect(shown.order == order)
        case .product(let product, _): #expect(shown.product == product)
        case .event(let event): #expect(shown.event == event)
        case .groupInvitation(let id, let caption):
            #expect(shown.invitation?.group == id + "@g.us" && shown.invitation?.caption == caption)
        case .ephemeralSetting(let seconds): #expect(shown.expirationSeconds == seconds)
        default: Issue.record("nothing to compare")
        }
    }

    @Test("The reply to choices is of their kind and quotes them", arguments: Choices.Form.allCases)
    func choosing(form: Choices.Form) throws {
        let scene = try GroupScene()
        let bob = DeviceAddress(GroupScene.bob)
        let id = try scene.bench.drive {
            try $0.say(Utterance(.choices(Self.choices(form))), from: bob, to: GroupScene.cy)
        }
        let reply = try scene.bench.drive {
            try $0.say(Utterance(.choose("b", in: id)), from: DeviceAddress(GroupScene.cy), to: GroupScene.bob)
        }
        let shown = try scene.bench.server.inboxMessage(reply, of: bob).content
        #expect(shown.kind == .choice && shown.quoted?.id == id)
        #expect(shown.choice?.form == form && shown.choice?.id == "b" && shown.choice?.text == "Coffee")
        #expect(throws: SimulatorError.noSuchOption(id)) {
            try scene.bench.drive {
                try $0.say(Utterance(.choose("c", in: id)), from: DeviceAddress(GroupScene.cy), to: GroupScene.bob)
            }
        }
    }

    @Test("A raw message arrives as it was given, and what no phone knows is shown as unknown")
    func raw() throws {
        let scene = try GroupScene()
        // Field 12,345, which nobody has heard of.
        let bytes: [UInt8] = [0xCA, 0x83, 0x06, 0x02, 0x08, 0x01]
        let message = try WAMessage(decoding: bytes)
        let id = try scene.bench.drive {
            try $0.say(
                Utterance(.raw(message, type: "text", mediaType: nil, edit: nil)), from: DeviceAddress(GroupScene.bob),
                to: GroupScene.ada)
        }
        let node = try scene.client.take("message") { $0["id"] == id }
        #expect(try scene.client.open(node).encoded() == bytes)
        let shown = try scene.bench.server.inboxMessage(id, of: DeviceAddress(GroupScene.ada))
        #expect(shown.content.kind == .unknown && shown.kind == "unknown" && shown.message == bytes)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("An edit comes in either shape", arguments: Utterance.EditShape.allCases)
    func edits(shape: Utterance.EditShape) throws {
        let scene = try GroupScene()
        let bob = DeviceAddress(GroupScene.bob)
        let id = try scene.bench.drive { try $0.say("frist", from: bob, to: GroupScene.ada) }
        _ = try scene.client.open(try scene.client.take("message") { $0["id"] == id })
        var edit = Utterance(.edit("first", of: id))
        edit.editShape = shape
        let editID = try scene.bench.drive { try $0.say(edit, from: bob, to: GroupScene.ada) }
        let node = try scene.client.take("message") { $0["id"] == editID }
        let message = try scene.client.open(node)
        #expect(node["edit"] == "1" && message.hasEditedMessage == (shape == .wrapped))
        #expect(message.hasProtocolMessage == (shape == .bare))
        #expect(try scene.bench.server.inboxMessage(id, of: DeviceAddress(GroupScene.ada)).text == "first")
    }

    @Test("Where messages disappear, phones say so of each: in a chat once it is set, in a group by its setting")
    func disappearing() throws {
        let scene = try GroupScene()
        let bob = DeviceAddress(GroupScene.bob)
        let cy = DeviceAddress(GroupScene.cy)
        func expiration(from address: DeviceAddress, to chat: String, on reader: String) throws -> Int? {
            let id = try scene.bench.drive { try $0.say("soon gone", from: address, to: chat) }
            let asText = try scene.bench.drive { try $0.say(Utterance(.text("so is this")), from: address, to: chat) }
            #expect(try scene.bench.server.inboxMessage(id, of: DeviceAddress(reader)).content.expirationSeconds == nil)
            return try scene.bench.server.inboxMessage(asText, of: DeviceAddress(reader)).content.expirationSeconds
        }
        #expect(try expiration(from: bob, to: GroupScene.cy, on: GroupScene.cy) == nil)
        _ = try scene.bench.drive {
            try $0.say(Utterance(.ephemeralSetting(seconds: 86_400)), from: cy, to: GroupScene.bob)
        }
        #expect(try expiration(from: bob, to: GroupScene.cy, on: GroupScene.cy) == 86_400)
        #expect(try expiration(from: cy, to: GroupScene.bob, on: GroupScene.bob) == 86_400)
        try scene.bench.drive { try $0.setGroup(.ephemeralSeconds(604_800), of: GroupScene.id) }
        #expect(try expiration(from: bob, to: GroupScene.id, on: GroupScene.cy) == 604_800)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("What is to be seen once goes to phones alone; companions of both sides get word of it")
    func viewOnce() throws {
        let scene = try GroupScene()
        try scene.settle()
        let ada = DeviceAddress(GroupScene.ada)
        var utterance = Utterance(.media(Self.picture, .image))
        utterance.isViewOnce = true
        let id = try scene.bench.drive {
            try $0.say(utterance, from: DeviceAddress(GroupScene.bob), to: GroupScene.ada)
        }
        let node = try scene.client.take("message") { $0["id"] == id }
        #expect(node.child("enc") == nil && node.child("unavailable")?["type"] == "view_once")
        #expect(node.jid("sender_pn") == JID(GroupScene.bob, .user))
        #expect(try scene.bench.server.inboxMessage(id, of: ada).content.isViewOnce)
        let own = try scene.bench.server.inboxMessage(id, of: scene.bobsCompanion)
        #expect(own.unavailable == "view_once" && own.isFromMe && own.content.kind == .unavailable)
        try scene.client.acknowledge(node, on: scene.bench)
        #expect(try scene.bench.server.phone(GroupScene.ada).devices.last?.waitingCount == 0)
        utterance.reachesCompanions = true
        let open = try scene.bench.drive {
            try $0.say(utterance, from: DeviceAddress(GroupScene.bob), to: GroupScene.ada)
        }
        let whole = try scene.client.open(try scene.client.take("message") { $0["id"] == open })
        #expect(whole.hasViewOnceMessageV2 && whole.viewOnceMessageV2.message.imageMessage.viewOnce)
    }

    @Test("What is to be seen once in a group reaches phones under the sender key, and companions as a placeholder")
    func viewOnceInGroup() throws {
        let scene = try GroupScene()
        try scene.settle()
        var utterance = Utterance(.media(Self.picture, .image))
        utterance.isViewOnce = true
        let id = try scene.bench.drive {
            try $0.say(utterance, from: DeviceAddress(GroupScene.bob), to: GroupScene.id)
        }
        let node = try scene.client.take("message") { $0["id"] == id }
        #expect(node.children("enc").isEmpty && node.child("unavailable") != nil)
        #expect(try scene.bench.server.inboxMessage(id, of: DeviceAddress(GroupScene.cy)).content.isViewOnce)
        let said = try scene.bench.drive {
            try $0.say("and now", from: DeviceAddress(GroupScene.bob), to: GroupScene.id)
        }
        let text = try scene.client.openGroup(try scene.client.take("message") { $0["id"] == said })
        #expect(text?.conversation == "and now", "the key comes with the next message for all")
        #expect(scene.bench.violations.isEmpty)
    }

    private static let picture = ShownMedia(
        file: MediaFile(
            directPath: "/v/x", url: nil, mediaKey: [UInt8](repeating: 7, count: 32),
            fileSHA256: [UInt8](repeating: 1, count: 32), encryptedFileSHA256: [UInt8](repeating: 2, count: 32),
            byteCount: 3, purpose: .image), mimetype: "image/jpeg")
}
