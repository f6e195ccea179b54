package import NIOCore

/// HTTP to media hosts: AsyncHTTPClient in the product (``MediaHTTPClient``), whatever a test needs elsewhere.
///
/// Redirects are answers like any other. A request that reaches no server throws; every status is a response.
package protocol MediaHTTP: Sendable {
    func execute(_ request: MediaHTTPRequest) async throws -> MediaHTTPResponse
}

package struct MediaHTTPRequest: Sendable {
    package enum Body: Sendable {
        /// A GET.
        case none
        /// A POST of the spooled file from a byte on, read window by window; at its end the body is empty.
        case file(SpoolFile, from: Int)
    }

    package let url: String
    package let headers: [(name: String, value: String)]
    package let body: Body

    package init(url: String, headers: [(name: String, value: String)], body: Body) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}

package struct MediaHTTPResponse: Sendable {
    package let status: Int
    /// In pieces of any size; not read further than the reader wants.
    package let body: any AsyncSequence<ByteBuffer, any Error> & Sendable

    package init(status: Int, body: any AsyncSequence<ByteBuffer, any Error> & Sendable) {
        self.status = status
        self.body = body
    }

    /// The whole body, or its first bytes up to a limit.
    func bytes(atMost limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body {
            bytes.append(contentsOf: piece.readableBytesView.prefix(limit - bytes.count))
            if bytes.count == limit { break }
        }
        return bytes
    }
}
