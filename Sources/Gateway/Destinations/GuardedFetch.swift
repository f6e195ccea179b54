import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Fetches what a caller's URL names, through the guard: every hop is vetted anew, and connected to at the vetted address.
///
/// The name is looked up once for a hop; between that look-up and the connection nobody is asked again, so a name that
/// changes its address in between gains nothing. `Host`, SNI and the certificate's name stay the URL's.
package final class GuardedFetch: Sendable {
    /// What one fetch may cost.
    package struct Limits: Sendable {
        var byteCount: Int
        /// For all hops together.
        var timeout: Duration
        /// How many redirects are followed.
        var redirects: Int
        /// Whether the rest of a longer file is left out, instead of the whole being refused.
        var truncates = false
    }

    /// What the server said of the file.
    struct Head: Sendable {
        /// As sent, with parameters.
        let contentType: String?
        /// After redirects.
        let url: WebURL
    }

    private enum Hop {
        case finished(Head)
        case redirected(String)
    }

    private let policy: DestinationPolicy
    private let clients: PinnedClients
    private let clock: any Clock<Duration>

    init(policy: DestinationPolicy, additionalRoots: [NIOSSLCertificate], clock: any Clock<Duration>) {
        self.policy = policy
        self.clock = clock
        clients = PinnedClients(additionalRoots: additionalRoots)
    }

    /// Gives the file to `receive` piece by piece.
    ///
    /// - Parameter accepts: Asked with the content type before the first piece; false gives up with status 415.
    /// - Throws: `DestinationError`, and whatever `receive` throws.
    func fetch(
        _ url: WebURL, limits: Limits, accepts: @escaping @Sendable (String?) -> Bool = { _ in true },
        receive: @escaping @Sendable (ByteBuffer) throws -> Void
    ) async throws -> Head {
        try await withThrowingTaskGroup(of: Head.self) { group in
            group.addTask { try await self.follow(url, limits, accepts, receive) }
            group.addTask { [clock] in
                try await clock.sleep(for: limits.timeout)
                throw DestinationError.timedOut
            }
            defer { group.cancelAll() }
            guard let head = try await group.next() else { throw CancellationError() }
            return head
        }
    }

    private func follow(
        _ url: WebURL, _ limits: Limits, _ accepts: @Sendable (String?) -> Bool,
        _ receive: @Sendable (ByteBuffer) throws -> Void
    ) async throws -> Head {
        var url = url
        for _ in 0...limits.redirects {
            let destination = try await policy.vet(url)
            switch try await hop(destination, limits, accepts, receive) {
            case .finished(let head): return head
            case .redirected(let location): url = try url.following(location)
            }
        }
        throw DestinationError.tooManyRedirects
    }

    private func hop(
        _ destination: VettedDestination, _ limits: Limits, _ accepts: @Sendable (String?) -> Bool,
        _ receive: @Sendable (ByteBuffer) throws -> Void
    ) async throws -> Hop {
        var failure = DestinationError.unreachable
        // A host that has an IPv6 address is often reached by IPv4 only.
        for address in destination.addresses.prefix(Self.addressesTried) {
            do {
                return try await clients.lend(destination, at: address) { client in
                    let response: HTTPClientResponse
                    do {
                        response = try await client.execute(Self.request(destination), deadline: .distantFuture)
                    } catch let error as HTTPClientError where error == .cancelled {
                        throw CancellationError()
                    } catch {
                        try Task.checkCancellation()
                        throw Unconnected()
                    }
                    return try await Self.read(response, of: destination.url, limits, accepts, receive)
                }
            } catch is Unconnected {
                failure = .unreachable
            }
        }
        throw failure
    }

    private static let addressesTried = 4

    /// There was no answer, so another address may be tried.
    private struct Unconnected: Error {}

    private static func request(_ destination: VettedDestination) -> HTTPClientRequest {
        let url = destination.url
        var request = HTTPClientRequest(
            url: "\(url.scheme.rawValue)://\(url.hostText):\(destination.port)\(url.target)")
        request.headers = [
            "Host": url.authority, "User-Agent": "OpenWA", "Accept": "*/*", "Accept-Encoding": "identity",
        ]
        return request
    }

    private static func read(
        _ response: HTTPClientResponse, of url: WebURL, _ limits: Limits, _ accepts: @Sendable (String?) -> Bool,
        _ receive: @Sendable (ByteBuffer) throws -> Void
    ) async throws -> Hop {
        let status = Int(response.status.code)
        if [301, 302, 303, 307, 308].contains(status), let location = response.headers.first(name: "Location") {
            return .redirected(location)
        }
        guard (200..<300).contains(status) else { throw DestinationError.status(status) }
        let head = Head(contentType: response.headers.first(name: "Content-Type"), url: url)
        guard accepts(head.contentType) else { throw DestinationError.status(415) }
        if !limits.truncates, let declared = response.headers.first(name: "Content-Length").flatMap(Int.init),
            declared > limits.byteCount
        {
            throw DestinationError.tooLarge(limit: limits.byteCount)
        }
        try await take(response.body, limits, receive)
        return .finished(head)
    }

    private static func take(
        _ body: HTTPClientResponse.Body, _ limits: Limits, _ receive: @Sendable (ByteBuffer) throws -> Void
    ) async throws {
        var byteCount = 0
        var own: (any Error)?
        do {
            for try await piece in body {
                byteCount += piece.readableBytes
                if limits.truncates, byteCount > limits.byteCount { break }
                do {
                    guard byteCount <= limits.byteCount else { throw DestinationError.tooLarge(limit: limits.byteCount) }
                    try receive(piece)
                } catch {
                    own = error
                    break
                }
            }
        } catch {
            try Task.checkCancellation()
            throw DestinationError.unreachable
        }
        if let own { throw own }
    }
}
