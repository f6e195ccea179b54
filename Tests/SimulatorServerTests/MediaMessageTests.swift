import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SimulatorServer
import TestSupport
import Testing
import WACrypto
import WASimulator

@Suite("Media and other messages through the control API")
struct MediaMessageTests {
    private struct Answer {
        let status: UInt
        let bytes: [UInt8]

        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        }
    }

    private func call(
        _ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil, on simulator: RunningSimulator
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: try #require(simulator.controlURL) + path)
        request.method = method
        if let body { request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body))) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Answer(status: response.status.code, bytes: [UInt8](bytes.readableBytesView))
    }

    private let one = "628111111111"
    private let two = "628111111112"

    private func withPhones(_ body: @Sendable (RunningSimulator) async throws -> Void) async throws {
        try await withSimulator(controlPort: 0) { simulator in
            try await simulator.host.drive { server, _ in
                try server.addPhone("628111111111")
                try server.addPhone("628111111112")
            }
            try await body(simulator)
        }
    }

    /// Says something and returns what the other phone shows of it.
    private func shown(_ what: [String: Any], on simulator: RunningSimulator) async throws -> [String: Any] {
        let said = try await call(.POST, "/phones/\(one)/say", what.merging(["to": two]) { $1 }, on: simulator)
        #expect(said.status == 201, "\(String(decoding: said.bytes, as: UTF8.self))")
        let id = try #require(try said.json()["id"] as? String)
        return try await call(
            .GET, "/phones/\(two)/inbox/\(id)?until=downloaded&waitSeconds=20", on: simulator
        ).json()
    }

    private static let thumbnail = Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16]).base64EncodedString()

    @Test(
        "Each kind of file is uploaded, said, downloaded, checked and shown with its SHA-256",
        arguments: ["image", "video", "gif", "roundVideo", "audio", "document"])
    func files(type: String) async throws {
        try await withPhones { simulator in
            let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let message = try await shown(
                [
                    "type": type, "base64": Data(bytes).base64EncodedString(), "caption": "Look", "fileName": "f.bin",
                    "width": 320, "height": 240, "seconds": 2, "thumbnail": Self.thumbnail,
                ], on: simulator)
            #expect(message["type"] as? String == type)
            let media = try #require(message["media"] as? [String: Any])
            #expect(media["state"] as? String == "downloaded")
            #expect(media["byteCount"] as? Int == 150_000)
            let digest = Digest.sha256(bytes).map { String(format: "%02x", $0) }.joined()
            #expect(media["sha256"] as? String == digest)
            let text = try #require(message["message"] as? String)
            let encoded = try #require(Data(base64Encoded: text))
            #expect(
                encoded.firstRange(of: Data("https://\(simulator.media.host)/v/".utf8)) != nil,
                "some clients download from the host that the message names")
            let id = try #require(message["id"] as? String)
            let file = try await call(.GET, "/phones/\(two)/inbox/\(id)/media", on: simulator)
            #expect(file.status == 200 && file.bytes == bytes)
            _ = try await call(.POST, "/media/expire", [:], on: simulator)
            let later = try await call(.GET, "/phones/\(two)/inbox/\(id)/media", on: simulator)
            #expect(later.bytes == bytes, "a phone keeps what it has downloaded")
            #expect(await simulator.violations().isEmpty)
        }
    }

    @Test("Polls, places, cards, replies, reactions, edits and deletions are shown, and change what they are about")
    func others() async throws {
        try await withPhones { simulator in
            let first = try await shown(["text": "first"], on: simulator)
            let id = try #require(first["id"] as? String)
            let place = try await shown(["type": "location", "latitude": -6.2, "longitude": 106.8, "name": "J"], on: simulator)
            #expect((place["location"] as? [String: Any])?["latitude"] as? Double == -6.2)
            let card = try await shown(["type": "contact", "name": "John", "number": "+62 898"], on: simulator)
            #expect((card["contacts"] as? [[String: Any]])?.first?["number"] as? String == "62898")
            let poll = try await shown(
                ["type": "poll", "question": "Lunch?", "options": ["Yes", "No"]], on: simulator)
            #expect((poll["poll"] as? [String: Any])?["options"] as? [String] == ["Yes", "No"])
            let reply = try await shown(["text": "second", "quotedId": id, "forwardingScore": 1], on: simulator)
            #expect((reply["quoted"] as? [String: Any])?["text"] as? String == "first")
            #expect(reply["forwardingScore"] as? Int == 1)
            _ = try await shown(["type": "reaction", "id": id, "emoji": "👍"], on: simulator)
            _ = try await shown(["type": "edit", "id": id, "text": "First"], on: simulator)
            _ = try await shown(["type": "vote", "id": try #require(poll["id"]), "options": ["No"]], on: simulator)
            let changed = try await call(.GET, "/phones/\(two)/inbox/\(id)", on: simulator).json()
            #expect(changed["text"] as? String == "First")
            #expect((changed["reactions"] as? [[String: Any]])?.first?["emoji"] as? String == "👍")
            #expect((changed["edits"] as? [[String: Any]])?.first?["formerText"] as? String == "first")
            _ = try await shown(["type": "revoke", "id": id], on: simulator)
            let gone = try await call(.GET, "/phones/\(two)/inbox/\(id)", on: simulator).json()
            #expect(gone["isRevoked"] as? Bool == true && gone["text"] == nil)
            #expect(await simulator.violations().isEmpty)
        }
    }

    /// What can be wrong with a file or with what its message says about it.
    enum Flaw: String, CaseIterable { case notFound, wrongMAC, wrongEncryptedHash, wrongPlaintextHash, wrongLength }

    @Test("A file that is not what its message says is shown as failed, and is a violation", arguments: Flaw.allCases)
    func flaws(flaw: Flaw) async throws {
        try await withPhones { simulator in
            let mediaKey = [UInt8](repeating: 1, count: 32)
            var (file, summary) = try MediaCipher.encrypt(
                Array("nine byte".utf8), keys: try MediaKeys(mediaKey: mediaKey, purpose: .image))
            if flaw == .wrongMAC { file[file.count - 1] ^= 1 }
            let path = try await upload(file, to: simulator)
            let media = ShownMedia(
                file: MediaFile(
                    directPath: flaw == .notFound ? "/v/t62.7118-24/none" : path, url: nil, mediaKey: mediaKey,
                    fileSHA256: flaw == .wrongPlaintextHash ? [UInt8](repeating: 2, count: 32) : summary.fileSHA256,
                    encryptedFileSHA256: flaw == .wrongEncryptedHash
                        ? [UInt8](repeating: 3, count: 32) : Digest.sha256(file),
                    byteCount: flaw == .wrongLength ? 10 : 9, purpose: .image),
                mimetype: "image/jpeg")
            let id = try await simulator.host.drive { server, _ in
                try server.say(
                    Utterance(.media(media, .image)), from: DeviceAddress("628111111111"), to: "628111111112")
            }
            let message = try await call(
                .GET, "/phones/\(two)/inbox/\(id)?until=downloaded&waitSeconds=20", on: simulator
            ).json()
            let shown = try #require(message["media"] as? [String: Any])
            #expect(shown["state"] as? String == "failed" && shown["failure"] as? String == flaw.rawValue)
            #expect(shown["sha256"] == nil)
            #expect(try await call(.GET, "/phones/\(two)/inbox/\(id)/media", on: simulator).status == 409)
            #expect(await simulator.violations().contains { $0.kind == .media })
        }
    }

    private func upload(_ file: [UInt8], to simulator: RunningSimulator) async throws -> String {
        let token = Data(Digest.sha256(file)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let auth = await simulator.host.drive { server, _ in server.mediaAuthorization }
        return try await withHTTPS(trusting: simulator) { https in
            let url = "https://\(simulator.media.host)/mms/image/\(token)?auth=\(auth)&token=\(token)"
            return try #require(try await https.call(.POST, url, file).json["direct_path"])
        }
    }

    @Test(
        "What a phone cannot say is a 4xx that names the field",
        arguments: [
            (["type": "image"], 400, "base64"), (["type": "sounds"], 400, "sounds"),
            (["type": "location", "latitude": "1"], 400, "latitude"), (["type": "reaction", "emoji": "x"], 400, "id"),
            (["type": "revoke", "id": "NONE"], 404, "NONE"), ([:], 400, "text"),
        ] as [([String: String], UInt, String)])
    func refusals(body: [String: String], status: UInt, word: String) async throws {
        try await withPhones { simulator in
            let answer = try await call(
                .POST, "/phones/\(one)/say", body.merging(["to": two]) { $1 }, on: simulator)
            #expect(answer.status == status)
            #expect(String(decoding: answer.bytes, as: UTF8.self).contains(word))
        }
    }
}
