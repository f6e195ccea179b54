import Hummingbird
import NIOCore
import Synchronization

/// Collects request bodies in memory, within a limit each and a budget for all together.
///
/// Order of checks as in the contract (1.1, 1.9): encoding, size and syntax are refused before the key is looked at.
struct BodyCollector: Sendable {
    let maximumByteCount: Int
    let budget: BodyBudget

    /// The body's bytes, and the part of the budget they hold until `budget.release`.
    ///
    /// Only bytes that came count: a length is declared for nothing.
    ///
    /// - Parameter hasKey: Whether the caller shows a key that somebody was given.
    func collect(
        _ request: Request, hasKey: Bool, reservation: inout Int
    ) async throws(APIError) -> ByteBuffer {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw .unsupportedEncoding("unsupported content encoding \"\(encoding.prefix(40))\"")
        }
        let declared = request.headers[.contentLength].flatMap(Int.init)
        guard declared ?? 0 <= maximumByteCount else { throw .bodyTooLarge }
        if declared == 0 || (declared == nil && request.headers[.transferEncoding] == nil) { return ByteBuffer() }

        var iterator = request.body.makeAsyncIterator()
        var body = ByteBuffer()
        while true {
            var next: ByteBuffer?
            do {
                next = try await iterator.next()
            } catch {
                // The caller went away, or broke the coding of the body.
                throw .bodyIncomplete
            }
            guard var part = next else { break }
            guard body.readableBytes + part.readableBytes <= maximumByteCount else { throw .bodyTooLarge }
            try reserve(body.readableBytes + part.readableBytes - reservation, hasKey: hasKey, &reservation)
            // The usual body comes in one part, and needs no copy.
            if body.readableBytes == 0 {
                body = part
            } else {
                body.writeBuffer(&part)
            }
        }
        if let declared, body.readableBytes != declared { throw .bodyIncomplete }
        return body
    }

    private func reserve(_ count: Int, hasKey: Bool, _ reservation: inout Int) throws(APIError) {
        guard count > 0 else { return }
        guard budget.reserve(count, hasKey: hasKey) else { throw .bodyBudgetSpent }
        reservation += count
    }
}

/// Bytes of bodies in memory at the same time, over all connections.
///
/// Callers that show no good key share a quarter, so that they cannot keep out those who do.
final class BodyBudget: Sendable {
    private let byteCount: Int
    private let used = Mutex(0)

    init(byteCount: Int) {
        self.byteCount = byteCount
    }

    /// False when the bytes do not fit now.
    func reserve(_ count: Int, hasKey: Bool) -> Bool {
        used.withLock { used in
            guard used + count <= (hasKey ? byteCount : byteCount / 4) else { return false }
            used += count
            return true
        }
    }

    func release(_ count: Int) {
        guard count > 0 else { return }
        used.withLock { $0 -= count }
    }
}
