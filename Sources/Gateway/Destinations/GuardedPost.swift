import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Posts to an endpoint through the guard: its name is looked up and judged at each request, and connected to at the judged
/// address. Redirects are answers like any other.
final class GuardedPost: Sendable {
    struct Answer: Sendable {
        let status: Int
        let reason: String
        let headers: HTTPHeaders
    }

    private let policy: DestinationPolicy
    private let clients: SharedClients
    private let clock: any Clock<Duration>

    init(
        policy: DestinationPolicy, additionalRoots: [NIOSSLCertificate], connectionsPerHost: Int,
        clock: any Clock<Duration>
    ) {
        self.policy = policy
        self.clock = clock
        clients = SharedClients(additionalRoots: additionalRoots, connectionsPerHost: connectionsPerHost)
    }

    /// Whether an endpoint may be posted to at all.
    func vet(_ url: WebURL) async throws(DestinationError) { _ = try await policy.vet(url) }

    /// - Parameter timeout: For look-up, connection and answer together.
    /// - Throws: `DestinationError`; `CancellationError` when the task is cancelled.
    func post(_ url: WebURL, headers: HTTPHeaders, body: [UInt8], timeout: Duration) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await self.send(try await self.policy.vet(url), headers, ByteBuffer(bytes: body)) }
            group.addTask { [clock] in
                try await clock.sleep(for: timeout)
                throw DestinationError.timedOut
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func send(
        _ destination: VettedDestination, _ headers: HTTPHeaders, _ body: ByteBuffer
    ) async throws -> Answer {
        for address in destination.addresses.prefix(Self.addressesTried) {
            let answer = try await clients.lend(destination, at: address) { client in
                try await Self.send(Self.request(destination, headers, body), by: client)
            }
            if let answer { return answer }
        }
        throw DestinationError.unreachable
    }

    /// - Returns: nil when there was no connection, so that another address may be tried.
    private static func send(_ request: HTTPClientRequest, by client: HTTPClient) async throws -> Answer? {
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .distantFuture)
        } catch is NIOConnectionError {
            return nil
        } catch let error as HTTPClientError where error == .connectTimeout {
            return nil
        } catch {
            try Task.checkCancellation()
            throw DestinationError.unreachable
        }
        try await drain(response.body)
        return Answer(
            status: Int(response.status.code), reason: response.status.reasonPhrase, headers: response.headers)
    }

    /// A body that is read to its end lets the connection be used again; nobody needs what is in it.
    private static func drain(_ body: HTTPClientResponse.Body) async throws {
        var byteCount = 0
        do {
            for try await piece in body {
                byteCount += piece.readableBytes
                if byteCount > maximumAnswer { return }
            }
        } catch {
            // The status counts; a body that breaks off does not.
            try Task.checkCancellation()
        }
    }

    private static let addressesTried = 4
    private static let maximumAnswer = 64 << 10

    private static func request(
        _ destination: VettedDestination, _ headers: HTTPHeaders, _ body: ByteBuffer
    ) -> HTTPClientRequest {
        let url = destination.url
        var request = HTTPClientRequest(
            url: "\(url.scheme.rawValue)://\(url.hostText):\(destination.port)\(url.target)")
        request.method = .POST
        request.headers = headers
        request.headers.replaceOrAdd(name: "Host", value: url.authority)
        request.body = .bytes(body)
        return request
    }
}
