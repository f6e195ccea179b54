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
            ("GET", "/phones/628999999999", nil, 404, "unknownPhone"),
            ("POST", "/scan", #"{"phone": "628111111111", "qr": "nonsense"}"#, 400, "unreadableQRCode"),
            ("POST", "/phones/628111111111/say", #"{"to": "628999999999", "text": "x"}"#, 404, "unknownRecipient"),
            ("POST", "/phones/628111111111/read", #"{"ids": ["X"]}"#, 404, "unknownMessage"),
            ("GET", "/phones/628111111111/inbox?waitSeconds=1000", nil, 400, "badRequest"),
            ("PUT", "/faults", #"{"cuts": 1001}"#, 400, "badRequest"),
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
}
