/// Decides whether a caller's URL may be connected to, and to which addresses alone.
///
/// A name is judged by *all* its addresses: one blocked, and it is refused. A look-up that fails or takes too long is
/// a refusal too. Hosts that the operator allows (`SSRF_ALLOWED_HOSTS`) are exempt from the judgement, not from the
/// look-up and the pinning. Contract section 8.
struct DestinationPolicy: Sendable {
    /// Lower case, IPv6 without brackets.
    private let allowedHosts: Set<String>
    /// Whether nothing is judged: names are looked up and pinned all the same (`WEBHOOK_SSRF_PROTECT=false`).
    private let allowsAll: Bool
    private let resolver: DestinationResolver
    private let lookupTimeout: Duration
    private let clock: any Clock<Duration>

    init(
        allowedHosts: [String], allowsAll: Bool = false, resolver: DestinationResolver, lookupTimeout: Duration,
        clock: any Clock<Duration>
    ) {
        self.allowsAll = allowsAll
        self.allowedHosts = Set(
            allowedHosts.map { entry in
                let entry = entry.lowercased()
                return entry.hasPrefix("[") && entry.hasSuffix("]") ? String(entry.dropFirst().dropLast()) : entry
            })
        self.resolver = resolver
        self.lookupTimeout = lookupTimeout
        self.clock = clock
    }

    /// - Throws: `DestinationError.notAllowed`.
    func vet(_ url: WebURL) async throws(DestinationError) -> VettedDestination {
        switch url.host {
        case .address(let address):
            guard allowsAll || !address.isBlocked || allowedHosts.contains(address.text) else { throw .notAllowed }
            return VettedDestination(url: url, addresses: [address])
        case .name(let name):
            if let override = resolver.overrides[name.description] {
                return VettedDestination(
                    url: url, addresses: [override.address],
                    port: url.scheme == .http ? override.httpPort : override.httpsPort)
            }
            let addresses = await lookUp(name)
            guard !addresses.isEmpty else { throw .notAllowed }
            guard allowsAll || allowedHosts.contains(name.description) || addresses.allSatisfy({ !$0.isBlocked })
            else {
                throw .notAllowed
            }
            return VettedDestination(url: url, addresses: addresses)
        }
    }

    /// A look-up cannot be cancelled, so whoever asked does not wait for its end.
    ///
    /// - Returns: none when there is no answer in time, or more than any site has.
    private func lookUp(_ name: HostName) async -> [NetworkAddress] {
        let (resolver, clock, limit) = (resolver, clock, lookupTimeout)
        let (answers, first) = AsyncStream.makeStream(of: [NetworkAddress].self, bufferingPolicy: .bufferingOldest(1))
        let lookup = Task { first.yield((try? await resolver.addresses(name.description)) ?? []) }
        let timer = Task {
            try? await clock.sleep(for: limit)
            first.yield([])
        }
        defer {
            lookup.cancel()
            timer.cancel()
        }
        for await addresses in answers { return addresses.count <= Self.maximumAddressCount ? addresses : [] }
        return []
    }

    private static let maximumAddressCount = 64
}

/// A URL that may be fetched, from these addresses and no others.
struct VettedDestination: Hashable, Sendable {
    let url: WebURL
    /// At least one, in the resolver's order.
    let addresses: [NetworkAddress]
    /// Where to connect; the URL's own unless a composition put another in its place.
    var port: Int

    init(url: WebURL, addresses: [NetworkAddress], port: Int? = nil) {
        self.url = url
        self.addresses = addresses
        self.port = port ?? url.port
    }
}
