import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol
import WASimulator

@Suite("Text messages between a client and simulated phones")
struct TextMessageTests {
    let peer = DeviceAddress(LinkedClient.peerNumber)

    @Test("A text arrives decrypted on the recipient's phone and on our own", arguments: [false, true])
    func send(isSecure: Bool) async throws {
        try await withLinkedClient(isSecure: isSecure) { linked in
            let outcome = await linked.send("Hello from OpenWA!")
            guard case .acknowledged(let seconds) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(seconds > 0)
            let inbox = try await linked.inbox(of: peer, count: 1)
            #expect(inbox.map(\.text) == ["Hello from OpenWA!"])
            let own = try await linked.inbox(of: DeviceAddress(LinkedClient.ownNumber), count: 1)
            #expect(own.first?.isFromMe == true)
        }
    }

    @Test("What a phone says is recorded once, under the phone number")
    func receive() async throws {
        try await withLinkedClient { linked in
            let id = try await linked.drive {
                try $0.say("Hi there", from: peer, to: LinkedClient.ownNumber)
            }
            let message = try await linked.log.first { event -> ReceivedMessage? in
                if case .received(let message) = event, message.id == id { message } else { nil }
            }
            #expect(message.content.text == "Hi there")
            #expect(message.chat == JID(LinkedClient.peerNumber, .user))
            #expect(!message.isFromMe)
        }
    }

    @Test("A hundred texts in a row keep their order")
    func order() async throws {
        try await withLinkedClient { linked in
            let texts = (0..<100).map { "message \($0)" }
            let envelopes = texts.enumerated().map {
                OutgoingEnvelope(
                    id: "3EB0\(100_000 + $0.offset)", recipient: JID(LinkedClient.peerNumber, .user), content: .text(TextContent($0.element)))
            }
            let outcomes = await linked.client.send(envelopes)
            #expect(outcomes.allSatisfy { if case .acknowledged = $0 { true } else { false } })
            let inbox = try await linked.inbox(of: peer, count: 100)
            #expect(inbox.map(\.text) == texts)
        }
    }

    @Test("Whoever submits an id that is under way hears of its outcome too")
    func submittedTwice() async throws {
        try await withLinkedClient { linked in
            let outcomes = Watched<[Int: SendOutcome]>([:])
            let envelope = OutgoingEnvelope(
                id: "3EB0BBBB", recipient: JID(LinkedClient.peerNumber, .user), content: .text(TextContent("once")))
            for caller in 1...2 {
                linked.client.submit([envelope]) { _, outcome in outcomes.withLock { $0[caller] = outcome } }
            }
            let told = try await outcomes.wait(for: "two outcomes") { found -> [Int: SendOutcome]? in
                found.count == 2 ? found : nil
            }
            #expect(told[1] == told[2])
            #expect({ if case .acknowledged? = told[1] { true } else { false } }(), "\(told)")
            #expect(try await linked.inbox(of: peer, count: 1).map(\.text) == ["once"])
        }
    }

    @Test("The same id sent again answers with the first outcome and sends nothing")
    func repeated() async throws {
        try await withLinkedClient { linked in
            let first = await linked.send("once", id: "3EB0AAAA")
            let second = await linked.send("once", id: "3EB0AAAA")
            #expect(first == second)
            _ = await linked.send("after")
            let inbox = try await linked.inbox(of: peer, count: 2)
            #expect(inbox.map(\.text) == ["once", "after"])
        }
    }

    @Test("A number without an account is refused and nothing is stored for it")
    func notOnWhatsApp() async throws {
        try await withLinkedClient { linked in
            let outcome = await linked.send("nobody", to: "628999999999")
            #expect(outcome == .refused(.notOnWhatsApp))
        }
    }
}
