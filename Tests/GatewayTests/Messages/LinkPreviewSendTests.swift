import TestSupport
import Testing
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Sends that ask for the card of a link")
struct LinkPreviewSendTests {
    private static let chat = "6281234567890@c.us"
    private static let names = DestinationResolver { name in
        [NetworkAddress(name == "inside.test" ? "10.0.0.1" : "127.0.0.1")].compactMap { $0 }
    }

    /// Lends a gateway and a site: `files.test` may be fetched from it, every other name is this machine and blocked.
    private func withSite(
        _ answer: TestSite.Answer = .init(200, [("Content-Type", "text/html")], body: Array("<title>Depot</title>".utf8)),
        _ body: (LiveGateway, TestSite) async throws -> Void
    ) async throws {
        try await TestSite.serving({ _ in answer }) { site in
            try await withDatabase { database in
                try await withLiveGateway(
                    on: database, destinations: Self.names, { $0.allowedDestinations = ["files.test"] }
                ) { live in try await body(live, site) }
            }
        }
    }

    private func request(_ text: OutgoingText, fetches: Bool = true, key: String? = nil) -> SendRequest {
        let identity = key.map { RequestIdentity(key: $0, fingerprint: String(repeating: "a", count: 64)) }
        return SendRequest(
            chatID: Self.chat, content: .text(text), fetchesLinkPreview: fetches, identity: identity)
    }

    /// The texts that WhatsApp was given, once they are so many.
    private func texts(_ count: Int, of live: LiveGateway) async throws -> [TextContent] {
        try await live.client.waitUntilGiven(count)
        return live.client.given.compactMap { envelope in
            if case .text(let text) = envelope.content { text } else { nil }
        }
    }

    @Test("The page's card goes with the text, and a repetition does not fetch it again")
    func once() async throws {
        try await withSite { live, site in
            let link = "http://files.test:\(site.port)/page"
            let wanted = request(OutgoingText("look: \(link)."), key: "k1")
            let first = try await live.gateway.send(wanted, session: LiveGateway.session, waiting: .none)
            let second = try await live.gateway.send(wanted, session: LiveGateway.session, waiting: .none)
            #expect(second.isReplay && second.messageID == first.messageID)
            let texts = try await texts(1, of: live)
            #expect(texts.map(\.preview) == [LinkPreview(matchedText: link, title: "Depot")])
            #expect(site.requests == ["files.test:\(site.port)/page"])
        }
    }

    @Test("A template's text is looked at as it was rendered")
    func template() async throws {
        try await withSite { live, site in
            let draft = TemplateDraft(name: "offer", body: "Look at {{link}}")
            _ = try await live.gateway.createTemplate(draft, in: LiveGateway.session)
            let link = "http://files.test:\(site.port)/offer"
            for fetches in [true, false] {
                _ = try await live.gateway.sendTemplate(
                    .name("offer"), ["link": link], fetchesLinkPreview: fetches, to: Self.chat,
                    session: LiveGateway.session, waiting: .none)
            }
            let texts = try await texts(2, of: live)
            #expect(texts.map(\.text) == ["Look at \(link)", "Look at \(link)"])
            #expect(texts.map { $0.preview?.title } == ["Depot", nil])
            #expect(site.connections == 1)
        }
    }

    @Test("Nothing is fetched when nobody asks for it or the caller brings a card, nor for a send that is refused")
    func unasked() async throws {
        try await withSite { live, site in
            let link = "http://files.test:\(site.port)/"
            let own = OutgoingLinkPreview(url: link, title: "Ours")
            let sends = [request(OutgoingText(link), fetches: false), request(OutgoingText(link, preview: own))]
            for send in sends {
                _ = try await live.gateway.send(send, session: LiveGateway.session, waiting: .none)
            }
            var refused = request(OutgoingText(link))
            refused.chatID = "status@broadcast"
            await #expect(throws: GatewayError.self) {
                try await live.gateway.send(refused, session: LiveGateway.session, waiting: .none)
            }
            #expect(try await texts(2, of: live).map { $0.preview?.title } == [nil, "Ours"])
            #expect(site.connections == 0)
        }
    }

    @Test("A link that is blocked is not connected to, and the text goes without a card")
    func blocked() async throws {
        try await withSite { live, site in
            let links = ["http://127.0.0.1:\(site.port)/", "http://other.test:\(site.port)/", "http://inside.test/"]
            for link in links {
                _ = try await live.gateway.send(
                    request(OutgoingText(link)), session: LiveGateway.session, waiting: .none)
            }
            let texts = try await texts(links.count, of: live)
            #expect(texts.map(\.text) == links && texts.allSatisfy { $0.preview == nil })
            #expect(site.connections == 0)
        }
    }

    @Test("A page that is not there or is no page costs the card alone")
    func broken() async throws {
        for answer in [TestSite.Answer(500), .init(200, [("Content-Type", "image/png")], body: [1])] {
            try await withSite(answer) { live, site in
                let link = "http://files.test:\(site.port)/"
                _ = try await live.gateway.send(
                    request(OutgoingText(link)), session: LiveGateway.session, waiting: .none)
                #expect(try await texts(1, of: live).map(\.preview) == [nil])
                #expect(site.connections == 1)
            }
        }
    }
}
