import Foundation
package import Logging
package import NIOSSL
package import Storage
package import WAClient

/// What the gateway stands on, and what tests replace: database, network, time and log.
package struct GatewayEnvironment: Sendable {
    package let database: any SQLDatabase
    /// Links, clock and wall clock; shared by all sessions.
    package let client: ClientEnvironment
    package let logger: Logger
    /// Where media on its way out is kept; made when the first file comes.
    package let mediaDirectory: String
    /// Where the files of received messages are kept; made when the first comes.
    package let receivedMediaDirectory: String
    /// How the names in callers' URLs become addresses.
    package let destinations: DestinationResolver
    /// Trusted besides the system's, for callers' URLs.
    package let destinationRoots: [NIOSSLCertificate]

    /// Thumbnails, durations and conversions; nil sends files without them.
    package let mediaTool: MediaTool?
    /// Makes a PNG data URL of the text of a code to scan, for `session.qr`; nil tells no codes.
    package let qrImage: @Sendable (String) -> String?

    package init(
        database: any SQLDatabase, client: ClientEnvironment, logger: Logger, mediaDirectory: String? = nil,
        receivedMediaDirectory: String? = nil,
        destinations: DestinationResolver = DestinationResolver(), destinationRoots: [NIOSSLCertificate] = [],
        mediaTool: MediaTool? = .found(), qrImage: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.database = database
        self.client = client
        self.logger = logger
        let mediaDirectory = mediaDirectory ?? Self.temporaryDirectory()
        self.mediaDirectory = mediaDirectory
        self.receivedMediaDirectory = receivedMediaDirectory ?? mediaDirectory + "-received"
        self.destinations = destinations
        self.destinationRoots = destinationRoots
        self.mediaTool = mediaTool
        self.qrImage = qrImage
    }

    var clock: any Clock<Duration> { client.clock }
    var nowMilliseconds: Int64 { client.nowMilliseconds() }

    /// A folder that nobody else has, for gateways whose data is gone with them anyway.
    private static func temporaryDirectory() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("openwa-media-\(makeUUID())").path
    }
}
