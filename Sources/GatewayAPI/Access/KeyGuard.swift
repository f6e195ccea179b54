import Gateway
import Hummingbird

/// Decides whether a request may reach its route, in the contract's order (1.1).
///
/// Key present, known, active, not expired, address, session, role. The body's syntax was checked before, its fields
/// are checked after: a bad body with a bad key is a 401.
struct KeyGuard: Sendable {
    let gateway: MessagingGateway
    let wrongKeys: WrongKeyLimit
    let nowMilliseconds: @Sendable () -> Int64

    /// The caller, or nil on an open route without a good key.
    func admit(
        _ request: Request, to access: Access, session: String?, address: String?
    ) throws(APIError) -> Caller? {
        switch access {
        case .open:
            return try? caller(request, address: address)
        case .key(let role):
            let caller = try caller(request, address: address)
            try check(caller, reaches: session)
            try check(caller, role)
            gateway.countUse(of: caller.key)
            return caller
        case .unscopedKey(let role):
            let caller = try caller(request, address: address)
            try check(caller, role)
            guard !caller.isScoped else { throw APIError.unscopedKeyRequired }
            gateway.countUse(of: caller.key)
            return caller
        }
    }

    /// Whether a request shows a key that is in use; it says nothing of what the key may do.
    func knows(_ request: Request) -> Bool {
        guard let key = Self.key(in: request), let record = gateway.authenticate(key: key) else { return false }
        return record.isActive && !record.isExpired(atMilliseconds: nowMilliseconds())
    }

    private func caller(_ request: Request, address: String?) throws(APIError) -> Caller {
        try self.caller(key: Self.key(in: request), address: address)
    }

    /// Who shows this key: it is known, active, not expired, and may be used from this address.
    func caller(key: String?, address: String?) throws(APIError) -> Caller {
        guard let key else { throw APIError.keyRequired }
        let now = nowMilliseconds()
        let record = gateway.authenticate(key: key)
        let isGuessable = WrongKeyLimit.isGuessable(key)
        if let seconds = wrongKeys.secondsToWait(
            address, keyID: record?.id, isGuessable: isGuessable, nowMilliseconds: now)
        {
            throw APIError.tooManyWrongKeys(retryAfterSeconds: seconds)
        }
        guard let record else {
            wrongKeys.wrongKey(from: address, nowMilliseconds: now)
            throw APIError.keyUnknown
        }
        guard record.isActive else { throw APIError.keyRevoked }
        guard !record.isExpired(atMilliseconds: now) else { throw APIError.keyExpired }
        try check(record, address)
        if isGuessable { wrongKeys.goodKey(record.id, from: address, nowMilliseconds: now) }
        return Caller(key: record)
    }

    /// `X-API-Key` wins over `Authorization: Bearer`.
    private static func key(in request: Request) -> String? {
        if let key = request.headers[.apiKey], !key.isEmpty { return key }
        guard let authorization = request.headers[.authorization] else { return nil }
        let scheme = authorization.prefix(7)
        guard scheme.utf8.count == 7, scheme.lowercased() == "bearer " else { return nil }
        let key = authorization.dropFirst(7).drop { $0 == " " }
        return key.isEmpty ? nil : String(key)
    }

    /// An entry that cannot be read allows nobody.
    private func check(_ record: APIKeyRecord, _ address: String?) throws(APIError) {
        guard !record.allowedIPs.isEmpty else { return }
        guard let address = address.flatMap(IPAddress.init) else { throw .addressUnknown }
        guard record.allowedIPs.contains(where: { AddressRange($0)?.contains(address) ?? false }) else {
            throw .addressNotAllowed
        }
    }

    private func check(_ caller: Caller, reaches session: String?) throws(APIError) {
        guard let session, caller.isScoped else { return }
        // Keys name sessions by id; the path may have the name. A name that a key holds by mistake matches no session.
        guard caller.reaches(sessionID: gateway.sessionID(session) ?? session) else { throw .sessionNotAllowed }
    }

    private func check(_ caller: Caller, _ role: APIKeyRole) throws(APIError) {
        guard caller.key.role >= role else { throw .roleTooLow(required: role.rawValue) }
    }
}
