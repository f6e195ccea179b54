import Gateway
import SimulatorServer
import TestSupport
import Testing
import WASimulator

@Suite("What a phone shows of every send and action")
struct SendKindsTests {
    private static let peer = World.peers[0]
    private static let chat = "\(peer)@c.us"

    private func send(
        _ content: OutgoingMessage, quoting quoted: String? = nil, to chat: String = chat, in world: World
    ) async throws -> String {
        try await world.gateway.send(
            SendRequest(chatID: chat, content: content, quotedMessageID: quoted), session: World.session
        ).messageID
    }

    @Test("Places, cards, polls, answers and forwards arrive as they were meant")
    func kinds() async throws {
        try await withWorld(seed: 31) { world in
            _ = try await send(
                .location(
                    OutgoingLocation(latitude: -6.2088, longitude: 106.8456, name: "Jakarta", address: "Central Jakarta")),
                in: world)
            let card = try await send(.contact(OutgoingContact(name: "John Doe", number: "628987654321")), in: world)
            _ = try await send(.poll(OutgoingPoll(question: "Tea?", options: ["yes", "no"])), in: world)
            _ = try await send(.text(OutgoingText("call him")), quoting: card, in: world)
            _ = try await world.gateway.forward(
                card, from: Self.chat, to: "\(World.peers[1])@c.us", session: World.session)

            let shown = try await world.inbox(of: DeviceAddress(Self.peer), count: 4).map(\.content)
            #expect(shown.map(\.kind) == [.location, .contact, .poll, .text])
            #expect(shown[0].location?.name == "Jakarta")
            #expect(shown[0].location?.latitude == -6.2088)
            #expect(shown[1].contacts.map(\.displayName) == ["John Doe"])
            #expect(shown[2].poll?.question == "Tea?")
            #expect(shown[2].poll?.selectableCount == 1)
            #expect(shown[3].quoted.map { card.hasSuffix($0.id) } == true)
            #expect(shown[3].quoted?.kind == .contact)
            let forwarded = try await world.inbox(of: DeviceAddress(World.peers[1]), count: 1)[0].content
            #expect(forwarded.kind == .contact)
            #expect(forwarded.forwardingScore == 1 && forwarded.isForwarded)
        }
    }

    @Test("A text that asks for it carries the card of its first link, one that does not has none")
    func linkPreview() async throws {
        struct Body: Encodable {
            let chatId: String
            let text: String
            var linkPreview: Bool?
        }

        try await withWorld(seed: 34) { world in
            try await world.withAPI { api in
                let text = "See https://example.com/, it is small"
                for wanted in [true, false, nil] {
                    let body = Body(chatId: Self.chat, text: text, linkPreview: wanted)
                    _ = try await api.post(World.path("send-text"), body).successful()
                }
                let shown = try await world.inbox(of: DeviceAddress(Self.peer), count: 3).map(\.content)
                #expect(shown.map(\.text) == [text, text, text])
                #expect(shown[0].linkPreview?.link == "https://example.com/")
                #expect(shown[0].linkPreview?.title == "The playground's example site")
                #expect(shown[0].linkPreview?.description == "Small files to send, without the internet.")
                #expect(shown[1].linkPreview == nil && shown[2].linkPreview == nil)
            }
        }
    }

    @Test("Reactions, edits and deletions change what the phone shows")
    func actions() async throws {
        try await withWorld(seed: 32) { world in
            let target = MessageTarget(
                chatID: Self.chat, messageID: try await send(.text(OutgoingText("helo")), in: world))
            _ = try await world.gateway.react("👍", to: target, session: World.session)
            let edited = try await world.gateway.edit(target, to: OutgoingText("hello"), session: World.session)
            #expect(edited.messageID == target.messageID)
            let changed = await world.simulator.host.firstValue(within: .patience) { server -> InboxMessage? in
                let message = try? server.inbox(of: DeviceAddress(Self.peer)).first
                return message?.changes.edits.isEmpty == false ? message : nil
            }
            #expect(changed?.text == "hello")
            #expect(changed?.changes.reactions.map(\.emoji) == ["👍"])
            _ = try await world.gateway.deleteForEveryone(target, session: World.session)
            let revoked = await world.simulator.host.firstValue(within: .patience) { server -> String? in
                (try? server.inbox(of: DeviceAddress(Self.peer)).first)?.changes.revokedBy
            }
            #expect(revoked == World.ownNumber)
        }
    }

    @Test("A batch arrives in order, each item once, and its results tell their ids")
    func batch() async throws {
        try await withWorld(seed: 33) { world in
            let items = (0..<5).map { number in
                BatchItem(chatID: Self.chat, content: .message(.text(OutgoingText("item \(number)"))))
            }
            let pace = BatchPace(delayMilliseconds: 5, randomizesDelay: false)
            let ticket = try await world.gateway.sendBatch(BatchRequest(items: items, pace: pace), session: World.session)
            let shown = try await world.inbox(of: DeviceAddress(Self.peer), count: 5)
            #expect(shown.map(\.text) == (0..<5).map { "item \($0)" })
            try await askPatiently("the end of the batch") {
                let status = try await world.gateway.batch(ticket.batchID, session: World.session).status
                return status != .pending && status != .processing
            }
            let report = try await world.gateway.batch(ticket.batchID, session: World.session)
            #expect(report.status == .completed)
            #expect(report.results.map(\.messageID) == shown.map { "true_\(Self.chat)_\($0.id)" })
        }
    }

    @Test("A thousand requests with a hundred keys are a hundred messages on the phone")
    func exactlyOnce() async throws {
        try await withWorld(seed: 34) { world in
            try await withThrowingTaskGroup(of: (Int, SendResult).self) { group in
                for number in 0..<1_000 {
                    let key = number % 100
                    group.addTask {
                        let identity = RequestIdentity(
                            key: "key-\(key)", messageID: nil, route: "send-text", canonicalBody: [UInt8(key)])
                        let request = SendRequest(
                            chatID: Self.chat, content: .text(OutgoingText("text \(key)")), identity: identity)
                        return (key, try await world.gateway.send(request, session: World.session))
                    }
                }
                var answers: [Int: Set<String>] = [:]
                for try await (key, answer) in group { answers[key, default: []].insert(answer.messageID) }
                let shown = try await world.inbox(of: DeviceAddress(Self.peer), count: 100)
                #expect(shown.count == 100)
                for message in shown {
                    let key = try #require(message.text.flatMap { Int($0.dropFirst("text ".count)) })
                    #expect(answers[key] == ["true_\(Self.chat)_\(message.id)"])
                }
            }
        }
    }
}
