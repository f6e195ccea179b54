import Foundation
import Gateway
import Testing
import WAProto
import WASimulator

@testable import SimulatorServer

@Suite("What becomes of everything that phones say", .timeLimit(.minutes(10)))
struct ReceivedKindsTests {
    private static let peer = World.peers[0]
    private static let chat = "\(World.peers[0])@c.us"

    private struct Case {
        /// As the simulator's control API takes it.
        let said: [String: Any]
        let type: String
        let body: String

        init(_ said: [String: Any], _ type: String, _ body: String) {
            self.said = said
            self.type = type
            self.body = body
        }
    }

    private static let rows = [["id": "a", "text": "Tea"], ["id": "b", "text": "Coffee"]]

    private static var plain: [Case] {
        [
            Case(["text": "halo"], "text", "halo"),
            Case(
                ["type": "link", "text": "see https://example.com", "link": "https://example.com", "title": "T"],
                "text", "see https://example.com"),
            Case(
                ["type": "location", "latitude": -6.2, "longitude": 106.8, "name": "Jakarta"], "location", "📍 Jakarta"),
            Case(
                ["type": "liveLocation", "latitude": -6.2, "longitude": 106.8, "caption": "Here"], "location", "📍 Here"),
            Case(["type": "contact", "name": "John Doe", "number": "628987654321"], "contact", "📇 John Doe"),
            Case(
                [
                    "type": "contacts",
                    "contacts": [
                        ["name": "Ani", "number": "628111222333"], ["name": "Budi", "number": "628111222334"],
                    ],
                ], "contact", "📇 Ani, Budi"),
            Case(["type": "poll", "question": "Tea?", "options": ["yes", "no"]], "poll", "📊 Tea?"),
            Case(["text": "soon gone", "expirationSeconds": 86_400], "text", "soon gone"),
        ]
    }

    private static var offers: [Case] {
        [
            Case(["type": "buttons", "text": "Which?", "choices": rows], "text", "Which?"),
            Case(["type": "template", "text": "Which?", "choices": rows], "text", "Which?"),
            Case(["type": "interactive", "text": "Which?", "choices": rows], "text", "Which?"),
            Case(
                [
                    "type": "list", "title": "Menu", "text": "Which?", "buttonText": "Open",
                    "sections": [["rows": rows]],
                ],
                "text", "Which?"),
            Case(
                [
                    "type": "order", "orderId": "O1", "title": "Teas", "itemCount": 2, "currency": "IDR",
                    "amount1000": 42_000, "text": "Please",
                ], "order", "Please"),
            Case(
                ["type": "product", "productId": "P1", "title": "Tea", "currency": "IDR", "amount1000": 21_000],
                "product", "Tea"),
            // Field 12,345 holding two bytes: nobody knows it.
            Case(["type": "raw", "message": "yoMGAggB"], "unknown", ""),
        ]
    }

    private static var files: [Case] {
        func file(_ path: String) -> String { Data(PlaygroundSites.pages[path]?.body ?? []).base64EncodedString() }
        return [
            Case(["type": "image", "base64": file("/image.jpg"), "caption": "Look"], "image", "Look"),
            Case(["type": "video", "base64": file("/video.mp4"), "caption": "Moving"], "video", "Moving"),
            Case(["type": "gif", "base64": file("/video.mp4")], "video", ""),
            Case(["type": "voice", "base64": file("/voice.ogg"), "seconds": 3], "voice", ""),
            Case(["type": "audio", "base64": file("/voice.ogg"), "mimetype": "audio/ogg"], "audio", ""),
            Case(["type": "document", "base64": file("/report.pdf"), "fileName": "r.pdf"], "document", "r.pdf"),
            Case(
                ["type": "document", "base64": file("/report.pdf"), "fileName": "r.pdf", "caption": "Read"], "document",
                "Read"),
            Case(["type": "sticker", "base64": file("/sticker.webp")], "sticker", ""),
        ]
    }

    @Test("Every kind is one row and one event that say the same")
    func kinds() async throws {
        try await withWorld(seed: 41) { world in
            for one in Self.plain + Self.offers + Self.files {
                let id = try await world.say(one.said, from: Self.peer)
                let event = try await world.event(.messageReceived) { ($0["id"] as? String)?.contains(id) == true }
                let row = try await world.row(id)
                #expect(row.type == one.type && row.body == one.body, "\(one.said["type"] ?? "text")")
                #expect(event["type"] as? String == one.type && event["body"] as? String == one.body)
                #expect(row.waMessageID == "false_\(Self.chat)_\(id)" && event["id"] as? String == row.waMessageID)
                #expect(row.from == Self.chat && row.chatID == Self.chat && row.direction == .incoming)
                #expect(event["timestamp"] as? Int64 == row.timestampSeconds && event["fromMe"] as? Bool == false)
            }
        }
    }

    @Test("In a group, under either addressing, the writer is named by phone number")
    func groups() async throws {
        try await withWorld(seed: 42) { world in
            for addressing in Addressing.allCases {
                let group = try await world.drive {
                    try $0.addGroup("Tea", members: World.peers + [World.ownNumber], addressing: addressing)
                }
                for one in Self.plain + Self.offers {
                    let id = try await world.say(one.said, from: Self.peer, to: group)
                    let row = try await world.row(id)
                    #expect(row.type == one.type && row.body == one.body, "\(one.said["type"] ?? "text")")
                    #expect(row.chatID == "\(group)@g.us" && row.author == Self.chat)
                }
            }
        }
    }

    @Test("A choice of ours to give is answered with its text, and quotes what was chosen from")
    func choice() async throws {
        try await withWorld(seed: 43) { world in
            let id = try await world.say(
                ["type": "buttons", "text": "Which?", "choices": Self.rows], from: Self.peer, to: World.peers[1])
            let reply = try await world.say(["type": "choose", "id": id, "choice": "b"], from: World.peers[1])
            let event = try await world.event(.messageReceived) { ($0["id"] as? String)?.contains(reply) == true }
            #expect(event["body"] as? String == "Coffee")
            #expect((event["quotedMessage"] as? [String: Any])?["body"] as? String == "Which?")
        }
    }

    @Test("What only the phone may say is not taken from others, and changes nothing", arguments: [0, 1, 2, 3])
    func crafted(which: Int) async throws {
        try await withWorld(seed: 44) { world in
            try await world.waitUntilNothingWaits()
            let before = try await world.gateway.messages(MessageQuery(session: World.session, limit: 100)).total
            let message = Self.craft(which)
            _ = try await world.drive {
                try $0.say(
                    Utterance(.raw(message, type: nil, mediaType: nil, edit: nil)), from: DeviceAddress(Self.peer),
                    to: World.ownNumber)
            }
            try await world.waitUntilNothingWaits()
            let row = try await world.hear("still here", from: Self.peer)
            #expect(row.body == "still here")
            let after = try await world.gateway.messages(MessageQuery(session: World.session, limit: 100))
            #expect(after.total == before + 1, "\(after.messages.map(\.body))")
            #expect(try await world.eventCount([.messageReceived, .messageEdited, .messageRevoked]) == 1)
            // The account's own phone objects as well to somebody who claims to be it.
            let objections = await world.drive { server in
                defer { server.forgetViolations() }
                return server.violations.map(\.kind)
            }
            #expect(objections == (which == 3 ? [.malformedContent] : []))
        }
    }

    private static func craft(_ which: Int) -> WAMessage {
        var message = WAMessage()
        switch which {
        case 0:
            message.protocolMessage.type = .historySyncNotification
            message.protocolMessage.historySyncNotification.syncType = .recent
            message.protocolMessage.historySyncNotification.initialHistBootstrapInlinePayload = Data([0x78, 0x9C, 3, 0])
        case 1:
            var key = WAAppStateSyncKey()
            key.keyID.keyID = Data([0, 0, 0, 0, 0, 9])
            key.keyData.keyData = Data(repeating: 7, count: 32)
            message.protocolMessage.type = .appStateSyncKeyShare
            message.protocolMessage.appStateSyncKeyShare.keys = [key]
        case 2:
            message.protocolMessage.type = .peerDataOperationRequestResponseMessage
            message.protocolMessage.peerDataOperationRequestResponseMessage.stanzaID = "3EB0"
        default:
            message.deviceSentMessage.destinationJid = "\(World.peers[1])@s.whatsapp.net"
            message.deviceSentMessage.message.conversation = "written by you"
        }
        return message
    }
}
