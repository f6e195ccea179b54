import Foundation
import Logging
import Synchronization
import Testing
import WACrypto
import WAProtocol

@testable import WAClient

/// A transfer whose media connections come from a list, and a folder for its files.
struct TransferFixture: Sendable {
    let transfer: MediaTransfer
    let folder: URL
    let clock = ImpatientClock()
    private let asked: AskCount

    /// How often the hosts were asked for.
    var asks: Int { asked.count.withLock { $0 } }

    private final class AskCount: Sendable {
        let count = Mutex(0)
    }

    /// The last connection is given again and again.
    init(_ connections: [MediaConnection], resumeByteCount: Int = 5 << 20) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "openwa-media-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let asked = AskCount()
        self.asked = asked
        let environment = ClientEnvironment(
            openLink: { _, _ in throw ClientError.notConnected }, mediaHTTP: PlainMediaHTTP(), clock: clock,
            nowMilliseconds: { 1_782_372_000_000 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        transfer = MediaTransfer(
            http: environment.mediaHTTP, hosts: MediaHosts(nowMilliseconds: environment.nowMilliseconds),
            askForHosts: {
                let index = asked.count.withLock { count in
                    defer { count += 1 }
                    return count
                }
                return connections[min(index, connections.count - 1)]
            },
            environment: environment, spoolFolder: folder.path, resumeByteCount: resumeByteCount)
    }

    static func connection(auth: String = "a+b/c", _ hosts: String..., limit: Int? = nil) -> MediaConnection {
        MediaConnection(
            auth: auth, lifetimeSeconds: 300, hosts: hosts.map { .init(name: $0, maximumByteCount: limit) })
    }

    func file(_ bytes: [UInt8]) throws -> MediaFile {
        let path = folder.appending(path: "\(UUID())").path
        try Data(bytes).write(to: URL(filePath: path))
        return MediaFile(path: path, byteCount: bytes.count, sha256: Digest.sha256(bytes))
    }

    /// A file as it would lie on a host, and the reference to it.
    static func stored(_ bytes: [UInt8], kind: MediaKind) throws -> (file: [UInt8], reference: MediaReference) {
        let mediaKey = [UInt8](repeating: 0xA1, count: 32)
        let (file, summary) = try MediaCipher.encrypt(bytes, keys: MediaKeys(mediaKey: mediaKey, purpose: kind.purpose))
        return (
            file,
            MediaReference(
                directPath: "/v/t62.7118-24/abc?ccb=11-4", mediaKey: mediaKey, fileSHA256: summary.fileSHA256,
                fileEncSHA256: summary.encryptedFileSHA256, byteCount: bytes.count, keyTimestampSeconds: 1)
        )
    }

    /// What lies in the folder.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

/// Lends a transfer and removes its files.
func withTransfer(
    _ connections: [MediaConnection], resumeByteCount: Int = 5 << 20, _ body: (TransferFixture) async throws -> Void
) async throws {
    let fixture = try TransferFixture(connections, resumeByteCount: resumeByteCount)
    defer { fixture.remove() }
    try await body(fixture)
}
