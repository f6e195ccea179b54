import Gateway
import NIOCore
import StrictJSON
import TestSupport
import Testing

@testable import GatewayAPI

/// Mutated bodies of every route go through everything that looks at a body; the process must live.
struct HostileBodyTests {
    private static let originals: [String] = [
        #"{"chatId":"6281234567890@c.us","text":"Hello from OpenWA!"}"#,
        #"{"chatId":"6281234567890@c.us","text":"@628111111111 \ud83d\ude00 é","mentions":["628111111111@c.us"]}"#,
        #"{"name":"depot-1","config":{"autoRejectCalls":true,"maxReconnectAttempts":5,"nested":[{"a":[1.5e3,null]}]}}"#,
        #"{"chatId":"6281234567890@c.us","messageIds":["false_6281234567890@c.us_3EB0ABCD"]}"#,
        "chatId=6281234567890%40c.us&text=Hello+from%20OpenWA%21&mentions[]=628111111111%40c.us",
    ]

    @Test("Mutated bodies are read or refused")
    func mutations() {
        var (count, obeyed) = (0, 0)
        withMutations(of: Self.originals.map { Array($0.utf8) }) { original, random in
            JSONFuzz.damaged(original, using: &random)
        } _: { body, _ in
            count += 1
            let type = body.first == UInt8(ascii: "c") ? "application/x-www-form-urlencoded" : "application/json"
            if Self.judge(ByteBuffer(bytes: body), type) { obeyed += 1 }
        }
        #expect(obeyed > 0 && obeyed < count, "mutations should neither all pass nor all fail")
    }

    @Test("Names and texts of combining marks cost no more than others of their length")
    func combiningMarks() {
        // Compared as text, marks must be sorted, which takes hundreds of times as long.
        func cost(_ unit: String) -> Duration {
            let run = String(repeating: unit, count: 20_000)
            let names = (0..<4).map { "\"c\(run)\($0)\":1" }.joined(separator: ",")
            let json = "{\(names),\"chatId\":\"\(run)\",\"text\":\"\(run)\",\"x\":[\"\(run)\",\"\(run)1\"]}"
            let mentions = "{\"mentions\":[\"1@\(run)\",\"2@\(run)\"]}"
            let form = "c\(run)=1&c\(run)=2&chatId[]=\(run)"
            let header = "Content-Disposition: form-data; name=\"\(run.prefix(2_000))\"; filename=\"f\""
            let parts = String(repeating: "--B\r\n\(header)\r\n\r\nx\r\n", count: 50) + "--B--\r\n"
            return processorTime {
                #expect(!Self.judge(ByteBuffer(string: mentions), "application/json"))
                #expect(!Self.judgeMultipart(Array(parts.utf8)))
                #expect(!Self.judge(ByteBuffer(string: json), "application/json"))
                #expect(!Self.judge(ByteBuffer(string: form), "application/x-www-form-urlencoded"))
                // Chat routes put up with anything around an `@`.
                #expect(Self.judge(ByteBuffer(string: "{\"chatId\":\"1@\(run)\"}"), "application/json"))
                #expect(!ProblemPreference.isPreferred(run))
                #expect(ByteRange(run, byteCount: 1) == .whole)
                #expect(MediaReply.inertType(of: "image/" + run) == "application/octet-stream")
                #expect(ClientAddresses(trustedProxies: ["127.0.0.1"]).client(peer: "127.0.0.1", forwardedFor: run) == "127.0.0.1")
            }
        }
        #expect(cost("\u{301}\u{323}") < cost("\u{3B1}\u{3B2}") * 10 + .milliseconds(100))
    }

    private static func judgeMultipart(_ body: [UInt8]) -> Bool {
        let spool = MediaSpool(directory: "/nonexistent", maximumByteCount: 1)
        guard var reader = MultipartReader(contentType: "multipart/form-data; boundary=B", spool: spool) else { return false }
        return (try? body.withUnsafeBytes { try reader.feed($0) }) != nil
    }

    private static func judge(_ body: ByteBuffer, _ contentType: String) -> Bool {
        guard let content = try? RequestContent.reading(body, contentType: contentType) else { return false }
        var isObeyed = false
        if let values = try? content.values(for: SendTextBody.fields) {
            _ = SendTextBody(values)
            isObeyed = true
        }
        if let values = try? content.values(for: CreateSessionBody.fields) {
            _ = CreateSessionBody(values).config?.json
            isObeyed = true
        }
        if let values = try? content.values(for: MarkReadBody.fields) {
            _ = MarkReadBody(values)
            isObeyed = true
        }
        return isObeyed
    }
}
