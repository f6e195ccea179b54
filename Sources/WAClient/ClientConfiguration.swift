#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
package import Logging
package import NIOCore
import NIOPosix
package import NIOSSL
package import WANoise
package import WAProtocol

/// What a client is told about the server and about itself. Defaults are WhatsApp's own.
package struct ClientConfiguration: Sendable {
    package var endpoint = ServerEndpoint.whatsApp
    package var origin = "https://web.whatsapp.com"
    package var trust = ServerTrust.whatsApp
    /// How the phone's list of linked devices shows us.
    package var companion = CompanionProperties(name: "OpenWA")
    /// The WhatsApp Web version we say we are; too old a one is refused with 405.
    package var webVersion = WebVersion.bundled
    /// How long the first QR code is shown, and each later one (protocol reference 3.1).
    package var firstQRDuration: Duration = .seconds(60)
    package var laterQRDuration: Duration = .seconds(20)
    package var requestTimeout: Duration = .seconds(60)
    package var handshakeTimeout: Duration = .seconds(20)
    /// Pings are this far apart, at random (protocol reference 1.8).
    package var keepaliveSeconds: ClosedRange<Double> = 20...30
    /// The first wait before connecting again; later ones grow from it (`ReconnectBackoff`).
    package var reconnectUnit: Duration = .seconds(1)
    /// When a step of the login that failed is first tried again; each later wait is twice as long.
    package var loginRetryUnit: Duration = .seconds(30)
    /// After so many vain attempts in a row the client fails; nil for never.
    package var maximumReconnectAttempts: Int?
    package var keepaliveTimeout: Duration = .seconds(10)
    /// One-time prekeys uploaded at a time: WhatsApp Web's number.
    package var preKeyBatch = 812
    /// More are uploaded when the server has fewer than this.
    package var preKeyLowWater: Int64 = 5
    /// How long sent content and seen ids are kept, for retry receipts and repetitions.
    package var retentionDays: Int64 = 14
    /// Where files lie while they are encrypted for sending; they have no names and are gone with the process.
    package var spoolFolder = "/tmp"

    package init() {}
}

/// What clients share in one process, and what tests replace.
package struct ClientEnvironment: Sendable {
    package var openLink: LinkOpener
    package var mediaHTTP: any MediaHTTP
    package var clock: any Clock<Duration>
    package var nowMilliseconds: @Sendable () -> Int64
    package var logger: Logger

    package init(
        openLink: @escaping LinkOpener,
        mediaHTTP: any MediaHTTP = MediaHTTPClient(on: MultiThreadedEventLoopGroup.singleton),
        clock: any Clock<Duration> = ContinuousClock(),
        nowMilliseconds: @escaping @Sendable () -> Int64 = systemMilliseconds, logger: Logger
    ) {
        self.openLink = openLink
        self.mediaHTTP = mediaHTTP
        self.clock = clock
        self.nowMilliseconds = nowMilliseconds
        self.logger = logger
    }

    /// Over TCP and TLS. One TLS context and one HTTP client serve every session of the process.
    ///
    /// - Parameters:
    ///   - additionalRoots: Trusted besides the system's.
    ///   - dnsOverride: Where media hosts are, by name, in place of what DNS says.
    package static func network(
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, origin: String = ClientConfiguration().origin,
        additionalRoots: [NIOSSLCertificate] = [], dnsOverride: [String: String] = [:], logger: Logger
    ) throws -> ClientEnvironment {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.additionalTrustRoots = additionalRoots.isEmpty ? [] : [.certificates(additionalRoots)]
        let tls = try NIOSSLContext(configuration: configuration)
        return ClientEnvironment(
            openLink: { endpoint, receiver in
                try await NIOWebSocketLink.open(endpoint, origin: origin, tls: tls, on: group, receiver: receiver)
            },
            mediaHTTP: MediaHTTPClient(on: group, additionalRoots: additionalRoots, dnsOverride: dnsOverride),
            logger: logger)
    }

    var nowSeconds: Int64 { nowMilliseconds() / 1000 }
}

/// The system's wall clock in Unix milliseconds.
@Sendable package func systemMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
