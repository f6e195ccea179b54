import HTTPTypes

/// Refuses callers who ask too often, where the operator set limits (architecture decision 17).
///
/// Each request counts twice: for its address before the key is looked at, so that guessing is limited too, and for its key
/// afterwards, so that a key has no more from many addresses than from one.
struct LimitGuard: Sendable {
    private let addresses: RequestCounter
    private let keys: RequestCounter
    private let nowMilliseconds: @Sendable () -> Int64

    /// - Returns: nil where no window is set.
    init?(_ windows: [RequestWindow], nowMilliseconds: @escaping @Sendable () -> Int64) {
        guard !windows.isEmpty else { return nil }
        addresses = RequestCounter(windows)
        keys = RequestCounter(windows)
        self.nowMilliseconds = nowMilliseconds
    }

    /// Counts a request for its address, and notes for the answer where the caller stands.
    func admit(address: String?, to route: String, _ trace: RequestTrace) throws(APIError) {
        let place = RequestCounter.Place(route: route, caller: IPAddress.block(of: address))
        let verdict = addresses.request(at: place, nowMilliseconds: nowMilliseconds())
        let headers = Self.headers(of: verdict)
        trace.note { $0.headers.append(contentsOf: headers) }
        if let refusal = verdict.refusal { throw .tooManyRequests(retryAfterSeconds: refusal.seconds) }
    }

    /// Counts a request for its key.
    func admit(keyID: String, to route: String, _ trace: RequestTrace) throws(APIError) {
        let place = RequestCounter.Place(route: route, caller: keyID)
        let verdict = keys.request(at: place, nowMilliseconds: nowMilliseconds())
        guard let refusal = verdict.refusal else { return }
        let headers = Self.headers(of: RequestCounter.Verdict(refusal: refusal))
        trace.note { $0.headers.append(contentsOf: headers) }
        throw .tooManyRequests(retryAfterSeconds: refusal.seconds)
    }

    /// One triple for each window that let pass; the plain `Retry-After` comes with the error.
    private static func headers(of verdict: RequestCounter.Verdict) -> HTTPFields {
        var headers = HTTPFields()
        for standing in verdict.passed {
            let name = standing.window.name
            headers[.rateLimit("Limit", name)] = String(standing.window.limit)
            headers[.rateLimit("Remaining", name)] = String(standing.remaining)
            headers[.rateLimit("Reset", name)] = String(standing.resetSeconds)
        }
        if let refusal = verdict.refusal { headers[.retryAfter(refusal.window)] = String(refusal.seconds) }
        return headers
    }
}

extension HTTPField.Name {
    fileprivate static func rateLimit(_ what: String, _ window: String) -> Self {
        Self("X-RateLimit-\(what)-\(window)")!
    }
    fileprivate static func retryAfter(_ window: String) -> Self { Self("Retry-After-\(window)")! }
}
