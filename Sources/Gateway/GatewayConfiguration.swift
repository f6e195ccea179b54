package import WAClient

/// What the product's rules can be told; every default is the documented one.
package struct GatewayConfiguration: Sendable {
    /// Endpoint, trust root and name of the linked device, for every session.
    package var client = ClientConfiguration()
    /// How long a send waits for WhatsApp's ack before it answers `pending` (`SEND_ACK_TIMEOUT_MS`).
    package var sendAckTimeoutMilliseconds = 5_000
    /// How many accepted messages of one session may wait to leave (`OUTBOX_LIMIT`).
    package var outboxLimit = 10_000
    /// How many messages of one session are in the client's hands at a time; the others wait in the database.
    package var sendWindow = 256
    /// 0 means no limit (`MAX_CONCURRENT_SESSIONS`).
    package var maximumSessions = 0
    /// Whether sessions that were running when the process ended run again (`AUTO_START_SESSIONS`).
    package var startsSessionsAtBoot = true
    /// How many sessions connect at the same time at boot: the handshakes of 200 sessions would only slow each other down.
    package var concurrentStarts = 32
    /// How long one session may keep others waiting at boot.
    package var startPatience: Duration = .seconds(10)
    /// How long a stop waits for sends that have left to be acknowledged. They would be acknowledged after the next start too.
    package var drainTimeout: Duration = .seconds(3)
    /// How long a client gets to end before a stop answers without it (contract 6.4).
    package var teardownTimeout: Duration = .seconds(10)
    /// How long a repetition of a request waits for the first one's answer before it is told to ask again.
    package var repetitionWait: Duration = .seconds(60)
    /// How many batches may run at the same time; 0 means no limit (`BULK_MAX_CONCURRENT_BATCHES`).
    package var maximumBatches = 50
    /// Largest rendered text of a template or a batch item, in characters (`TEMPLATE_RENDER_MAX_CHARS`).
    package var maximumRenderedCharacters = 65_536
    /// The secret mixed into the hashes of API keys (`API_KEY_PEPPER`); changing it makes every key invalid.
    package var apiKeyPepper: String?
    /// Where a drawn first key is written (`BOOTSTRAP_KEY_FILE`); removed when that key is revoked, deleted or expired.
    package var apiKeyFile: String?
    /// Largest file in bytes, whichever way it comes (`MEDIA_DOWNLOAD_MAX_BYTES`).
    package var maximumMediaByteCount = 52_428_800
    /// How long a caller's URL may take altogether (`MEDIA_DOWNLOAD_TIMEOUT_MS`).
    package var mediaFetchTimeout: Duration = .seconds(30)
    /// Hosts that callers' URLs may name although they are not public (`SSRF_ALLOWED_HOSTS`).
    package var allowedDestinations: [String] = []
    /// How long a look-up may take (`SSRF_DNS_TIMEOUT_MS`).
    package var lookupTimeout: Duration = .seconds(10)
    /// Whether disappearing messages are kept and told (`STORE_EPHEMERAL_MESSAGES`).
    package var storesEphemeralMessages = true
    /// How long events are kept for those who read on and for redelivery (`EVENT_RETENTION_HOURS`).
    package var eventRetention: Duration = .seconds(168 * 3_600)
    /// Webhooks of all sessions (`WEBHOOK_*`).
    package var webhooks = WebhookSettings()
    /// How often usage counts of API keys are written.
    package var usageFlushInterval: Duration = .seconds(60)

    /// Which files of received messages are fetched and kept.
    package var inboundMedia = InboundMediaLimits()
    /// Messages are removed after so many days; 0 keeps them for good (`MESSAGE_RETENTION_DAYS`).
    package var messageRetentionDays = 0

    package init() {}
}
