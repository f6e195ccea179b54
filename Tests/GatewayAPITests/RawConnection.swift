import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#endif

/// A plain TCP connection to a server of this process, for tests about bytes: pieces, silence, pipelining.
///
/// Its calls block, so each test uses it from a thread of its own (`withConnection`).
struct RawConnection: ~Copyable {
    private let descriptor: Int32

    struct Failure: Error {
        let what: String
        let code = errno
    }

    fileprivate init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(what: "connect") }
        // No test waits this long unless the server hangs.
        var patience = timeval(tv_sec: Int(Duration.patience.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(what: "send") }
            sent += count
        }
    }

    /// Ends our side; the other may still answer.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// One part as it comes; empty when the server closed.
    func receive() throws -> String {
        String(decoding: try receiveBytes(), as: UTF8.self)
    }

    /// One part as it comes; empty when the server closed.
    func receiveBytes() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure(what: "receive") }
        return Array(buffer[..<count])
    }

    /// Everything until the server closes.
    func receiveAll() throws -> String {
        var text = ""
        while true {
            let part = try receive()
            if part.isEmpty { return text }
            text += part
        }
    }

    /// Everything until the server closes, or ends without having read all that was sent, which resets the connection.
    func receiveUntilGone() throws -> String {
        var text = ""
        while true {
            do {
                let part = try receive()
                if part.isEmpty { return text }
                text += part
            } catch let failure as Failure where failure.code == ECONNRESET {
                return text
            }
        }
    }

    /// Everything until so many answers have come.
    func receive(answers: Int) throws -> String {
        var text = ""
        while text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).count - 1 < answers
            || !text.hasSuffix("}")
        {
            let part = try receive()
            if part.isEmpty { return text }
            text += part
        }
        return text
    }
}

/// Runs blocking socket code on a thread of its own, so that the server's tasks are never kept waiting by it.
func withConnection<Value: Sendable>(
    to port: Int, _ body: @escaping @Sendable (borrowing RawConnection) throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        ThreadStart.run {
            continuation.resume(with: Result { try body(try RawConnection(port: port)) })
        }
    }
}

private final class ThreadStart: Sendable {
    private let work: @Sendable () -> Void

    private init(_ work: @escaping @Sendable () -> Void) {
        self.work = work
    }

    static func run(_ work: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(ThreadStart(work)).toOpaque()
        pthread_create(
            &thread, nil,
            { start in
                Unmanaged<ThreadStart>.fromOpaque(start!).takeRetainedValue().work()
                return nil
            }, start)
        pthread_detach(thread)
    }
}
