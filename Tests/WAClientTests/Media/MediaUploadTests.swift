import Synchronization
import TestSupport
import Testing
import WACrypto
import WAProtocol

@testable import WAClient

@Suite("Uploading media")
struct MediaUploadTests {
    private let stored = CannedReply.json(
        #"{"url":"https://mmg.whatsapp.net/v/x","direct_path":"/v/x?ccb=1","handle":"h"}"#)
    /// Hosts that nobody listens on.
    private let nobody = "127.0.0.1:1"

    @Test("A file arrives encrypted under its token, and its reference opens it")
    func upload() async throws {
        let stored = stored
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await MediaServer.run({ _ in stored }) { server in
            try await withTransfer([TransferFixture.connection(server.host)]) { fixture in
                let reference = try await fixture.transfer.upload(fixture.file(bytes), kind: .voice)
                let request = try #require(server.seen.first)
                #expect(server.seen.count == 1 && request.method == "POST")
                #expect(request.origin == "https://web.whatsapp.com" && request.path.hasPrefix("/mms/audio/"))
                let name = try #require(request.path.split(separator: "/").last?.split(separator: "?").first)
                let token = String(name)
                #expect(token.hasSuffix("=") && request.query("token") == token.replacing("=", with: "%3D"))
                #expect(request.query("auth") == "a%2Bb%2Fc")
                #expect(reference.directPath == "/v/x?ccb=1" && reference.url == "https://mmg.whatsapp.net/v/x")
                #expect(reference.byteCount == 200_000 && reference.fileSHA256 == Digest.sha256(bytes))
                #expect(reference.fileEncSHA256 == Digest.sha256(request.body))
                #expect(reference.keyTimestampSeconds == 1_782_372_000)
                let keys = try MediaKeys(mediaKey: reference.mediaKey, purpose: .audio)
                #expect(try MediaCipher.decrypt(request.body, keys: keys) == bytes)
                #expect(reference.sidecar?.count == 40)
                // Only the caller's file is there: what was spooled has no name.
                #expect(fixture.files.count == 1)
            }
        }
    }

    @Test("A sidecar is made for what is played piece by piece only, and an empty file can be sent")
    func sidecars() async throws {
        let stored = stored
        try await MediaServer.run({ _ in stored }) { server in
            try await withTransfer([TransferFixture.connection(server.host)]) { fixture in
                let empty = try fixture.file([])
                #expect(try await fixture.transfer.upload(empty, kind: .document).sidecar == nil)
                #expect(try await fixture.transfer.upload(empty, kind: .gif).sidecar?.count == 10)
                #expect(server.seen.map(\.body.count) == [26, 26])
                #expect(server.seen[0].body != server.seen[1].body)
            }
        }
    }

    @Test("A host that fails is left for the next, and all of them are tried again after a wait")
    func fallback() async throws {
        let stored = stored
        let failures = Mutex(2)
        let respond: @Sendable (SeenRequest) -> CannedReply = { _ in
            failures.withLock { left in
                defer { left -= 1 }
                return left > 0 ? CannedReply(status: 503) : stored
            }
        }
        try await MediaServer.run(respond) { server in
            try await withTransfer([TransferFixture.connection(nobody, server.host)]) { fixture in
                _ = try await fixture.transfer.upload(fixture.file([1, 2, 3]), kind: .image)
                #expect(server.seen.count == 3 && Set(server.seen.map(\.body)).count == 1)
                #expect(fixture.clock.waited == [.seconds(1), .seconds(2)] && fixture.asks == 1)
            }
        }
    }

    @Test("Hosts that stay silent are given up after five rounds")
    func unavailable() async throws {
        try await withTransfer([TransferFixture.connection(nobody)]) { fixture in
            await #expect(throws: MediaError.unavailable) {
                try await fixture.transfer.upload(fixture.file([1]), kind: .image)
            }
            #expect(fixture.clock.waited == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        }
    }

    @Test("A worthless word is replaced by a new one, and a refusal ends it")
    func unauthorised() async throws {
        let stored = stored
        let respond: @Sendable (SeenRequest) -> CannedReply = { request in
            switch request.query("auth") {
            case "old": CannedReply(status: 401)
            case "new": stored
            default: CannedReply(status: 413)
            }
        }
        try await MediaServer.run(respond) { server in
            let old = TransferFixture.connection(auth: "old", server.host)
            let new = TransferFixture.connection(auth: "new", server.host)
            try await withTransfer([old, new]) { fixture in
                _ = try await fixture.transfer.upload(fixture.file([1]), kind: .image)
                #expect(server.seen.map { $0.query("auth") } == ["old", "new"] && fixture.asks == 2)
                _ = try await fixture.transfer.upload(fixture.file([1]), kind: .image)
                #expect(fixture.asks == 2)
            }
            try await withTransfer([TransferFixture.connection(auth: "odd", server.host)]) { fixture in
                await #expect(throws: MediaError.refused(status: 413)) {
                    try await fixture.transfer.upload(fixture.file([1]), kind: .image)
                }
            }
        }
    }

    @Test("A large file goes on where it stopped, and one that is there already is not sent again")
    func resume() async throws {
        let stored = stored
        let bytes = [UInt8](repeating: 7, count: 100_000)
        let respond: @Sendable (SeenRequest) -> CannedReply = { request in
            request.query("resume") == nil ? stored : .json(#"{"resume":"70000"}"#)
        }
        try await MediaServer.run(respond) { server in
            try await withTransfer([TransferFixture.connection(server.host)], resumeByteCount: 1) { fixture in
                let reference = try await fixture.transfer.upload(fixture.file(bytes), kind: .document)
                #expect(server.seen.count == 2 && server.seen[0].body.isEmpty)
                #expect(server.seen[1].query("file_offset") == "70000")
                // 100,000 bytes are 6,250 blocks and one of padding, then the MAC.
                #expect(server.seen[1].body.count == 100_026 - 70_000)
                #expect(reference.directPath == "/v/x?ccb=1")
            }
        }
        let complete = CannedReply.json(#"{"resume":"complete","url":"https://mmg.whatsapp.net/y","direct_path":"/v/y"}"#)
        try await MediaServer.run({ _ in complete }) { server in
            try await withTransfer([TransferFixture.connection(server.host)], resumeByteCount: 1) { fixture in
                let reference = try await fixture.transfer.upload(fixture.file(bytes), kind: .document)
                #expect(reference.directPath == "/v/y" && server.seen.count == 1)
            }
        }
        // A host that does not understand the question, or answers nonsense, gets all of it.
        for odd in [CannedReply(status: 404), .json(#"{"resume":"999999999"}"#), .json("[]")] {
            let respond: @Sendable (SeenRequest) -> CannedReply = { $0.query("resume") == nil ? stored : odd }
            try await MediaServer.run(respond) { server in
                try await withTransfer([TransferFixture.connection(server.host)], resumeByteCount: 1) { fixture in
                    _ = try await fixture.transfer.upload(fixture.file([1, 2]), kind: .document)
                    #expect(server.seen.map(\.body.count) == [0, 26])
                }
            }
        }
    }

    @Test("A file that is not what was said, or larger than a host takes, goes nowhere")
    func refusedFiles() async throws {
        try await MediaServer.run({ _ in CannedReply(status: 500) }) { server in
            try await withTransfer([TransferFixture.connection(server.host, limit: 25)]) { fixture in
                let file = try fixture.file([1, 2, 3])
                for (count, hash) in [(3, Digest.sha256([9])), (2, file.sha256), (4, file.sha256)] {
                    await #expect(throws: MediaError.fileChanged) {
                        try await fixture.transfer.upload(
                            MediaFile(path: file.path, byteCount: count, sha256: hash), kind: .image)
                    }
                }
                await #expect(throws: MediaError.tooLarge) { try await fixture.transfer.upload(file, kind: .image) }
                await #expect(throws: MediaError.spool(errno: 2)) {
                    try await fixture.transfer.upload(
                        MediaFile(path: file.path + "-", byteCount: 3, sha256: file.sha256), kind: .image)
                }
                #expect(server.seen.isEmpty)
            }
        }
    }
}
