import GatewayAPI
import Logging
import Testing
import WAClient
import WACrypto
import WANoise

@testable import OpenWACommand

@Suite("The environment")
struct EnvironmentConfigurationTests {
    @Test("An empty environment gives the documented defaults")
    func defaults() throws {
        for environment in [[:], ["PORT": "", "API_MASTER_KEY": ""]] as [[String: String]] {
            let configuration = try EnvironmentConfiguration(environment)
            #expect(configuration.port == 2785)
            #expect(configuration.host == "127.0.0.1")
            #expect(configuration.dataDirectory == "data")
            #expect(configuration.masterKey == nil)
            #expect(configuration.sendAckTimeoutMilliseconds == 5_000)
            #expect(configuration.startsSessionsAtBoot)
            #expect(configuration.requestWindows.isEmpty)
            #expect(!configuration.answersScopeAsForbidden)
            #expect(configuration.bodyByteLimit == 26_214_400)
            #expect(configuration.endpoint.description == "wss://web.whatsapp.com:443/ws/chat")
        }
    }

    @Test("Every variable is read")
    func reads() throws {
        let configuration = try EnvironmentConfiguration([
            "PORT": "8080", "BIND_HOST": "0.0.0.0", "DATA_DIRECTORY": "/srv/openwa", "DATABASE_NAME": "/srv/wa.db",
            "DATABASE_TYPE": "sqlite", "API_MASTER_KEY": "k", "BOOTSTRAP_KEY_FILE": "/run/key", "API_KEY_PEPPER": "p",
            "AUTO_START_SESSIONS": "false", "MAX_CONCURRENT_SESSIONS": "7", "SEND_ACK_TIMEOUT_MS": "100",
            "OUTBOX_LIMIT": "5", "BODY_SIZE_LIMIT": "1 MB", "INFLIGHT_BODY_BUDGET_BYTES": "4096",
            "REQUEST_TIMEOUT_MS": "2000", "BASE_URL": "https://wa.example/", "ENABLE_SWAGGER": "false",
            "CORS_ORIGINS": "https://a.example, https://b.example,",
            "CSP_UPGRADE_INSECURE_REQUESTS": "true", "TRUSTED_PROXIES": "10.0.0.0/8", "LOG_LEVEL": "WARN",
            "RATE_LIMIT_SHORT_LIMIT": "5", "RATE_LIMIT_LONG_TTL": "1000", "SCOPE_REFUSAL_STATUS": "403",
            "DEVICE_NAME": "Depot", "WHATSAPP_URL": "ws://127.0.0.1:9000/ws/chat",
            "WHATSAPP_ROOT_KEY": String(repeating: "0A", count: 32), "WHATSAPP_CA_FILE": "/tmp/ca.pem", "OTHER": "x",
        ])
        #expect(configuration.port == 8080)
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.dataDirectory == "/srv/openwa")
        #expect(configuration.databaseFile == "/srv/wa.db")
        #expect(configuration.masterKey == "k")
        #expect(configuration.keyFile == "/run/key")
        #expect(configuration.keyPepper == "p")
        #expect(!configuration.startsSessionsAtBoot)
        #expect(configuration.maximumSessions == 7)
        #expect(configuration.sendAckTimeoutMilliseconds == 100)
        #expect(configuration.outboxLimit == 5)
        #expect(configuration.bodyByteLimit == 1 << 20)
        #expect(configuration.bodyBudgetByteCount == 4096)
        #expect(configuration.requestTimeoutMilliseconds == 2_000)
        #expect(configuration.baseURL == "https://wa.example")
        #expect(!configuration.servesDocumentation)
        #expect(configuration.allowedOrigins == .list(["https://a.example", "https://b.example"]))
        #expect(configuration.upgradesInsecureRequests)
        #expect(configuration.trustedProxies == ["10.0.0.0/8"])
        #expect(
            configuration.requestWindows == [
                RequestWindow(name: "short", milliseconds: 1_000, limit: 5),
                RequestWindow(name: "long", milliseconds: 1_000, limit: 1_000),
            ])
        #expect(configuration.answersScopeAsForbidden)
        #expect(configuration.logLevel == .warning)
        #expect(configuration.deviceName == "Depot")
        #expect(configuration.endpoint.description == "ws://127.0.0.1:9000/ws/chat")
        #expect(configuration.trust.rootKey.raw == Array(repeating: 0x0A, count: 32))
        #expect(configuration.authorityFile == "/tmp/ca.pem")
    }

    @Test("All bad values are told at once, each with its name, its rule and what was there")
    func tellsAllProblems() {
        let bad = [
            "PORT": "65536", "AUTO_START_SESSIONS": "maybe", "BODY_SIZE_LIMIT": "much", "LOG_LEVEL": "loud",
            "DATABASE_TYPE": "postgres", "WHATSAPP_URL": "https://web.whatsapp.com", "WHATSAPP_ROOT_KEY": "00",
            "SEND_ACK_TIMEOUT_MS": "-1", "BASE_URL": "wa.example",
            "RATE_LIMIT_MEDIUM_LIMIT": "0", "SCOPE_REFUSAL_STATUS": "404",
        ]
        let error = #expect(throws: EnvironmentError.self) { try EnvironmentConfiguration(bad) }
        #expect(error?.problems.count == bad.count)
        for (name, value) in bad {
            #expect(error?.problems.contains { $0.hasPrefix(name + " must be ") && $0.contains("'\(value)'") } == true)
        }
    }

    @Test(
        "Sizes are bytes, or have a unit",
        arguments: [
            ("100", 100), ("2kb", 2_048), ("3 MB", 3 << 20), ("1gb", 1 << 30), ("7b", 7), ("mb", nil), ("-1", nil),
            ("0", nil),
            ("99999999999gb", nil), ("1.5mb", nil),
        ])
    func readsSizes(text: String, bytes: Int?) {
        var reader = EnvironmentReader(["X": text])
        #expect(reader.byteCount("X", in: 1...(1 << 40)) == bytes)
    }
}
