import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import GatewayAPI

struct AccessLogTests {
    @Test("Each request leaves one line: route, status and ids, but no key, number, text or query")
    func lines() async throws {
        let lines = LogLines()
        try await withGateway { fixture in
            var logger = Logger(label: "test") { _ in lines }
            logger.logLevel = .info
            let application = APIApplication.make(fixture.gateway, configuration: APIConfiguration(), logger: logger)
            try await application.test(.router) { client in
                let caller = TestCaller(client: client, key: fixture.adminKey)
                _ = try await caller.post(
                    "/api/sessions/secret-shop/messages/send-text?token=hidden",
                    #"{"chatId":"6281234567890@c.us","text":"meet at noon"}"#, [.requestID: "r-1"])
                _ = try await caller.get("/api/sessions/secret-shop/contacts/check/628111111111")
                _ = try await caller.get("/api/6281234567890/nowhere")
            }
            let text = lines.all.joined(separator: "\n")
            #expect(lines.all.count == 3)
            for secret in ["6281", fixture.adminKey, "noon", "hidden", "secret-shop"] { #expect(!text.contains(secret)) }
            #expect(lines.all[0].contains("route=/api/sessions/{sessionId}/messages/send-text"))
            #expect(lines.all[0].contains("status=400") && lines.all[0].contains("request=r-1"))
            #expect(lines.all[0].contains("key="))
            #expect(lines.all[1].contains("route=/api/sessions/{sessionId}/contacts/check/{number}"))
            #expect(lines.all[2].contains("status=404"))
        }
    }

    @Test("Without a level nothing is logged")
    func silent() async throws {
        let lines = LogLines()
        try await withGateway { fixture in
            var logger = Logger(label: "test") { _ in lines }
            logger.logLevel = .info
            let application = APIApplication.make(
                fixture.gateway, configuration: APIConfiguration(accessLogLevel: nil), logger: logger)
            try await application.test(.router) { client in
                _ = try await TestCaller(client: client, key: nil).get("/api/health")
            }
        }
        #expect(lines.all.isEmpty)
    }
}

/// Keeps what is logged, as `message name=value …`.
private final class LogLines: LogHandler {
    private let stored = Mutex<[String]>([])

    var all: [String] { stored.withLock { $0 } }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        stored.withLock { $0.append(([event.message.description] + pairs).joined(separator: " ")) }
    }
}
