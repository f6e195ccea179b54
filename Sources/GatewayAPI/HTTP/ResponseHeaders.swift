import HTTPTypes

/// The headers that every answer carries: security (contract 1.8), CORS (1.7) and the request's id.
struct ResponseHeaders: Sendable {
    private let security: HTTPFields
    private let allowedOrigins: APIConfiguration.AllowedOrigins

    static let methods = "GET,POST,PUT,DELETE,PATCH,OPTIONS"
    static let requestHeaders = "Content-Type,X-API-Key,Authorization,X-Request-ID,Idempotency-Key,Prefer,Last-Event-ID"
    static let exposedHeaders =
        (["X-Request-ID", "X-OpenWA-Ack", "Preference-Applied", "Idempotent-Replayed", "Retry-After"]
        + RequestWindow.defaults.flatMap { window in
            ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"].map {
                "\($0)-\(window.name)"
            }
        }).joined(separator: ",")

    init(_ configuration: APIConfiguration) {
        allowedOrigins = configuration.allowedOrigins
        security = Self.securityHeaders(upgradesInsecureRequests: configuration.upgradesInsecureRequests)
    }

    /// Adds everything to the headers of an answer.
    func add(to headers: inout HTTPFields, requestID: String, origin: String?) {
        for field in security where headers[field.name] == nil { headers.append(field) }
        headers[.requestID] = requestID
        if case .list = allowedOrigins { headers[.vary] = "Origin" }
        guard let origin, let allowed = allowedOrigin(for: origin) else { return }
        addOrigin(allowed, to: &headers)
        headers[.accessControlExposeHeaders] = Self.exposedHeaders
    }

    /// The headers of the answer to a preflight request.
    ///
    /// - Parameter requested: Headers that are allowed besides ours.
    func preflight(origin: String?, requested: String? = nil) -> HTTPFields {
        var headers = HTTPFields()
        guard let origin, let allowed = allowedOrigin(for: origin) else { return headers }
        addOrigin(allowed, to: &headers)
        headers[.accessControlAllowMethods] = Self.methods
        headers[.accessControlAllowHeaders] = [Self.requestHeaders, requested].compactMap(\.self).joined(separator: ",")
        headers[.accessControlMaxAge] = "86400"
        return headers
    }

    /// A refused origin is not an error: the headers are simply absent.
    private func allowedOrigin(for origin: String) -> String? {
        switch allowedOrigins {
        case .any: "*"
        case .list(let origins): origins.contains(origin) ? origin : nil
        case .none: nil
        }
    }

    private func addOrigin(_ allowed: String, to headers: inout HTTPFields) {
        headers[.accessControlAllowOrigin] = allowed
        guard allowed != "*" else { return }
        headers[.accessControlAllowCredentials] = "true"
    }

    private static func securityHeaders(upgradesInsecureRequests: Bool) -> HTTPFields {
        var policy =
            "default-src 'self';connect-src 'self';script-src 'self';font-src 'self';style-src 'self' 'unsafe-inline';"
            + "img-src 'self' data: blob: https:;media-src 'self' data: blob: https:;object-src 'none';"
            + "base-uri 'self';form-action 'self';frame-ancestors 'self';script-src-attr 'none'"
        if upgradesInsecureRequests { policy += ";upgrade-insecure-requests" }
        return [
            .contentSecurityPolicy: policy,
            .crossOriginOpenerPolicy: "same-origin",
            .crossOriginResourcePolicy: "cross-origin",
            .originAgentCluster: "?1",
            .referrerPolicy: "strict-origin-when-cross-origin",
            .strictTransportSecurity: "max-age=31536000; includeSubDomains; preload",
            .xContentTypeOptions: "nosniff",
            .dnsPrefetchControl: "off",
            .downloadOptions: "noopen",
            .frameOptions: "SAMEORIGIN",
            .crossDomainPolicies: "none",
            .xssProtection: "0",
        ]
    }
}
