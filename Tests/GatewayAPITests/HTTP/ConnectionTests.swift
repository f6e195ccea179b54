import Hummingbird
import Logging
import NIOCore
import TestSupport
import Testing

@testable import GatewayAPI

/// What happens on the wire: pieces, pipelining, too much, too slow, nothing at all.
struct ConnectionTests {
    private static let head = "Host: localhost\r\nContent-Type: application/json\r\n"

    private static func post(_ body: String, headers: String = "") -> String {
        "POST /api/sessions/x/messages/send-text HTTP/1.1\r\n\(head)\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("Requests of one connection are answered in order, also when they come at once")
    func pipelining() async throws {
        try await withAPI { port, _ in
            let answers = try await withConnection(to: port) { connection in
                let get = "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n"
                try connection.send(
                    get + "X-Request-ID: first\r\n\r\n" + Self.post("{}", headers: "X-Request-ID: second\r\n"))
                try connection.send(get + "X-Request-ID: third\r\n\r\n")
                return try connection.receive(answers: 3)
            }
            let ids = answers.split(separator: "\r\n").filter { $0.hasPrefix("X-Request-ID: ") }
            #expect(ids == ["X-Request-ID: first", "X-Request-ID: second", "X-Request-ID: third"])
            #expect(answers.contains("HTTP/1.1 401 Unauthorized"))
        }
    }

    @Test("A request may come in pieces, also in chunks of its own")
    func pieces() async throws {
        try await withAPI { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send("POST /api/sessions/x/messages/send-text HTTP/1.1\r\n\(Self.head)Transfer-Enc")
                try connection.send("oding: chunked\r\n\r\n1\r\n{\r\n")
                try connection.send("3\r\n\"a\"\r\n0\r\n\r\n")
                return try connection.receive(answers: 1)
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request"))
            #expect(answer.contains("Unexpected end of JSON input"))
        }
    }

    @Test("A body declared too large is refused before it is sent, and the connection ends")
    func declaredTooLarge() async throws {
        try await withAPI(.init(maximumBodyByteCount: 1000)) { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send(
                    "POST /api/sessions HTTP/1.1\r\n\(Self.head)Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
                return try connection.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 413"))
            #expect(answer.contains(#"{"statusCode":413,"message":"request entity too large","code":"BODY_TOO_LARGE""#))
        }
    }

    @Test("A body that grows too large is refused, and the answer is readable although the caller sends on")
    func grownTooLarge() async throws {
        try await withAPI(.init(maximumBodyByteCount: 1000)) { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send("POST /api/sessions HTTP/1.1\r\n\(Self.head)Transfer-Encoding: chunked\r\n\r\n")
                let chunk = "1000\r\n" + String(repeating: " ", count: 0x1000) + "\r\n"
                for _ in 0..<200 { try connection.send(chunk) }
                return try connection.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test("Who writes a whole large body first can read that nobody wanted it")
    func earlyRefusal() async throws {
        try await withAPI { port, _ in
            for path in ["/api/sessions/x/messages/send-image", "/api/nope"] {
                let answer = try await withConnection(to: port) { connection in
                    try connection.send("POST \(path) HTTP/1.1\r\n\(Self.head)Content-Length: \(12 << 20)\r\n\r\n")
                    let piece = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
                    for _ in 0..<12 { try connection.send(piece) }
                    return try connection.receiveAll()
                }
                #expect(answer.hasPrefix("HTTP/1.1 40"))
                #expect(answer.contains("Connection: close\r\n"))
            }
        }
    }

    @Test(
        "A caller that wants no second answer sees the end of the first",
        arguments: ["GET /api/health/live HTTP/1.0\r\n", "GET /api/health/live HTTP/1.1\r\nConnection: Close\r\n"])
    func lastRequest(head: String) async throws {
        try await withAPI { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send(head + "Host: localhost\r\n\r\n")
                return try connection.receiveAll()
            }
            #expect(answer.contains(" 200 OK\r\n"))
            #expect(answer.contains("Connection: close\r\n"))
        }
    }

    @Test("An error that answers HEAD has a length and no body")
    func head() async throws {
        try await withAPI { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send("HEAD /api/nope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return try connection.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 404"))
            #expect(answer.contains("Content-Length: ") && !answer.contains("Content-Length: 0\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("A caller that asks first is told to go on")
    func expectContinue() async throws {
        try await withAPI { port, _ in
            let (invitation, answer) = try await withConnection(to: port) { connection in
                try connection.send(
                    "POST /api/sessions HTTP/1.1\r\n\(Self.head)Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
                let invitation = try connection.receive()
                try connection.send("{}")
                return (invitation, try connection.receive(answers: 1))
            }
            #expect(invitation.hasPrefix("HTTP/1.1 100 Continue\r\n"))
            #expect(answer.hasPrefix("HTTP/1.1 401"))
        }
    }

    @Test("A body that stops is not waited for, and is never taken for a whole one")
    func silence() async throws {
        try await withAPI(.init(bodySilenceSeconds: 1)) { port, _ in
            let answers = try await withConnection(to: port) { connection in
                try connection.send(
                    "POST /api/sessions HTTP/1.1\r\n\(Self.head)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
                return try connection.receiveAll()
            }
            #expect(answers == "")
        }
    }

    @Test("A caller that ends in the middle of a body gets no answer meant for a whole one")
    func truncated() async throws {
        try await withAPI { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send("POST /api/sessions HTTP/1.1\r\n\(Self.head)Content-Length: 100\r\n\r\n{}")
                connection.finishSending()
                return try connection.receiveAll()
            }
            #expect(!answer.contains("401") && !answer.contains("201"))
        }
    }

    @Test("A body whose chunks make no sense is refused, and the connection ends")
    func brokenChunks() async throws {
        try await withAPI { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send(
                    "POST /api/sessions HTTP/1.1\r\n\(Self.head)Transfer-Encoding: chunked\r\n\r\nzz\r\n")
                return try connection.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request"))
        }
    }

    @Test("An idle connection is closed")
    func idle() async throws {
        try await withAPI(.init(idleSeconds: 1)) { port, _ in
            let answer = try await withConnection(to: port) { connection in
                try connection.send("GET /api/hea")
                return try connection.receiveAll()
            }
            #expect(answer == "")
        }
    }

    @Test("A connection that is accepted by a server about to stop is closed")
    func dropped() async throws {
        let channel = GuardedHTTP1Channel(
            APIConfiguration(), maximumBodyByteCount: { _ in 0 }, webSockets: { _, _ in nil }, responder: { _, _, _ in })
        try await dropConnection { channel.setup(channel: $0, logger: Logger(label: "test")).map { _ in } }
    }
}
