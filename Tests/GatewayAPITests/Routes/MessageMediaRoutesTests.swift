import Foundation
import HTTPTypes
import Hummingbird
import Storage
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("The file of a message")
struct MessageMediaRoutesTests {
    private static let session = "0c3a4d6e-1d75-4f0f-8f3e-7a2d11aa90b1"
    private static let file = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    private static let sha256 = "ab" + String(repeating: "12", count: 31)

    /// A session with one received message, and its file in the given state.
    private func withMessage(
        _ state: String?, mimetype: String = "image/png", filename: String? = "Überblick.png",
        _ body: @Sendable (TestCaller, String) async throws -> Void
    ) async throws {
        try await withRoutes { caller, fixture in
            let created = try await fixture.gateway.createSession(name: "depot")
            try await fixture.gateway.environment.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO gateway_messages (session_id, seq, message_id, from_me, chat, author, sender, recipient, body,
                        type, timestamp, status, created_at)
                    VALUES ($1, 1, '3EB0A1', 0, '6281234567890@c.us', '', '6281234567890@c.us', 'me', '', 'image', 1, 2, 1)
                    """, [.text(created.id)])
                guard let state else { return }
                try connection.execute(
                    """
                    INSERT INTO gateway_inbound_media (session_id, message_seq, kind, state, mimetype, filename, byte_count,
                        sha256, reference, attempts, askings, due_at, created_at)
                    VALUES ($1, 1, 'image', $2, $3, $4, $5, $6, $7, 0, 0, 1, 1)
                    """,
                    [
                        .text(created.id), .text(state), .text(mimetype), SQLValue(filename), SQLValue(Self.file.count),
                        .text(Self.sha256),
                        .text(
                            #"{"directPath":"/a","mediaKey":"","fileSHA256":"","fileEncSHA256":"","byteCount":1,"keyTimestampSeconds":0}"#
                        ),
                    ])
            }
            if state == "stored" {
                try await fixture.gateway.mediaShelf.files.withPlace(for: Self.sha256) { path in
                    try Data(Self.file).write(to: URL(filePath: path))
                }
            }
            try await body(caller, "/api/sessions/depot/messages/6281234567890@c.us/false_6281234567890@c.us_3EB0A1/media")
        }
    }

    @Test("Its bytes come as a download with type, name and tag; HEAD tells the same without them")
    func whole() async throws {
        try await withMessage("stored") { caller, path in
            let answer = try await caller.call(.get, path)
            #expect(answer.status == 200 && answer.bytes == Self.file)
            let headers = answer.headers
            #expect(headers[.contentType] == "image/png" && headers[.xContentTypeOptions] == "nosniff")
            #expect(headers[.eTag] == "\"\(Self.sha256)\"" && headers[.acceptRanges] == "bytes")
            #expect(
                headers[.contentDisposition] == #"attachment; filename="_berblick.png"; filename*=UTF-8''%C3%9Cberblick.png"#)
            #expect(headers[.contentLength] == "200000")
            let head = try await caller.call(.head, path)
            #expect(head.status == 200 && head.bytes.isEmpty && head.headers[.contentLength] == "200000")
            let same = try await caller.call(.get, path, headers: [.ifNoneMatch: "\"x\", \"\(Self.sha256)\""])
            #expect(same.status == 304 && same.bytes.isEmpty)
        }
    }

    @Test("A part of it comes for a range, unless the file is another one than was meant")
    func ranges() async throws {
        try await withMessage("stored") { caller, path in
            let part = try await caller.call(.get, path, headers: [.range: "bytes=100000-170000"])
            #expect(part.status == 206 && part.bytes == Array(Self.file[100_000...170_000]))
            #expect(part.headers[.contentRange] == "bytes 100000-170000/200000")
            let end = try await caller.call(
                .get, path, headers: [.range: "bytes=-10", .ifRange: "\"\(Self.sha256)\""])
            #expect(end.bytes == Array(Self.file.suffix(10)))
            let other = try await caller.call(.get, path, headers: [.range: "bytes=-10", .ifRange: "\"other\""])
            #expect(other.status == 200 && other.bytes.count == 200_000)
            let beyond = try await caller.call(.get, path, headers: [.range: "bytes=200000-"])
            #expect(beyond.status == 416 && beyond.headers[.contentRange] == "bytes */200000")
        }
    }

    @Test("A stranger's page is just bytes")
    func hostileType() async throws {
        try await withMessage("stored", mimetype: "text/html", filename: nil) { caller, path in
            let answer = try await caller.call(.get, path)
            #expect(answer.headers[.contentType] == "application/octet-stream")
            #expect(answer.headers[.contentDisposition] == "attachment")
        }
    }

    @Test("Without a file there is nothing, in the contract's words", arguments: [nil, "omitted", "failed"])
    func nothing(state: String?) async throws {
        try await withMessage(state) { caller, path in
            let answer = try await caller.call(.get, path)
            #expect(answer.status == 404 && answer.text.contains(#""message":"No media stored for this message""#))
            #expect(answer.text.contains(#""code":"MEDIA_NOT_STORED""#))
            for other in ["/api/sessions/nobody/messages/6281234567890@c.us/x/media", path.replacing("3EB0A1", with: "3EB0A2")] {
                #expect(try await caller.call(.get, other).status == 404)
            }
        }
    }

    @Test("What has not come while the session is down is said to be pending", arguments: ["pending", "remote"])
    func pending(state: String) async throws {
        try await withMessage(state) { caller, path in
            let answer = try await caller.call(.get, path)
            #expect(answer.status == 409 && answer.headers[.retryAfter] == "5")
            #expect(answer.text.contains(#""code":"MEDIA_PENDING""#))
        }
    }
}
