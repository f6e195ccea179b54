import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a host of the playground's own little internet really is.
package struct SiteAddress: Sendable, Equatable {
    /// The name in URLs, such as `example.com`.
    package let host: String
    /// The port in URLs: 443 or 80.
    package let port: Int
    package let address: String
    package let actualPort: Int
}

/// `example.com` without the internet: what the documentation's examples name by URL, over `https` and `http`.
///
/// ```
/// /image.jpg /promo.jpg /report.pdf /voice.ogg /video.mp4 /sticker.webp     small real files
/// /                                                                         a page with Open Graph tags
/// /redirect                                                                 302 to /image.jpg
/// ```
/// The certificate is signed by the simulator's authority. Whoever fetches has to be told the addresses.
struct PlaygroundSites: Sendable {
    static let hosts = ["example.com", "www.example.com"]

    let addresses: [SiteAddress]
    private let ports: [SmallHTTPServer]

    static func bind(address: String, _ authority: CertificateAuthority) async throws -> PlaygroundSites {
        let group = MultiThreadedEventLoopGroup.singleton
        let tls = try authority.serverContext(names: hosts)
        let secure = try await SmallHTTPServer.bind(address: address, port: 0, tls: tls, group: group)
        let plain: SmallHTTPServer
        do {
            plain = try await SmallHTTPServer.bind(address: address, port: 0, tls: nil, group: group)
        } catch {
            await secure.close()
            throw error
        }
        let addresses = hosts.flatMap { host in
            [
                SiteAddress(host: host, port: 443, address: address, actualPort: secure.port),
                SiteAddress(host: host, port: 80, address: address, actualPort: plain.port),
            ]
        }
        return PlaygroundSites(addresses: addresses, ports: [secure, plain])
    }

    /// Serves until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { tasks in
            for port in ports {
                tasks.addTask { await port.run { try await Self.respond(to: $0) } }
            }
        }
    }

    struct Page {
        let type: String
        let body: [UInt8]
    }

    static let pages: [String: Page] = [
        "/": Page(type: "text/html; charset=utf-8", body: Array(frontPage.utf8)),
        "/image.jpg": Page(type: "image/jpeg", body: PlaygroundFiles.image),
        "/promo.jpg": Page(type: "image/jpeg", body: PlaygroundFiles.promo),
        "/report.pdf": Page(type: "application/pdf", body: PlaygroundFiles.report),
        "/voice.ogg": Page(type: "audio/ogg", body: PlaygroundFiles.voice),
        "/video.mp4": Page(type: "video/mp4", body: PlaygroundFiles.video),
        "/sticker.webp": Page(type: "image/webp", body: PlaygroundFiles.sticker),
    ]

    private static let frontPage = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>Example</title>
        <meta property="og:title" content="The playground's example site">
        <meta property="og:description" content="Small files to send, without the internet.">
        <meta property="og:image" content="https://example.com/image.jpg">
        <meta property="og:url" content="https://example.com/">
        </head>
        <body><h1>The playground's example site</h1></body>
        </html>

        """

    @concurrent
    private static func respond(to exchange: HTTPExchange) async throws {
        guard exchange.head.method == .GET || exchange.head.method == .HEAD else {
            return try await exchange.answer(.methodNotAllowed, ["Allow": "GET, HEAD"])
        }
        let path = String(exchange.head.uri.prefix { $0 != "?" })
        if path == "/redirect" { return try await exchange.answer(.found, ["Location": "/image.jpg"]) }
        guard let page = pages[path] else {
            return try await exchange.answer(
                .notFound, ["Content-Type": "text/plain"], ByteBuffer(string: "There is no such page.\n"))
        }
        try await exchange.begin(.ok, ["Content-Type": page.type], byteCount: page.body.count)
        if exchange.head.method != .HEAD { try await exchange.write(ByteBuffer(bytes: page.body)) }
        try await exchange.end()
    }
}
