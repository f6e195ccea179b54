/// What webhooks can be told for all sessions together; every default is the documented one.
package struct WebhookSettings: Sendable {
    /// How long an endpoint may take to answer (`WEBHOOK_TIMEOUT`).
    package var timeout: Duration = .seconds(10)
    /// The wait after a first failed attempt; doubled after each further one (`WEBHOOK_RETRY_DELAY`).
    package var retryDelayMilliseconds: Int64 = 5_000
    /// How many attempts are under way at a time (`WEBHOOK_DISPATCH_CONCURRENCY`). An attempt costs no thread; OpenWA's 16
    /// would let 16 dead endpoints hold up everybody.
    package var concurrency = 128
    /// How many of them one endpoint gets.
    package var concurrencyPerEndpoint = 16
    /// How many webhooks a session may have (`WEBHOOK_MAX_PER_SESSION`); 0 means no limit.
    package var maximumPerSession = 16
    /// Largest file in bytes whose bytes go into a payload (`WEBHOOK_MEDIA_INLINE_MAX_BYTES`).
    package var maximumInlineByteCount = 1 << 20
    /// Largest payload in bytes (`WEBHOOK_MAX_PAYLOAD_BYTES`).
    package var maximumPayloadByteCount = 1 << 20
    /// How long failed deliveries are listed (`WEBHOOK_FAILURE_RETENTION_DAYS`).
    package var failureRetentionDays = 90
    /// Whether endpoints must be public (`WEBHOOK_SSRF_PROTECT`).
    package var protectsDestinations = true
    /// How long an event waits for its message's file to be fetched.
    package var mediaWait: Duration = .seconds(30)
    /// How long a stop waits for attempts under way (`WEBHOOK_SHUTDOWN_DRAIN_MS`); what is cut off is repeated at the next start.
    package var drainTimeout: Duration = .seconds(5)
    /// How long a replaced secret still signs, in milliseconds.
    package var secretOverlapMilliseconds: Int64 = 86_400_000

    package init() {}
}
