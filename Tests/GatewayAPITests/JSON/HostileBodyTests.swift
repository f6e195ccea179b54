import Foundation
import NIOCore
import Testing

@testable import GatewayAPI

#if canImport(Glibc)
import Glibc
#endif

/// Mutated bodies of every route go through everything that looks at a body; the process must live, and be quick.
struct HostileBodyTests {
    /// `OPENWA_MUTATIONS=1000000` for the long run.
    private static let count = ProcessInfo.processInfo.environment["OPENWA_MUTATIONS"].flatMap(Int.init) ?? 20_000

    private static let seeds: [String] = [
        #"{"chatId":"6281234567890@c.us","text":"Hello from OpenWA!"}"#,
        #"{"chatId":"6281234567890@c.us","text":"@628111111111 \ud83d\ude00 é","mentions":["628111111111@c.us"]}"#,
        #"{"name":"depot-1","config":{"autoRejectCalls":true,"maxReconnectAttempts":5,"nested":[{"a":[1.5e3,null]}]}}"#,
        #"{"chatId":"6281234567890@c.us","messageIds":["false_6281234567890@c.us_3EB0ABCD"]}"#,
        "chatId=6281234567890%40c.us&text=Hello+from%20OpenWA%21&mentions[]=628111111111%40c.us",
    ]

    @Test("Mutated bodies are read or refused, each within ten milliseconds of processor time")
    func mutations() {
        let seed = UInt64(20_260_625)
        var generator = SplitMix(seed: seed)
        var slowest: Duration = .zero
        var accepted = 0
        for _ in 0..<Self.count {
            let original = Self.seeds.randomElement(using: &generator)!
            let isForm = original.hasPrefix("chatId=")
            let body = ByteBuffer(bytes: JSONFuzz.damaged(Array(original.utf8), using: &generator))
            let start = Self.threadTime()
            if Self.judge(body, isForm ? "application/x-www-form-urlencoded" : "application/json") { accepted += 1 }
            slowest = max(slowest, Self.threadTime() - start)
        }
        print("\(Self.count) mutated bodies, seed \(seed), \(accepted) obeyed, the slowest took \(slowest)")
        #expect(slowest < .milliseconds(10), "seed \(seed)")
        #expect(accepted > 0 && accepted < Self.count, "mutations should neither all pass nor all fail")
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

    private static func threadTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
