import Logging
import WAProtocol

/// Brings files to WhatsApp's media hosts and fetches them.
///
/// Both ways go through windows of 64 KiB; a file is never in memory as a whole. A host that fails is left for the next;
/// when all fail, it begins anew after a wait, five rounds in all. Source: protocol reference 7.
struct MediaTransfer: Sendable {
    let http: any MediaHTTP
    let hosts: MediaHosts
    /// Asks WhatsApp for the hosts.
    let askForHosts: @Sendable () async throws -> MediaConnection
    let environment: ClientEnvironment
    var spoolFolder = "/tmp"
    /// From this size on a host is asked first how much of the file it has.
    var resumeByteCount = 5 << 20

    static let rounds = 5
    /// What the media hosts take of a document; nothing larger can be real.
    static let maximumByteCount = 2 << 30

    static let headers: [(name: String, value: String)] = [
        ("Content-Type", "application/octet-stream"), ("Origin", "https://web.whatsapp.com"),
        ("Referer", "https://web.whatsapp.com/"),
    ]

    /// Waits before another round: 1, 2, 4, 8 seconds.
    func pause(before round: Int) async throws {
        if round > 0 { try await environment.clock.sleep(for: .seconds(1 << (round - 1))) }
    }
}
