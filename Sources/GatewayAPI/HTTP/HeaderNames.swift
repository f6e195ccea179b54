import HTTPTypes

extension HTTPField.Name {
    static let apiKey = Self("X-API-Key")!
    static let requestID = Self("X-Request-ID")!
    /// `server` when WhatsApp acknowledged a send before the answer, else `pending`.
    static let openWAAck = Self("X-OpenWA-Ack")!
    static let idempotencyKey = Self("Idempotency-Key")!
    /// A message id of the caller's choice.
    static let openWAMessageID = Self("X-OpenWA-Message-Id")!
    /// `true` on the stored answer of an earlier request.
    static let idempotentReplayed = Self("Idempotent-Replayed")!
    static let prefer = Self("Prefer")!
    static let preferenceApplied = Self("Preference-Applied")!
    /// Where a reconnecting listener had come to.
    static let lastEventID = Self("Last-Event-ID")!
    /// `no` keeps proxies from collecting a stream.
    static let accelBuffering = Self("X-Accel-Buffering")!
    static let forwardedFor = Self("X-Forwarded-For")!
    static let contentSecurityPolicy = Self("Content-Security-Policy")!
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
    static let originAgentCluster = Self("Origin-Agent-Cluster")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let dnsPrefetchControl = Self("X-DNS-Prefetch-Control")!
    static let downloadOptions = Self("X-Download-Options")!
    static let frameOptions = Self("X-Frame-Options")!
    static let crossDomainPolicies = Self("X-Permitted-Cross-Domain-Policies")!
    static let xssProtection = Self("X-XSS-Protection")!
}
