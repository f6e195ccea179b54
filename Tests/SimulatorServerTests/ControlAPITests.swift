import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SimulatorServer
import TestSupport
import Testing
import WASimulator

@Suite("The simulator's control API")
struct ControlAPITests {
    private func call(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, on simulator: RunningSimulator
    ) async throws -> (status: UInt, json: NSDictionary) {
        var request = HTTPClientRequest(url: try #require(simulator.controlURL) + path)
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        guard bytes.readableBytes > 0 else { return (response.status.code, [:]) }
        let json = try JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? NSDictionary
        return (response.status.code, try #require(json))
    }

    @Test("Phones are made one by one or many at once, and listed by number")
    func phones() async throws {
        try await withSimulator(controlPort: 0) { simulator in
            let one = try await call(.POST, "/phones", #"{"number": "+62 811-1111-11", "name": "Budi"}"#, on: simulator)
            #expect(one.status == 201)
            let many = try await call(.POST, "/phones", #"{"number": "628550200000", "count": 3}"#, on: simulator)
            #expect(many.status == 201)
            let list = try await call(.GET, "/phones", on: simulator)
            let numbers = (list.json["phones"] as? [NSDictionary])?.compactMap { $0["number"] as? String }
            #expect(numbers == ["62811111111", "628550200000", "628550200001", "628550200002"])
        }
    }

    @Test(
        "What cannot be done is a 4xx with a word for programs",
        arguments: [
            ("POST", "/phones", #"{"number": "12"}"#, 400, "invalidNumber"),
            ("POST", "/phones", #"{"number": "628111111111"}"#, 409, "phoneExists"),
            ("POST", "/phones", "{}", 400, "badRequest"),
            ("POST", "/phones", #"{"number": "18446744073709551615", "count": 2}"#, 400, "invalidNumber"),
            (
                "PUT", "/phones/628111111111/history", #"{"chats": 1, "newestSeconds": 9223372036854775807}"#, 400,
                "wrongFigure"
            ),
            ("PUT", "/faults", #"{"recoveryMilliseconds": 9223372036854775807}"#, 400, "badRequest"),
            ("PUT", "/faults", #"{"delayMilliseconds": [0, 9223372036854775807]}"#, 400, "badRequest"),
            ("POST", "/phones/628111111111/devices/0/ask-digest", nil, 404, "unknownDevice"),
            ("GET", "/phones/628999999999", nil, 404, "unknownPhone"),
            ("POST", "/scan", #"{"phone": "628111111111", "qr": "nonsense"}"#, 400, "unreadableQRCode"),
            ("POST", "/phones/628111111111/say", #"{"to": "628999999999", "text": "x"}"#, 404, "unknownRecipient"),
            ("POST", "/phones/628111111111/read", #"{"ids": ["X"]}"#, 404, "unknownMessage"),
            ("GET", "/phones/628111111111/inbox?waitSeconds=1000", nil, 400, "badRequest"),
            ("PUT", "/faults", #"{"cuts": 1001}"#, 400, "badRequest"),
            ("GET", "/groups/120363021234567890", nil, 404, "unknownGroup"),
            ("POST", "/groups", #"{"subject": "x", "members": ["628111111111"], "id": "12"}"#, 400, "invalidGroup"),
            ("POST", "/groups", #"{"subject": "x", "members": ["628999999999"]}"#, 404, "unknownPhone"),
            ("POST", "/groups", #"{"subject": "", "members": ["628111111111"]}"#, 409, "refusedInGroup"),
            ("POST", "/groups", #"{"members": ["628111111111"]}"#, 400, "badRequest"),
            ("GET", "/nowhere", nil, 404, "unknownRoute"),
        ] as [(String, String, String?, UInt, String)])
    func refusals(method: String, path: String, body: String?, status: UInt, error: String) async throws {
        try await withSimulator(controlPort: 0) { simulator in
            try await simulator.host.drive { server, _ in try server.addPhone("628111111111") }
            let answer = try await call(HTTPMethod(rawValue: method), path, body, on: simulator)
            #expect(answer.status == status)
            #expect(answer.json["error"] as? String == error)
            #expect((answer.json["message"] as? String)?.isEmpty == false)
        }
    }

    @Test("A phone says something to another: it is in the inbox, and the sender learns that it was delivered and read")
    func talk() async throws {
        try await withSimulator(controlPort: 0) { simulator in
            _ = try await call(.POST, "/phones", #"{"number": "628111111111", "count": 2}"#, on: simulator)
            let said = try await call(
                .POST, "/phones/628111111111/say", #"{"to": "628111111112", "text": "halo"}"#, on: simulator)
            let id = try #require(said.json["id"] as? String)
            let inbox = try await call(.GET, "/phones/628111111112/inbox?after=0&waitSeconds=10", on: simulator)
            let messages = try #require(inbox.json["messages"] as? [NSDictionary])
            #expect(messages.map { $0["text"] as? String } == ["halo"])
            #expect(messages.map { $0["id"] as? String } == [id])
            _ = try await call(.POST, "/phones/628111111112/read", #"{"ids": ["\#(id)"]}"#, on: simulator)
            let read = try await call(
                .GET, "/phones/628111111111/said/\(id)?until=read&waitSeconds=10", on: simulator)
            let devices = try #require(read.json["devices"] as? [NSDictionary])
            #expect(devices.contains { $0["readMilliseconds"] is NSNumber })
        }
    }

    @Test("A wait for a message ends when the message comes")
    func longPoll() async throws {
        try await withSimulator(controlPort: 0) { simulator in
            _ = try await call(.POST, "/phones", #"{"number": "628111111111", "count": 2}"#, on: simulator)
            async let inbox = call(.GET, "/phones/628111111112/inbox?after=0&waitSeconds=30", on: simulator)
            _ = try await call(
                .POST, "/phones/628111111111/say", #"{"to": "628111111112", "text": "now"}"#, on: simulator)
            let messages = try #require(try await inbox.json["messages"] as? [NSDictionary])
            #expect(messages.map { $0["text"] as? String } == ["now"])
        }
    }

    @Test("A fault plan is set, shown and cleared")
    func faults() async throws {
        try await withSimulator(controlPort: 0) { simulator in
            let set = try await call(
                .PUT, "/faults", #"{"seed": 9, "cuts": 100, "cutByteCounts": [5, 50]}"#, on: simulator)
            #expect(set.json["cuts"] as? Int == 100)
            #expect(set.json["cutByteCounts"] as? [Int] == [5, 50])
            let cleared = try await call(.DELETE, "/faults", on: simulator)
            #expect(cleared.json["cuts"] as? Int == 0)
        }
    }

    @Test("A group is made and changed, and what is said in it is in everybody's inbox under its address")
    func groups() async throws {
        try await withSimulator(controlPort: 0) { simulator in
            _ = try await call(.POST, "/phones", #"{"number": "628111111111", "count": 4}"#, on: simulator)
            let made = try await call(
                .POST, "/groups",
                #"{"subject": "Tea", "members": ["628111111111", "+62 811-1111-112"], "id": "120363021234567890"}"#,
                on: simulator)
            #expect(made.status == 201)
            #expect(made.json["jid"] as? String == "120363021234567890@g.us")
            let group = "/groups/120363021234567890"
            let added = try await call(
                .POST, group + "/add", #"{"members": ["628111111113", "628111111112"]}"#, on: simulator)
            let results = try #require(added.json["results"] as? [NSDictionary])
            #expect(results.map { $0["refusal"] as? Int } == [nil, 409])
            let renamed = try await call(
                .PUT, group + "@g.us/subject", #"{"subject": "Coffee", "actor": "628111111112"}"#, on: simulator)
            #expect(renamed.json["subject"] as? String == "Coffee")
            let said = try await call(
                .POST, "/phones/628111111112/say", #"{"to": "120363021234567890@g.us", "text": "halo"}"#, on: simulator)
            #expect(said.json["chat"] as? String == "120363021234567890@g.us")
            let inbox = try await call(.GET, "/phones/628111111113/inbox?after=0&waitSeconds=10", on: simulator)
            let messages = try #require(inbox.json["messages"] as? [NSDictionary])
            #expect(messages.map { $0["chat"] as? String } == ["120363021234567890@g.us"])
            #expect(messages.map { $0["sender"] as? String } == ["628111111112:0"])
            let settled = try await call(
                .PATCH, group, #"{"isAnnouncement": true, "description": "Hot", "onlyAdminsAdd": true}"#, on: simulator)
            #expect(settled.json["isAnnouncement"] as? Bool == true && settled.json["description"] as? String == "Hot")
            let silent = try await call(
                .POST, "/phones/628111111112/say", #"{"to": "120363021234567890", "text": "x"}"#, on: simulator)
            #expect(silent.status == 409 && silent.json["error"] as? String == "refusedInGroup")
            for (action, count) in [("promote", 3), ("demote", 3), ("remove", 2)] {
                let done = try await call(.POST, "\(group)/\(action)", #"{"members": ["628111111113"]}"#, on: simulator)
                let members = (done.json["group"] as? NSDictionary)?["members"] as? [NSDictionary]
                #expect(members?.count == count, "\(action)")
            }
            let code = try #require(settled.json["inviteCode"] as? String)
            let joined = try await call(
                .POST, "/groups/join", #"{"code": "https://chat.whatsapp.com/\#(code)", "actor": "628111111114"}"#,
                on: simulator)
            #expect(joined.status == 204)
            let reset = try await call(.POST, group + "/reset-invite", on: simulator)
            #expect(reset.json["inviteCode"] as? String != code)
            let left = try await call(.POST, group + "/leave", #"{"actor": "628111111111"}"#, on: simulator)
            #expect((left.json["members"] as? [NSDictionary])?.first?["role"] as? String == "admin")
            let list = try await call(.GET, "/groups?member=628111111114", on: simulator)
            #expect((list.json["groups"] as? [NSDictionary])?.count == 1)
            #expect(await simulator.violations().isEmpty)
        }
    }
}
