import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SimulatorServer
import TestSupport
import Testing
import WASimulator

@Suite("Conversations through the control API")
struct ConversationAPITests {
    private static let one = "628111111111"
    private static let two = "628111111112"

    private func call(
        _ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil, on simulator: RunningSimulator
    ) async throws -> ControlAnswer {
        try await ControlAnswer.call(method, path, body, on: simulator)
    }

    private func withPhones(_ body: @Sendable (RunningSimulator) async throws -> Void) async throws {
        try await withSimulator(controlPort: 0) { simulator in
            try await simulator.host.drive { server, _ in
                try server.addPhone(Self.one)
                try server.addPhone(Self.two)
            }
            try await body(simulator)
        }
    }

    /// Says something from the first phone to the second, or the other way.
    private func say(
        _ what: [String: Any], back: Bool = false, on simulator: RunningSimulator
    ) async throws -> String {
        let said = try await call(
            .POST, "/phones/\(back ? Self.two : Self.one)/say",
            what.merging(["to": back ? Self.one : Self.two]) { $1 }, on: simulator)
        #expect(said.status == 201, "\(what): \(said.json)")
        return try #require(said.json["id"] as? String)
    }

    private func shown(_ id: String, back: Bool = false, on simulator: RunningSimulator) async throws -> [String: Any] {
        try await call(.GET, "/phones/\(back ? Self.one : Self.two)/inbox/\(id)", on: simulator).json
    }

    private static let rows = [["id": "a", "text": "Tea"], ["id": "b", "text": "Coffee", "description": "black"]]

    @Test("Every form of choices is said and shown, and chosen from")
    func choices() async throws {
        try await withPhones { simulator in
            let forms: [(String, [String: Any])] = [
                ("buttons", ["text": "?", "choices": Self.rows]), ("template", ["text": "?", "choices": Self.rows]),
                ("interactive", ["text": "?", "choices": Self.rows]),
                ("list", ["title": "?", "buttonText": "Open", "sections": [["title": "Hot", "rows": Self.rows]]]),
            ]
            for (form, fields) in forms {
                let id = try await say(fields.merging(["type": form]) { $1 }, on: simulator)
                let entry = try await shown(id, on: simulator)
                #expect(entry["type"] as? String == form && entry["text"] as? String == "?")
                let sections = (entry["choices"] as? [String: Any])?["sections"] as? [[String: Any]]
                let ids = (sections?.first?["rows"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
                #expect(ids == ["a", "b"])
                let reply = try await say(["type": "choose", "id": id, "choice": "b"], back: true, on: simulator)
                let chosen = try await shown(reply, back: true, on: simulator)
                #expect((chosen["choice"] as? [String: Any])?["text"] as? String == "Coffee")
                #expect((chosen["quoted"] as? [String: Any])?["id"] as? String == id)
            }
        }
    }

    @Test("Orders, products, events and what is encrypted are shown with all they say")
    func offers() async throws {
        try await withPhones { simulator in
            let order = try await say(
                [
                    "type": "order", "orderId": "O1", "title": "Teas", "itemCount": 2, "currency": "IDR",
                    "amount1000": 42_000, "status": "accepted",
                ], on: simulator)
            let shownOrder = try await shown(order, on: simulator)["order"] as? [String: Any]
            #expect(shownOrder?["totalAmount1000"] as? Int == 42_000 && shownOrder?["status"] as? String == "accepted")
            let product = try await say(
                ["type": "product", "productId": "P1", "title": "Tea", "currency": "IDR", "amount1000": 21_000],
                on: simulator)
            #expect((try await shown(product, on: simulator)["product"] as? [String: Any])?["id"] as? String == "P1")
            let event = try await say(
                [
                    "type": "event", "name": "Party", "startSeconds": 1_800_000_000, "latitude": -6.2,
                    "longitude": 106.8,
                ],
                on: simulator)
            _ = try await say(["type": "eventResponse", "id": event, "response": "going"], back: true, on: simulator)
            let said = try await call(.GET, "/phones/\(Self.one)/said/\(event)", on: simulator).json
            #expect(((said["changes"] as? [String: Any])?["responses"] as? [[String: Any]])?.count == 1)
            let text = try await say(["text": "helo"], on: simulator)
            let edit = try await say(
                ["type": "edit", "id": text, "text": "hello", "isEncrypted": true], on: simulator)
            let entry = try await shown(edit, on: simulator)
            #expect(entry["isEncrypted"] as? Bool == true && entry["text"] as? String == "hello")
            #expect(try await shown(text, on: simulator)["text"] as? String == "hello")
            // Field 12,345 holding one byte: nobody knows it.
            let raw = try await say(["type": "raw", "message": "yoMGAggB"], on: simulator)
            #expect(try await shown(raw, on: simulator)["type"] as? String == "unknown")
        }
    }

    @Test("A call is made, waited for, rejected; presence and typing are shown, receipts are remembered")
    func signs() async throws {
        try await withPhones { simulator in
            let call = try await call(
                .POST, "/phones/\(Self.one)/calls", ["to": Self.two, "isVideo": true], on: simulator)
            let id = try #require(call.json["id"] as? String)
            #expect(call.status == 201 && call.json["state"] as? String == "ringing")
            async let ended = self.call(
                .GET, "/phones/\(Self.one)/calls/\(id)?until=answered&waitSeconds=20", on: simulator)
            let rejected = try await self.call(.POST, "/phones/\(Self.two)/calls/\(id)/reject", on: simulator)
            #expect(rejected.json["state"] as? String == "rejected")
            #expect(try await ended.json["answeredBy"] as? String == "\(Self.two):0")

            _ = try await self.call(.POST, "/phones/\(Self.two)/subscribe", ["to": Self.one], on: simulator)
            _ = try await self.call(.POST, "/phones/\(Self.one)/presence", ["isAvailable": true], on: simulator)
            _ = try await self.call(
                .POST, "/phones/\(Self.one)/presence", ["isAvailable": false, "lastSeen": "deny"], on: simulator)
            let people = try await self.call(
                .GET, "/phones/\(Self.two)/presence?of=\(Self.one)&until=unavailable&waitSeconds=20", on: simulator)
            #expect((people.json["people"] as? [[String: Any]])?.first?["lastSeen"] as? String == "deny")
            _ = try await self.call(
                .POST, "/phones/\(Self.one)/typing", ["to": Self.two, "state": "recording"], on: simulator)
            let states = try await self.call(
                .GET, "/phones/\(Self.two)/chat-states?waitSeconds=20", on: simulator)
            #expect((states.json["states"] as? [[String: Any]])?.first?["state"] as? String == "recording")

            let text = try await say(["text": "halo"], on: simulator)
            _ = try await self.call(
                .POST, "/phones/\(Self.two)/receipts", ["ids": [text], "type": "played"], on: simulator)
            let played = try await self.call(
                .GET, "/phones/\(Self.one)/receipts?id=\(text)&type=played&waitSeconds=20", on: simulator)
            #expect((played.json["receipts"] as? [[String: Any]])?.first?["by"] as? String == "\(Self.two):0")
        }
    }

    @Test("Channels and status posts are said like messages; a number is changed")
    func places() async throws {
        try await withPhones { simulator in
            let channel = try await call(
                .POST, "/channels", ["name": "Tea", "owner": Self.one, "followers": [Self.two]], on: simulator)
            let jid = try #require(channel.json["jid"] as? String)
            #expect(channel.status == 201 && jid.hasSuffix("@newsletter"))
            let post = try await call(.POST, "/phones/\(Self.one)/say", ["to": jid, "text": "news"], on: simulator)
            #expect(post.status == 201)
            let id = try #require(channel.json["id"] as? String)
            _ = try await call(
                .POST, "/channels/\(id)/reactions", ["serverId": 100, "emoji": "👍", "count": 3], on: simulator)
            let posts = try await call(.GET, "/channels/\(id)/messages", on: simulator).json["messages"]
            #expect(((posts as? [[String: Any]])?.first?["reactions"] as? [String: Int]) == ["👍": 3])
            _ = try await call(.PUT, "/phones/\(Self.one)/status-audience", ["members": [Self.two]], on: simulator)
            _ = try await call(
                .POST, "/phones/\(Self.one)/say", ["to": "status@broadcast", "text": "sunny"], on: simulator)
            let moved = try await call(
                .POST, "/phones/\(Self.two)/change-number", ["number": "+62 899-9999-9999"], on: simulator)
            #expect(moved.json["number"] as? String == "6289999999999")
            let inbox = try await call(.GET, "/phones/6289999999999/inbox", on: simulator).json["messages"]
            let texts = (inbox as? [[String: Any]])?.map { $0["text"] as? String }
            #expect(texts == ["news", "sunny"])
        }
    }

    @Test(
        "What makes no sense is a 4xx that names it",
        arguments: [
            ("POST", "/phones/628111111111/receipts", #"{"ids": [], "type": "seen"}"#, 400, "badRequest"),
            ("POST", "/phones/628111111111/typing", #"{"to": "628111111112", "state": "x"}"#, 400, "badRequest"),
            ("POST", "/phones/628111111111/presence", #"{"isAvailable": true, "lastSeen": "x"}"#, 400, "badRequest"),
            ("POST", "/phones/628111111111/calls", #"{"to": "628999999999"}"#, 404, "unknownRecipient"),
            ("POST", "/phones/628111111111/calls/X/end", "{}", 404, "unknownCall"),
            (
                "POST", "/phones/628111111111/say", #"{"to": "628111111112", "type": "raw", "message": "??"}"#, 400,
                "badRequest"
            ),
            ("POST", "/phones/628111111111/say", #"{"to": "628111111112", "type": "order"}"#, 400, "badRequest"),
            ("POST", "/phones/628111111111/change-number", #"{"number": "628111111112"}"#, 409, "phoneExists"),
            ("GET", "/channels/120363000000000000", nil, 404, "unknownChannel"),
            ("POST", "/phones/628111111111/devices/3/stanza", #"{"tag": "x"}"#, 404, "unknownDevice"),
        ] as [(String, String, String?, UInt, String)])
    func refusals(method: String, path: String, body: String?, status: UInt, error: String) async throws {
        try await withPhones { simulator in
            let json = try body.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] } ?? nil
            let answer = try await call(HTTPMethod(rawValue: method), path, json, on: simulator)
            #expect(answer.status == status && answer.json["error"] as? String == error, "\(answer.json)")
        }
    }
}
