import Foundation
import Gateway
import GatewayAPI
import StrictJSON
import Testing
import WASimulator

@Suite("What is said is heard on live channels and found again")
struct LiveChannelTests {
    @Test("A phone's message wakes who waits for it, is found by its words, and is found no more once it is taken back")
    func heardAndFound() async throws {
        try await withWorld(seed: 61) { world in
            let start = world.gateway.events.latestCursor
            async let heard = world.gateway.feed.next(after: start, limit: 1) { $0.name == .messageReceived }
            let record = try await world.hear("the parcel is at the depot", from: World.peers[0])
            let event = try #require(try await heard.records.first)
            let data = try JSONReader.read(Array(event.data.utf8))
            guard case .object(let message) = data else { return }
            #expect(message["id"] == .string(record.waMessageID))
            #expect(message["body"] == .string("the parcel is at the depot"))

            let page = try await world.gateway.search(SearchQuery(text: "PARCEL depot"))
            #expect(page.hits.map(\.message.waMessageID) == [record.waMessageID])
            #expect(page.hits.first?.snippet == "the <mark>parcel</mark> is at the <mark>depot</mark>")

            let sent = try await world.send("your parcel is on its way", to: World.peers[0])
            #expect(try await world.gateway.search(SearchQuery(text: "parcel")).total == 2)
            let target = MessageTarget(chatID: "\(World.peers[0])@c.us", messageID: sent.messageID)
            _ = try await world.gateway.edit(
                target, to: OutgoingText("your letter is on its way"), session: World.session)
            #expect(try await world.gateway.search(SearchQuery(text: "parcel")).total == 1)
            #expect(try await world.gateway.search(SearchQuery(text: "letter")).total == 1)
        }
    }
}
