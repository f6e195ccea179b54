package import Logging

/// What the HTTP side can be told; every default is the documented one.
package struct APIConfiguration: Sendable {
    /// Where to listen.
    package var host: String
    package var port: Int
    /// Largest request body in bytes (`BODY_SIZE_LIMIT`, 25 MB).
    package var maximumBodyByteCount: Int
    /// Bytes of all bodies being received or worked on together (`INFLIGHT_BODY_BUDGET_BYTES`); nil: four times the limit.
    package var bodyBudgetByteCount: Int?
    /// How long a body may stay silent, in seconds.
    package var bodySilenceSeconds: Int
    /// How long a request may take to arrive as a whole, in seconds (`REQUEST_TIMEOUT_MS`).
    package var requestSeconds: Int
    /// How long a connection may stay idle, or take to send a request's head, in seconds.
    package var idleSeconds: Int
    /// Which web pages may call (`CORS_ORIGINS`).
    package var allowedOrigins: AllowedOrigins
    /// Adds `upgrade-insecure-requests` to the content policy, for servers behind TLS.
    package var upgradesInsecureRequests: Bool
    /// Proxies whose `X-Forwarded-For` is believed: addresses or CIDR ranges (`TRUSTED_PROXIES`).
    package var trustedProxies: [String]
    /// Windows that limit requests (`RATE_LIMIT_*`); without any, requests are not limited.
    package var requestWindows: [RequestWindow]
    /// Whether a key outside its sessions or addresses gets 403, as newer OpenWA answers, instead of 401 (`SCOPE_REFUSAL_STATUS`).
    package var answersScopeAsForbidden: Bool
    /// Level of the line that every request leaves in the log; nil for none.
    package var accessLogLevel: Logger.Level?
    /// Shown in health to callers with a valid key.
    package var version: String
    /// Where callers reach the server, without a slash at the end (`BASE_URL`); nil: links are relative to it.
    package var baseURL: String?
    /// Whether `/api/docs` and `/api/openapi.json` are there (`ENABLE_SWAGGER`).
    package var servesDocumentation: Bool

    /// Limits and times of Socket.IO.
    package var sockets = SocketConfiguration()
    /// Whether `/api/search` is there (`SEARCH_ENABLED`).
    package var servesSearch = true
    /// The largest page of a search (`SEARCH_LIMIT_MAX`).
    package var maximumSearchLimit = 100

    /// The documentation page, as errors link to it.
    var documentation: String { (baseURL ?? "") + "/api/docs" }

    /// Which origins get CORS headers (contract 1.7).
    package enum AllowedOrigins: Sendable, Equatable {
        case any
        case list([String])
        case none
    }

    package init(
        host: String = "127.0.0.1", port: Int = 2785, maximumBodyByteCount: Int = 25 * 1024 * 1024,
        bodyBudgetByteCount: Int? = nil, bodySilenceSeconds: Int = 15, requestSeconds: Int = 300,
        idleSeconds: Int = 65, allowedOrigins: AllowedOrigins = .any, upgradesInsecureRequests: Bool = false,
        trustedProxies: [String] = [], requestWindows: [RequestWindow] = [], answersScopeAsForbidden: Bool = false,
        accessLogLevel: Logger.Level? = .info, version: String = "dev",
        baseURL: String? = nil, servesDocumentation: Bool = true
    ) {
        self.host = host
        self.port = port
        self.maximumBodyByteCount = maximumBodyByteCount
        self.bodyBudgetByteCount = bodyBudgetByteCount
        self.bodySilenceSeconds = bodySilenceSeconds
        self.requestSeconds = requestSeconds
        self.idleSeconds = idleSeconds
        self.allowedOrigins = allowedOrigins
        self.upgradesInsecureRequests = upgradesInsecureRequests
        self.trustedProxies = trustedProxies
        self.requestWindows = requestWindows
        self.answersScopeAsForbidden = answersScopeAsForbidden
        self.accessLogLevel = accessLogLevel
        self.version = version
        self.baseURL = baseURL
        self.servesDocumentation = servesDocumentation
    }
}
