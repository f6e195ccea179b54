import NIOCore
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
        // Compared as text, these would take minutes: sorting the marks is quadratic.
        let marks = String(repeating: "\u{301}\u{323}", count: 60_000)
        let names = (0..<4).map { #""c\#(marks)\#($0)":1"# }.joined(separator: ",")
        let bodies = [
            "{\(names),\"chatId\":\"\(marks)\",\"text\":\"\(marks)\",\"c\":[\"\(marks)\",\"\(marks)1\"]}",
            "c\(marks)=1&c\(marks)=2&chatId[]=\(marks)",
        ]
        let clock = ContinuousClock()
        let took = clock.measure {
            for (body, type) in zip(bodies, ["application/json", "application/x-www-form-urlencoded"]) {
                #expect(!Self.judge(ByteBuffer(string: body), type))
            }
        }
        #expect(took < .seconds(10))
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
