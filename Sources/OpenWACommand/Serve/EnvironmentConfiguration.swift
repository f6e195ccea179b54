import Gateway
import GatewayAPI
import Logging
import WAClient
import WACrypto
import WANoise

/// The environment, read once into plain values. What is not set has the default written here.
///
/// | Variable | Default | Meaning |
/// |---|---|---|
/// | `PORT` | 2785 | where HTTP listens |
/// | `BIND_HOST` | 127.0.0.1 | on which address; `0.0.0.0` for all |
/// | `DATA_DIRECTORY` | data | where everything is kept |
/// | `DATABASE_NAME` | `<data>/openwa.sqlite` | the SQLite file; relative to the working directory |
/// | `DATABASE_TYPE` | sqlite | the only one this version knows |
/// | `API_MASTER_KEY` | – | the first API key; else one is drawn |
/// | `BOOTSTRAP_KEY_FILE` | `<data>/.api-key` | where a drawn key is written, mode 0600 |
/// | `API_KEY_PEPPER` | – | mixed into the hashes of keys; changing it makes all keys invalid |
/// | `AUTO_START_SESSIONS` | true | sessions that were running run again at the next start |
/// | `MAX_CONCURRENT_SESSIONS` | 0 | 0: no limit |
/// | `SEND_ACK_TIMEOUT_MS` | 5000 | how long a send waits for WhatsApp's ack before it answers `pending` |
/// | `OUTBOX_LIMIT` | 10000 | accepted messages that may wait in one session |
/// | `BULK_MAX_CONCURRENT_BATCHES` | 50 | batches that may run at the same time; 0: no limit |
/// | `TEMPLATE_RENDER_MAX_CHARS` | 65536 | longest text that a template may become |
/// | `BODY_SIZE_LIMIT` | 25mb | largest request body: bytes, or with `kb`, `mb`, `gb` |
/// | `MEDIA_DOWNLOAD_MAX_BYTES` | 52428800 | largest file, whichever way it comes; media routes take bodies of 4/3 of it and 1 MiB |
/// | `MEDIA_DOWNLOAD_TIMEOUT_MS` | 30000 | how long the URL of a file may take |
/// | `MEDIA_DOWNLOAD_ENABLED` | true | files of received messages are fetched as they come; else when somebody asks for one |
/// | `STATUS_MEDIA_MAX_BYTES` | 10485760 | largest file of a status post that is fetched |
/// | `INBOUND_MEDIA_CONCURRENCY` | 4 | files that one session fetches at a time |
/// | `INBOUND_MEDIA_GLOBAL_CONCURRENCY` | 0 | files that all sessions fetch at a time; 0: 32 |
/// | `CHAT_MEDIA_ARCHIVE_TTL_DAYS` | 0 | received files are kept for so many days; 0: for ever |
/// | `CHAT_MEDIA_ARCHIVE_TOTAL_BYTES` | 0 | the oldest received files go when all are larger; 0: no limit |
/// | `STORAGE_LOCAL_PATH` | `<data>/media-received` | where received files are kept |
/// | `SSRF_ALLOWED_HOSTS` | – | comma list of hosts that URLs may name although they are not public |
/// | `SSRF_DNS_TIMEOUT_MS` | 10000 | how long a look-up may take |
/// | `WEBHOOK_TIMEOUT` | 10000 | how long an endpoint may take to answer |
/// | `WEBHOOK_RETRY_DELAY` | 5000 | the wait after a first failed attempt, doubled after each further one |
/// | `WEBHOOK_DISPATCH_CONCURRENCY` | 128 | attempts under way at a time |
/// | `WEBHOOK_SHUTDOWN_DRAIN_MS` | 5000 | how long a stop waits for attempts under way |
/// | `WEBHOOK_MAX_PER_SESSION` | 16 | webhooks a session may have; 0: no limit |
/// | `WEBHOOK_MEDIA_INLINE_MAX_BYTES` | 1048576 | largest file whose bytes go into a payload |
/// | `WEBHOOK_MAX_PAYLOAD_BYTES` | 1048576 | largest payload |
/// | `WEBHOOK_FAILURE_RETENTION_DAYS` | 90 | how long failed deliveries are listed |
/// | `WEBHOOK_SSRF_PROTECT` | true | whether endpoints must be public |
/// | `STORE_EPHEMERAL_MESSAGES` | true | whether disappearing messages are kept and told at all |
/// | `EVENT_RETENTION_HOURS` | 168 | how long events are kept for those who read on and for redelivery |
/// | `INFLIGHT_BODY_BUDGET_BYTES` | 4 × body limit | bytes of all bodies being received |
/// | `REQUEST_TIMEOUT_MS` | 300000 | how long a request may take to arrive |
/// | `BASE_URL` | – | where callers reach the server, for links in answers; else they are relative |
/// | `ENABLE_SWAGGER` | true | whether `/api/docs` and `/api/openapi.json` are there |
/// | `CORS_ORIGINS` | * | comma list of web origins that may call; `none` for none |
/// | `CSP_UPGRADE_INSECURE_REQUESTS` | false | for servers behind TLS |
/// | `TRUSTED_PROXIES` | – | comma list of addresses or ranges whose `X-Forwarded-For` is believed |
/// | `RATE_LIMIT_SHORT_TTL`, `RATE_LIMIT_SHORT_LIMIT` | – (1000, 10) | setting one limits requests by route and address; also `_MEDIUM_` (60000, 100), `_LONG_` (3600000, 1000) |
/// | `WS_RATE_LIMIT_FRAME_PER_SECOND`, `WS_RATE_LIMIT_FRAME_BURST` | 60, 120 | frames of Socket.IO for each key |
/// | `WS_RATE_LIMIT_HANDSHAKE_MAX`, `WS_RATE_LIMIT_HANDSHAKE_WINDOW_MS` | 10, 60000 | failed connections of Socket.IO for each address |
/// | `WS_MAX_SOCKETS_PER_KEY` | 16 | open sockets of one key |
/// | `SEARCH_ENABLED` | true | whether `/api/search` is there |
/// | `SEARCH_LIMIT_MAX` | 100 | largest page of a search |
/// | `SCOPE_REFUSAL_STATUS` | 401 | what a key outside its sessions or addresses gets: 401 or 403 |
/// | `LOG_LEVEL` | info | `trace`, `debug`, `info`, `warn`, `error` |
/// | `DEVICE_NAME` | OpenWA | the name in the phone's list of linked devices |
/// | `WHATSAPP_URL` | wss://web.whatsapp.com/ws/chat | another server, such as `openwa simulate` |
/// | `WHATSAPP_ROOT_KEY` | WhatsApp's | what to trust there: 64 hex digits |
/// | `WHATSAPP_CA_FILE` | – | PEM certificates trusted besides the system's |
struct EnvironmentConfiguration: Sendable {
    var port = 2785
    var host = "127.0.0.1"
    var dataDirectory = "data"
    var databaseFile: String?
    var masterKey: String?
    var keyFile: String?
    var keyPepper: String?
    var startsSessionsAtBoot = true
    var maximumSessions = 0
    var sendAckTimeoutMilliseconds = 5_000
    var outboxLimit = 10_000
    var maximumBatches = 50
    var maximumRenderedCharacters = 65_536
    var bodyByteLimit = 25 << 20
    var bodyBudgetByteCount: Int?
    var mediaByteLimit = 52_428_800
    var mediaTimeoutMilliseconds = 30_000
    var inboundMedia = InboundMediaLimits()
    var receivedMediaDirectory: String?
    var allowedDestinations: [String] = []
    var lookupTimeoutMilliseconds = 10_000
    var webhooks = WebhookSettings()
    var storesEphemeralMessages = true
    var eventRetentionHours = 168
    var messageRetentionDays = 0
    var requestTimeoutMilliseconds = 300_000
    var baseURL: String?
    var servesDocumentation = true
    var allowedOrigins = APIConfiguration.AllowedOrigins.any
    var upgradesInsecureRequests = false
    var trustedProxies: [String] = []
    var requestWindows: [RequestWindow] = []
    var answersScopeAsForbidden = false
    var sockets = SocketConfiguration()
    var servesSearch = true
    var maximumSearchLimit = 100
    var logLevel = Logger.Level.info
    var deviceName = "OpenWA"
    var endpoint = ServerEndpoint.whatsApp
    var trust = ServerTrust.whatsApp
    var authorityFile: String?

    /// Reads the variables it knows and leaves others alone.
    ///
    /// - Throws: `EnvironmentError` with every bad value at once.
    init(_ environment: [String: String]) throws(EnvironmentError) {
        var reader = EnvironmentReader(environment)
        port = reader.integer("PORT", in: 0...65_535) ?? port
        host = reader.text("BIND_HOST") ?? host
        dataDirectory = reader.text("DATA_DIRECTORY") ?? dataDirectory
        databaseFile = reader.text("DATABASE_NAME")
        reader.require("DATABASE_TYPE", oneOf: ["sqlite"])
        masterKey = reader.text("API_MASTER_KEY")
        keyFile = reader.text("BOOTSTRAP_KEY_FILE")
        keyPepper = reader.text("API_KEY_PEPPER")
        startsSessionsAtBoot = reader.boolean("AUTO_START_SESSIONS") ?? startsSessionsAtBoot
        maximumSessions = reader.integer("MAX_CONCURRENT_SESSIONS", in: 0...1_000_000) ?? maximumSessions
        sendAckTimeoutMilliseconds =
            reader.integer("SEND_ACK_TIMEOUT_MS", in: 0...300_000) ?? sendAckTimeoutMilliseconds
        outboxLimit = reader.integer("OUTBOX_LIMIT", in: 1...10_000_000) ?? outboxLimit
        maximumBatches = reader.integer("BULK_MAX_CONCURRENT_BATCHES", in: 0...1_000_000) ?? maximumBatches
        maximumRenderedCharacters =
            reader.integer("TEMPLATE_RENDER_MAX_CHARS", in: 1...1_000_000) ?? maximumRenderedCharacters
        bodyByteLimit = reader.byteCount("BODY_SIZE_LIMIT", in: 1...(4 << 30)) ?? bodyByteLimit
        bodyBudgetByteCount = reader.byteCount("INFLIGHT_BODY_BUDGET_BYTES", in: 1...(64 << 30))
        mediaByteLimit = reader.byteCount("MEDIA_DOWNLOAD_MAX_BYTES", in: 1...(2 << 30)) ?? mediaByteLimit
        mediaTimeoutMilliseconds =
            reader.integer("MEDIA_DOWNLOAD_TIMEOUT_MS", in: 100...3_600_000) ?? mediaTimeoutMilliseconds
        readInboundMedia(&reader)
        allowedDestinations = reader.list("SSRF_ALLOWED_HOSTS") ?? allowedDestinations
        lookupTimeoutMilliseconds =
            reader.integer("SSRF_DNS_TIMEOUT_MS", in: 100...300_000) ?? lookupTimeoutMilliseconds
        readWebhooks(&reader)
        storesEphemeralMessages = reader.boolean("STORE_EPHEMERAL_MESSAGES") ?? storesEphemeralMessages
        messageRetentionDays = reader.integer("MESSAGE_RETENTION_DAYS", in: 0...36_500) ?? messageRetentionDays
        eventRetentionHours = reader.integer("EVENT_RETENTION_HOURS", in: 1...87_600) ?? eventRetentionHours
        requestTimeoutMilliseconds =
            reader.integer("REQUEST_TIMEOUT_MS", in: 1_000...86_400_000) ?? requestTimeoutMilliseconds
        baseURL = reader.value("BASE_URL", "an http:// or https:// URL", Self.baseURL)
        servesDocumentation = reader.boolean("ENABLE_SWAGGER") ?? servesDocumentation
        allowedOrigins = reader.list("CORS_ORIGINS").map(Self.origins) ?? allowedOrigins
        upgradesInsecureRequests = reader.boolean("CSP_UPGRADE_INSECURE_REQUESTS") ?? upgradesInsecureRequests
        trustedProxies = reader.list("TRUSTED_PROXIES") ?? trustedProxies
        requestWindows = RequestWindow.defaults.compactMap { Self.window($0, &reader) }
        reader.require("SCOPE_REFUSAL_STATUS", oneOf: ["401", "403"])
        answersScopeAsForbidden = reader.text("SCOPE_REFUSAL_STATUS") == "403"
        sockets = Self.sockets(&reader)
        servesSearch = reader.boolean("SEARCH_ENABLED") ?? servesSearch
        maximumSearchLimit = reader.integer("SEARCH_LIMIT_MAX", in: 1...1_000) ?? maximumSearchLimit
        logLevel = reader.value("LOG_LEVEL", "trace, debug, info, warn or error", Self.logLevel) ?? logLevel
        deviceName = reader.text("DEVICE_NAME") ?? deviceName
        endpoint = reader.value("WHATSAPP_URL", "a ws:// or wss:// URL", ServerEndpoint.init) ?? endpoint
        trust = reader.value("WHATSAPP_ROOT_KEY", "64 hex digits", Self.trust) ?? trust
        authorityFile = reader.text("WHATSAPP_CA_FILE")
        try reader.finish()
    }

    private mutating func readWebhooks(_ reader: inout EnvironmentReader) {
        if let timeout = reader.integer("WEBHOOK_TIMEOUT", in: 100...300_000) {
            webhooks.timeout = .milliseconds(timeout)
        }
        let delay = reader.integer("WEBHOOK_RETRY_DELAY", in: 1...3_600_000)
        webhooks.retryDelayMilliseconds = delay.map(Int64.init) ?? webhooks.retryDelayMilliseconds
        if let drain = reader.integer("WEBHOOK_SHUTDOWN_DRAIN_MS", in: 0...15_000) {
            webhooks.drainTimeout = .milliseconds(drain)
        }
        webhooks.concurrency = reader.integer("WEBHOOK_DISPATCH_CONCURRENCY", in: 1...10_000) ?? webhooks.concurrency
        webhooks.maximumPerSession =
            reader.integer("WEBHOOK_MAX_PER_SESSION", in: 0...10_000) ?? webhooks.maximumPerSession
        webhooks.maximumInlineByteCount =
            reader.integer("WEBHOOK_MEDIA_INLINE_MAX_BYTES", in: 0...(256 << 20)) ?? webhooks.maximumInlineByteCount
        webhooks.maximumPayloadByteCount =
            reader.integer("WEBHOOK_MAX_PAYLOAD_BYTES", in: 1_024...(512 << 20)) ?? webhooks.maximumPayloadByteCount
        webhooks.failureRetentionDays =
            reader.integer("WEBHOOK_FAILURE_RETENTION_DAYS", in: 0...36_500) ?? webhooks.failureRetentionDays
        webhooks.protectsDestinations = reader.boolean("WEBHOOK_SSRF_PROTECT") ?? webhooks.protectsDestinations
    }

    private mutating func readInboundMedia(_ reader: inout EnvironmentReader) {
        inboundMedia.maximumByteCount = mediaByteLimit
        inboundMedia.fetchesOnReceipt = reader.boolean("MEDIA_DOWNLOAD_ENABLED") ?? inboundMedia.fetchesOnReceipt
        inboundMedia.maximumStatusByteCount =
            reader.byteCount("STATUS_MEDIA_MAX_BYTES", in: 1...(2 << 30)) ?? inboundMedia.maximumStatusByteCount
        inboundMedia.concurrency = reader.integer("INBOUND_MEDIA_CONCURRENCY", in: 1...64) ?? inboundMedia.concurrency
        inboundMedia.globalConcurrency =
            reader.integer("INBOUND_MEDIA_GLOBAL_CONCURRENCY", in: 0...1_024) ?? inboundMedia.globalConcurrency
        inboundMedia.retentionDays =
            reader.integer("CHAT_MEDIA_ARCHIVE_TTL_DAYS", in: 0...36_500) ?? inboundMedia.retentionDays
        inboundMedia.totalByteCount =
            reader.byteCount("CHAT_MEDIA_ARCHIVE_TOTAL_BYTES", in: 0...(1 << 50)) ?? inboundMedia.totalByteCount
        receivedMediaDirectory = reader.text("STORAGE_LOCAL_PATH")
    }

    /// Without slashes at the end.
    private static func baseURL(_ text: String) -> String? {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.contains(where: \.isWhitespace) else {
            return nil
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// Nil where neither of a window's variables is set.
    private static func window(_ standard: RequestWindow, _ reader: inout EnvironmentReader) -> RequestWindow? {
        let name = "RATE_LIMIT_" + standard.name.uppercased()
        let milliseconds = reader.integer(name + "_TTL", in: 1...86_400_000)
        let limit = reader.integer(name + "_LIMIT", in: 1...1_000_000_000)
        guard milliseconds != nil || limit != nil else { return nil }
        return RequestWindow(
            name: standard.name, milliseconds: milliseconds.map(Int64.init) ?? standard.milliseconds,
            limit: limit ?? standard.limit)
    }

    private static func sockets(_ reader: inout EnvironmentReader) -> SocketConfiguration {
        var sockets = SocketConfiguration()
        let frames = reader.integer("WS_RATE_LIMIT_FRAME_PER_SECOND", in: 1...1_000_000)
        sockets.framesPerSecond = frames.map(Double.init) ?? sockets.framesPerSecond
        sockets.frameBurst =
            reader.integer("WS_RATE_LIMIT_FRAME_BURST", in: 1...1_000_000).map(Double.init) ?? sockets.frameBurst
        sockets.handshakes = reader.integer("WS_RATE_LIMIT_HANDSHAKE_MAX", in: 1...1_000_000) ?? sockets.handshakes
        let window = reader.integer("WS_RATE_LIMIT_HANDSHAKE_WINDOW_MS", in: 1...86_400_000)
        sockets.handshakeWindowMilliseconds = window.map(Int64.init) ?? sockets.handshakeWindowMilliseconds
        sockets.socketsPerKey = reader.integer("WS_MAX_SOCKETS_PER_KEY", in: 1...100_000) ?? sockets.socketsPerKey
        return sockets
    }

    private static func origins(_ list: [String]) -> APIConfiguration.AllowedOrigins {
        if list.contains("*") { return .any }
        return list == ["none"] ? .none : .list(list)
    }

    private static func logLevel(_ text: String) -> Logger.Level? {
        switch text.lowercased() {
        case "warn": .warning
        case let text: Logger.Level(rawValue: text)
        }
    }

    private static func trust(_ text: String) -> ServerTrust? {
        guard text.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return (try? PublicKey(raw: bytes)).map(ServerTrust.init(rootKey:))
    }
}
