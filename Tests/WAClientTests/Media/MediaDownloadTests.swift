import Foundation
import Synchronization
import Testing
import WACrypto
import WAProtocol

@testable import WAClient

@Suite("Downloading media")
struct MediaDownloadTests {
    private let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    private func download(
        _ reference: MediaReference, kind: MediaKind = .image, from hosts: [String],
        maximumByteCount: Int = MediaTransfer.maximumByteCount,
        _ check: (TransferFixture, Result<MediaDownload, any Error>, Data?) throws -> Void
    ) async throws {
        let connection = MediaConnection(
            auth: "a", lifetimeSeconds: 300, hosts: hosts.map { .init(name: $0, maximumByteCount: nil) })
        try await withTransfer([connection]) { fixture in
            let path = fixture.folder.appending(path: "out").path
            var result: Result<MediaDownload, any Error>
            do {
                let outcome = try await fixture.transfer.download(
                    reference, kind: kind, to: path, maximumByteCount: maximumByteCount)
                result = .success(outcome)
            } catch {
                result = .failure(error)
            }
            try check(fixture, result, FileManager.default.contents(atPath: path))
            // Whatever happened, no half file is left.
            #expect(fixture.files.allSatisfy { $0 == "out" })
        }
    }

    @Test("A file is fetched by its path from the hosts we were told, and opened")
    func whole() async throws {
        let (file, reference) = try TransferFixture.stored(bytes, kind: .image)
        try await MediaServer.run({ _ in CannedReply(body: file) }) { server in
            try await download(reference, from: ["127.0.0.1:1", server.host]) { _, result, written in
                #expect((try? result.get()) == .complete && written == Data(bytes))
            }
            let request = try #require(server.seen.first)
            #expect(request.method == "GET" && request.path.hasPrefix("/v/t62.7118-24/abc?ccb=11-4&hash="))
            #expect(request.query("mms-type") == "image" && request.query("__wa-mms") == "")
        }
    }

    @Test("A file the hosts have no more is expired, and only when none of them has it")
    func expired() async throws {
        let (file, reference) = try TransferFixture.stored(bytes, kind: .image)
        for status in [403, 404, 410] {
            try await MediaServer.run({ _ in CannedReply(status: status) }) { server in
                try await download(reference, from: [server.host]) { fixture, result, written in
                    #expect((try? result.get()) == .expired && written == nil && fixture.clock.waited.isEmpty)
                }
                try await MediaServer.run({ _ in CannedReply(body: file) }) { other in
                    try await download(reference, from: [server.host, other.host]) { _, result, _ in
                        #expect((try? result.get()) == .complete)
                    }
                }
            }
        }
    }

    @Test("While one host may still have the file it is not gone")
    func notYetExpired() async throws {
        let (file, reference) = try TransferFixture.stored(bytes, kind: .image)
        let answers = Mutex([CannedReply(body: file), CannedReply(status: 500)])
        let respond: @Sendable (SeenRequest) -> CannedReply = { _ in answers.withLock { $0.popLast() } ?? CannedReply() }
        try await MediaServer.run(respond) { busy in
            try await MediaServer.run({ _ in CannedReply(status: 404) }) { without in
                try await download(reference, from: [busy.host, without.host]) { _, result, _ in
                    #expect((try? result.get()) == .complete)
                }
            }
        }
    }

    @Test("Anything but the file of the message is refused and not kept")
    func corrupted() async throws {
        let (file, reference) = try TransferFixture.stored(bytes, kind: .image)
        var wrongMAC = file
        wrongMAC[file.count - 1] ^= 1
        var wrongByte = file
        wrongByte[100] ^= 1
        for served in [wrongMAC, wrongByte, file + [0], file + file] {
            try await MediaServer.run({ _ in CannedReply(body: served) }) { server in
                try await download(reference, from: [server.host]) { _, result, written in
                    #expect(throws: MediaError.corrupted) { try result.get() }
                    #expect(written == nil)
                }
            }
        }
        // The message itself may lie: about the key, the hashes, the length.
        var lies: [MediaReference] = []
        var lie = reference
        lie.mediaKey[0] ^= 1
        lies.append(lie)
        lie = reference
        lie.fileSHA256[0] ^= 1
        lies.append(lie)
        lie = reference
        lie.fileEncSHA256[0] ^= 1
        lies.append(lie)
        lie = reference
        lie.byteCount += 1
        lies.append(lie)
        try await MediaServer.run({ _ in CannedReply(body: file) }) { [lies] server in
            for lie in lies {
                try await download(lie, from: [server.host]) { _, result, _ in
                    #expect(throws: MediaError.corrupted) { try result.get() }
                }
            }
            try await download(reference, kind: .video, from: [server.host]) { _, result, _ in
                #expect(throws: MediaError.corrupted) { try result.get() }
            }
        }
    }

    @Test("An answer that breaks off or fails is asked for again; a redirect is not followed")
    func again() async throws {
        let (file, reference) = try TransferFixture.stored(bytes, kind: .image)
        let answers = Mutex([CannedReply(body: file), CannedReply(body: Array(file.prefix(70_000))), CannedReply(status: 500)])
        let respond: @Sendable (SeenRequest) -> CannedReply = { _ in answers.withLock { $0.popLast() } ?? CannedReply() }
        try await MediaServer.run(respond) { server in
            try await download(reference, from: [server.host]) { fixture, result, written in
                #expect((try? result.get()) == .complete && written == Data(bytes))
                #expect(fixture.clock.waited == [.seconds(1), .seconds(2)])
            }
        }
        try await MediaServer.run({ _ in CannedReply(status: 302, headers: ["Location": "/elsewhere"]) }) { server in
            try await download(reference, from: [server.host]) { _, result, _ in
                #expect(throws: MediaError.refused(status: 302)) { try result.get() }
            }
            #expect(server.seen.count == 1)
        }
    }

    @Test("A file larger than the caller takes is not begun, however large the message says it is")
    func limits() async throws {
        var (_, reference) = try TransferFixture.stored(bytes, kind: .image)
        try await download(reference, from: [], maximumByteCount: 149_999) { fixture, result, _ in
            #expect(throws: MediaError.tooLarge) { try result.get() }
            #expect(fixture.asks == 0)
        }
        reference.byteCount = .max
        try await download(reference, from: [], maximumByteCount: .max) { _, result, _ in
            #expect(throws: MediaError.tooLarge) { try result.get() }
        }
    }
}
