import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite("Fetching through the guard")
struct GuardedFetchTests {
    private func makeFetch(
        allowing hosts: [String] = [], overrides: [String: DestinationResolver.Override] = [:],
        _ addresses: @escaping @Sendable (String) async throws -> [NetworkAddress] = { _ in [.v4(0x7F00_0001)] }
    ) -> GuardedFetch {
        GuardedFetch(
            policy: DestinationPolicy(
                allowedHosts: hosts, resolver: DestinationResolver(overrides: overrides, addresses: addresses),
                lookupTimeout: .seconds(10), clock: ContinuousClock()),
            additionalRoots: [], clock: ContinuousClock())
    }

    private func fetch(
        _ url: String, with fetch: GuardedFetch, limit: Int = 1_000_000, timeout: Duration = .seconds(30)
    ) async throws -> (head: GuardedFetch.Head, bytes: [UInt8]) {
        let bytes = Mutex<[UInt8]>([])
        let head = try await fetch.fetch(
            try WebURL(parsing: url), limits: .init(byteCount: limit, timeout: timeout, redirects: 3)
        ) { piece in bytes.withLock { $0 += piece.readableBytesView } }
        return (head, bytes.withLock { $0 })
    }

    @Test("An allowed host's file arrives with its type, and the server sees the URL's own host")
    func fetches() async throws {
        try await TestSite.serving({ _ in .init(200, [("Content-Type", "image/png")], body: [1, 2, 3]) }) { site in
            let answer = try await fetch("http://files.test:\(site.port)/a", with: makeFetch(allowing: ["files.test"]))
            #expect(answer.bytes == [1, 2, 3])
            #expect(answer.head.contentType == "image/png")
            #expect(site.requests == ["files.test:\(site.port)/a"])
        }
    }

    @Test("A site that the composition provides is found under its own name and port")
    func overrides() async throws {
        try await TestSite.serving({ _ in .init(body: [7]) }) { site in
            let override = try #require(DestinationResolver.Override(address: "127.0.0.1", httpPort: site.port))
            let fetch = makeFetch(overrides: ["example.com": override]) { _ in throw DestinationError.unreachable }
            #expect(try await self.fetch("http://example.com/image.jpg", with: fetch).bytes == [7])
            #expect(site.requests == ["example.com/image.jpg"])
        }
    }

    @Test("An address that refuses is given up at once")
    func refused() async throws {
        let port = try await TestSite.serving { $0.port }
        await #expect(throws: DestinationError.unreachable) {
            try await fetch("http://files.test:\(port)/", with: makeFetch(allowing: ["files.test"]), timeout: .seconds(60))
        }
    }

    @Test("Nothing connects for any hostile form", .timeLimit(.minutes(5)))
    func connectsNowhere() async throws {
        try await TestSite.serving { site in
            let fetch = makeFetch { name in
                (HostileURLs.names[name] ?? []).compactMap { NetworkAddress($0) }
            }
            for url in HostileURLs.all(port: site.port) {
                await #expect(throws: DestinationError.notAllowed) { try await self.fetch(url, with: fetch) }
            }
            #expect(site.connections == 0)
        }
    }

    @Test("A name that turns to the loopback between look-up and connection is still connected at the vetted address")
    func rebinding() async throws {
        try await TestSite.serving({ _ in .init(body: [1]) }) { site in
            let asked = Mutex(0)
            // Vetted: an address where nobody answers. Asked again, the name would be this machine.
            let fetch = makeFetch { _ in
                asked.withLock { $0 += 1 }
                return asked.withLock { $0 } == 1 ? [.v4(0x5DB8_D70E)] : [.v4(0x7F00_0001)]
            }
            await #expect(throws: DestinationError.self) {
                try await self.fetch("http://rebind.test:\(site.port)/", with: fetch, timeout: .milliseconds(300))
            }
            #expect(asked.withLock { $0 } == 1)
            #expect(site.connections == 0)
        }
    }

    @Test("A name that changes after it was allowed is pinned too")
    func allowedIsPinned() async throws {
        try await TestSite.serving({ _ in .init(body: [1]) }) { site in
            let asked = Mutex(0)
            let fetch = makeFetch(allowing: ["files.test"]) { _ in
                asked.withLock { $0 += 1 }
                return [.v4(0x7F00_0001)]
            }
            for _ in 0..<3 { _ = try await self.fetch("http://files.test:\(site.port)/", with: fetch) }
            #expect(asked.withLock { $0 } == 3, "one look-up a hop")
            #expect(site.requests.count == 3)
        }
    }

    @Test("Three redirects are followed, a fourth is not")
    func redirects() async throws {
        let answers: @Sendable (String) -> TestSite.Answer = { path in
            guard let left = Int(path.dropFirst()), left > 0 else { return .init(body: [9]) }
            return .init(302, [("Location", "/\(left - 1)")])
        }
        try await TestSite.serving(answers) { site in
            let fetch = makeFetch(allowing: ["files.test"])
            let third = try await self.fetch("http://files.test:\(site.port)/3", with: fetch)
            #expect(third.bytes == [9])
            await #expect(throws: DestinationError.tooManyRedirects) {
                try await self.fetch("http://files.test:\(site.port)/4", with: fetch)
            }
        }
    }

    @Test("A redirect to a blocked place is refused, and nothing connects there")
    func blockedHop() async throws {
        try await TestSite.serving { inner in
            let port = inner.port
            for target in HostileURLs.loopback(port: port) where !target.hasPrefix("//") {
                let location = target.replacing("\t", with: "").replacing("\u{0}", with: "")
                guard location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { continue }
                try await TestSite.serving({ _ in .init(301, [("Location", location)]) }) { outer in
                    let fetch = makeFetch(allowing: ["files.test"])
                    await #expect(throws: DestinationError.notAllowed) {
                        try await self.fetch("http://files.test:\(outer.port)/", with: fetch)
                    }
                }
            }
            #expect(inner.connections == 0)
        }
    }

    @Test("A file over the cap is refused by its declared length and by its bytes")
    func cap() async throws {
        let declared = TestSite.Answer(padding: 1001)
        let undeclared = TestSite.Answer(200, [("Transfer-Encoding", "chunked")], padding: 200_000)
        for answer in [declared, undeclared] {
            try await TestSite.serving({ _ in answer }) { site in
                await #expect(throws: DestinationError.tooLarge(limit: 1000)) {
                    try await self.fetch(
                        "http://files.test:\(site.port)/", with: makeFetch(allowing: ["files.test"]), limit: 1000)
                }
            }
        }
        try await TestSite.serving({ _ in .init(padding: 1000) }) { site in
            let whole = try await fetch(
                "http://files.test:\(site.port)/", with: makeFetch(allowing: ["files.test"]), limit: 1000)
            #expect(whole.bytes.count == 1000)
        }
    }

    @Test("Bad statuses, closed ports and stalls are told apart")
    func failures() async throws {
        try await TestSite.serving({ path in path == "/slow" ? .init(body: [1], stalls: true) : .init(404) }) { site in
            let fetch = makeFetch(allowing: ["files.test"])
            await #expect(throws: DestinationError.status(404)) {
                try await self.fetch("http://files.test:\(site.port)/x", with: fetch)
            }
            await #expect(throws: DestinationError.timedOut) {
                try await self.fetch("http://files.test:\(site.port)/slow", with: fetch, timeout: .milliseconds(200))
            }
        }
        let closed = try await TestSite.serving { $0.port }
        await #expect(throws: DestinationError.unreachable) {
            try await self.fetch("http://files.test:\(closed)/", with: makeFetch(allowing: ["files.test"]))
        }
    }
}
