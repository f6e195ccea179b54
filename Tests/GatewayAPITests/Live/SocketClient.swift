import Foundation
import StrictJSON
import Testing

@testable import GatewayAPI

/// The client side of `/socket.io` for tests, byte by byte: polling requests on connections of their own, and WebSockets.
struct SocketClient {
    let port: Int

    /// The body of a GET, without waiting for more than the server's answer.
    func poll(_ query: String, headers: String = "") async throws -> String {
        try await request("GET /socket.io/?EIO=4&transport=polling\(query) HTTP/1.1\r\n\(headers)", body: nil)
    }

    func post(_ query: String, _ body: String, headers: String = "") async throws -> String {
        try await request("POST /socket.io/?EIO=4&transport=polling\(query) HTTP/1.1\r\n\(headers)", body: body)
    }

    private func request(_ head: String, body: String?) async throws -> String {
        try await withConnection(to: port) { connection in
            let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
            try connection.send("\(head)Host: localhost\r\nConnection: close\r\n\(length)\r\n\(body ?? "")")
            let answer = try connection.receiveAll()
            let end = try #require(answer.range(of: "\r\n\r\n"))
            return String(answer[end.upperBound...])
        }
    }

    /// Begins a session by polling.
    func open(headers: String = "") async throws -> String {
        try Self.sid(in: try await poll("", headers: headers))
    }

    static func sid(in open: String) throws -> String {
        guard case .object(let json) = try JSONReader.read(Array(open.dropFirst().utf8)) else { return "" }
        return try #require(json["sid"]?.string)
    }
}

/// A WebSocket over a raw connection. Frames of the server up to 64 KiB, of the client up to 125 bytes.
struct RawWebSocket {
    private var buffer: [UInt8] = []

    /// Asks for the upgrade; the first line of the answer.
    mutating func upgrade(
        _ query: String, headers: String = "", on connection: borrowing RawConnection
    ) throws -> String {
        try connection.send(
            Array(
                """
                GET /socket.io/?EIO=4&transport=websocket\(query) HTTP/1.1\r
                Host: localhost\r
                Connection: keep-alive, Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \(headers)\r

                """.utf8))
        while true {
            if let end = Self.find(Array("\r\n\r\n".utf8), in: buffer) {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                return head
            }
            buffer += try connection.receiveBytes()
        }
    }

    func send(_ text: String, opcode: UInt8 = 1, on connection: borrowing RawConnection) throws {
        let mask: [UInt8] = [1, 2, 3, 4]
        let payload = text.utf8.enumerated().map { $1 ^ mask[$0 % 4] }
        try connection.send([0x80 | opcode, 0x80 | UInt8(payload.count)] + mask + payload)
    }

    /// The next frame's opcode and payload; nil at the end.
    mutating func next(on connection: borrowing RawConnection) throws -> (opcode: UInt8, text: String)? {
        guard try fill(2, on: connection) else { return nil }
        var length = Int(buffer[1] & 0x7F)
        var start = 2
        if length == 126 {
            guard try fill(4, on: connection) else { return nil }
            length = Int(buffer[2]) << 8 | Int(buffer[3])
            start = 4
        }
        guard try fill(start + length, on: connection) else { return nil }
        let frame = (buffer[0] & 0x0F, String(decoding: buffer[start..<start + length], as: UTF8.self))
        buffer.removeFirst(start + length)
        return frame
    }

    /// The next text.
    mutating func text(on connection: borrowing RawConnection) throws -> String {
        while let frame = try next(on: connection) {
            if frame.opcode == 1 { return frame.text }
        }
        return ""
    }

    private mutating func fill(_ count: Int, on connection: borrowing RawConnection) throws -> Bool {
        while buffer.count < count {
            let bytes = try connection.receiveBytes()
            if bytes.isEmpty { return false }
            buffer += bytes
        }
        return true
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (0...bytes.count - needle.count).first { Array(bytes[$0..<$0 + needle.count]) == needle }
    }
}
