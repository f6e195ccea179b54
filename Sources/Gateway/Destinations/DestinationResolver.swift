import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How names become addresses: a parameter of the gateway, so that tests and the playground bring their own.
package struct DestinationResolver: Sendable {
    /// A site that the composition itself provides under a name, such as the playground's `example.com`. It is the
    /// operator's word, like an allowed host, and stands beside the guard, not in it.
    package struct Override: Sendable {
        let address: NetworkAddress
        let httpPort: Int?
        let httpsPort: Int?

        package init?(address: String, httpPort: Int? = nil, httpsPort: Int? = nil) {
            guard let address = NetworkAddress(address) else { return nil }
            self.address = address
            self.httpPort = httpPort
            self.httpsPort = httpsPort
        }
    }

    /// All addresses of a name in lower-case ASCII.
    let addresses: @Sendable (String) async throws -> [NetworkAddress]
    /// By name in lower-case ASCII.
    let overrides: [String: Override]

    package init(
        overrides: [String: Override] = [:],
        addresses: @escaping @Sendable (String) async throws -> [NetworkAddress] = Self.system
    ) {
        self.addresses = addresses
        self.overrides = overrides
    }

    /// The system's resolver, on threads of its own: a name server that never answers holds up nobody else, until
    /// it has been asked for as many names as there are threads.
    @Sendable package static func system(_ name: String) async throws -> [NetworkAddress] {
        try await threads.runIfActive { try lookUp(name) }
    }

    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    private static func lookUp(_ name: String) throws -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0, let list else { throw DestinationError.unreachable }
        defer { freeaddrinfo(list) }
        var found: [NetworkAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = address(of: entry.pointee) else { throw DestinationError.unreachable }
            if !found.contains(address) { found.append(address) }
        }
        return found
    }

    /// A link-local address with its zone becomes one without, which is blocked all the same.
    private static func address(of entry: addrinfo) -> NetworkAddress? {
        guard let raw = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                .v4(UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            return raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
                withUnsafeBytes(of: &socket.pointee.sin6_addr) { bytes in
                    .v6(bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
                }
            }
        default:
            return nil
        }
    }
}
