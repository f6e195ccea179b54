/// There is always a key that can manage keys (contract 1.5): otherwise nobody could ever make one again.
enum LastAdminRule {
    /// - Parameters:
    ///   - changed: The key as it would be; nil when it is deleted.
    /// - Throws: `GatewayError.lastAdminKey` when no other key could manage keys, and this one could and would not for good.
    static func check(
        _ key: APIKeyRecord, becoming changed: APIKeyRecord?, among keys: [APIKeyRecord], nowMilliseconds: Int64
    ) throws(GatewayError) {
        guard managesKeys(key, nowMilliseconds),
            !keys.contains(where: { $0.id != key.id && managesKeys($0, nowMilliseconds) })
        else { return }
        guard let changed, managesKeys(changed, nowMilliseconds) else { throw .lastAdminKey }
        // An end that comes closer would lock everybody out later, when nobody looks.
        let end = changed.expiresAtMilliseconds ?? .max
        guard end >= key.expiresAtMilliseconds ?? .max else { throw .lastAdminKey }
    }

    /// Admin, active, unexpired, and not bound to sessions: bound keys do not reach the routes about keys.
    private static func managesKeys(_ key: APIKeyRecord, _ nowMilliseconds: Int64) -> Bool {
        key.role == .admin && key.isActive && !key.isExpired(atMilliseconds: nowMilliseconds)
            && key.allowedSessions.isEmpty
    }
}
