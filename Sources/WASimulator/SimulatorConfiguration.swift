/// How the simulated server behaves where a real one could behave one way or another.
package struct SimulatorConfiguration: Sendable {
    /// Every key, id and decision comes from this.
    package var seed: UInt64
    /// Hosts named in `media_conn` answers, each as `host` or `host:port`.
    package var mediaHosts: [String]
    /// How long a client may use a `media_conn` answer.
    package var mediaConnectionSeconds: Int
    package var mediaDownload: MediaDownload
    /// Logins and registrations with a smaller third version number fail with 405. 0 lets all in.
    package var minimumVersion: UInt32
    /// Whether phones read QR texts of four fields, as clients from before the client type show them.
    package var acceptsFourFieldQRCodes: Bool
    /// A registration that nobody scanned ends after this long; its refs die with it.
    package var registrationMilliseconds: Int64
    /// A stanza not acknowledged for this long on a live connection is a violation.
    package var acknowledgementMilliseconds: Int64
    /// Below this many one-time prekeys the server tells the device.
    package var preKeyLowWater: Int
    /// After a device was told of another device, messages must be encrypted to it too; this much later at most.
    package var deviceListGraceMilliseconds: Int64
    /// Whether the server hands out routing info at login, which clients then send ahead of the next connection.
    package var sendsEdgeRouting: Bool
    /// How long a phone with an automatic answer takes to give it.
    package var answerDelayMilliseconds: Int64

    package init(
        seed: UInt64 = 1,
        mediaHosts: [String] = ["mmg.whatsapp.net"],
        mediaConnectionSeconds: Int = 300,
        mediaDownload: MediaDownload = .eager,
        minimumVersion: UInt32 = 0,
        acceptsFourFieldQRCodes: Bool = true,
        registrationMilliseconds: Int64 = 160_000,
        acknowledgementMilliseconds: Int64 = 30_000,
        preKeyLowWater: Int = 5,
        deviceListGraceMilliseconds: Int64 = 5_000,
        sendsEdgeRouting: Bool = false,
        answerDelayMilliseconds: Int64 = 300
    ) {
        self.seed = seed
        self.mediaHosts = mediaHosts
        self.mediaConnectionSeconds = mediaConnectionSeconds
        self.mediaDownload = mediaDownload
        self.minimumVersion = minimumVersion
        self.acceptsFourFieldQRCodes = acceptsFourFieldQRCodes
        self.registrationMilliseconds = registrationMilliseconds
        self.acknowledgementMilliseconds = acknowledgementMilliseconds
        self.preKeyLowWater = preKeyLowWater
        self.deviceListGraceMilliseconds = deviceListGraceMilliseconds
        self.sendsEdgeRouting = sendsEdgeRouting
        self.answerDelayMilliseconds = answerDelayMilliseconds
    }
}
