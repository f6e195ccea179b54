/// Finds out who called: the socket's other end, or what trusted proxies say of it (contract 1.4).
///
/// `X-Forwarded-For` counts only when the socket's other end is a trusted proxy. Its hops are walked from right to left;
/// the first that is no trusted proxy is the caller. A hop that is no address ends the walk.
struct ClientAddresses: Sendable {
    private let trustedProxies: [AddressRange]

    /// Entries that are no address or range are skipped: whom one cannot name, one cannot trust.
    init(trustedProxies: [String]) {
        self.trustedProxies = trustedProxies.compactMap(AddressRange.init)
    }

    /// The caller's address as text; `::ffff:a.b.c.d` is written `a.b.c.d`.
    func client(peer: String?, forwardedFor: String?) -> String? {
        guard let peer else { return nil }
        let direct = Self.plain(peer)
        guard !trustedProxies.isEmpty, let forwardedFor, isTrusted(direct) else { return direct }
        guard forwardedFor.utf8.allSatisfy({ $0 < 0x80 }) else { return direct }
        var client = direct
        for hop in forwardedFor.split(separator: ",").suffix(Self.maximumHops).reversed() {
            let hop = hop.filter { $0 != " " && $0 != "\t" }
            guard IPAddress(hop) != nil else { return client }
            client = Self.plain(hop)
            guard isTrusted(client) else { return client }
        }
        return client
    }

    /// No chain of proxies is this long; it bounds the work on hostile headers.
    private static let maximumHops = 32

    private func isTrusted(_ address: String) -> Bool {
        guard let address = IPAddress(address) else { return false }
        return trustedProxies.contains { $0.contains(address) }
    }

    private static func plain(_ address: String) -> String {
        let mapped = "::ffff:"
        guard address.utf8.count > mapped.utf8.count, address.hasPrefix(mapped), address.contains(".") else {
            return address
        }
        return String(address.dropFirst(mapped.count))
    }
}
