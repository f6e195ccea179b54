import Foundation
import NIOCore
import TestSupport
import Testing

@testable import GatewayAPI

#if canImport(Glibc)
    import Glibc
#endif

/// Mutated bodies of every route go through everything that looks at a body; the process must live, and be quick.
struct HostileBodyTests {
    /// `OPENWA_MUTATIONS=1000000` for the long run.
    private static let longRun = ProcessInfo.processInfo.environment["OPENWA_MUTATIONS"].flatMap(Int.init)

    private static let originals: [String] = [
        #"{"chatId":"6281234567890@c.us","text":"Hello from OpenWA!"}"#,
        #"{"chatId":"6281234567890@c.us","text":"@628111111111 \ud83d\ude00 é","mentions":["628111111111@c.us"]}"#,
        #"{"name":"depot-1","config":{"autoRejectCalls":true,"maxReconnectAttempts":5,"nested":[{"a":[1.5e3,null]}]}}"#,
        #"{"chatId":"6281234567890@c.us","messageIds":["false_6281234567890@c.us_3EB0ABCD"]}"#,
        "chatId=6281234567890%40c.us&text=Hello+from%20OpenWA%21&mentions[]=628111111111%40c.us",
    ]

    @Test("Mutated bodies are read or refused, each within ten milliseconds of processor time")
    func mutations() {
        withSeed { random in
            let count = Self.longRun ?? 10_000
            let residentBefore = Self.residentByteCount()
            var (slowest, obeyed) = (Duration.zero, 0)
            for _ in 0..<count {
                let original = Self.originals.randomElement(using: &random)!
                let type = original.hasPrefix("{") ? "application/json" : "application/x-www-form-urlencoded"
                let body = ByteBuffer(bytes: JSONFuzz.damaged(Array(original.utf8), using: &random))
                let start = Self.threadTime()
                if Self.judge(body, type) { obeyed += 1 }
                slowest = max(slowest, Self.threadTime() - start)
            }
            print("\(count) mutated bodies, \(obeyed) obeyed, the slowest took \(slowest)")
            #expect(slowest < .milliseconds(10))
            #expect(obeyed > 0 && obeyed < count, "mutations should neither all pass nor all fail")
            if Self.longRun != nil {
                #expect(Self.residentByteCount() - residentBefore < 64 << 20)
            }
        }
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

    /// The process's memory in physical pages, from the second figure of `/proc/self/statm`.
    private static func residentByteCount() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func threadTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
