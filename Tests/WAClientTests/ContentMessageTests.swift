import SimulatorServer
import TestSupport
import Testing
import WABinary
import WAClient
import WAProto
import WAProtocol
import WASimulator

@Suite("Content of every kind between a client and simulated phones")
struct ContentMessageTests {
    private let peer = DeviceAddress(LinkedClient.peerNumber)
    private let peerJID = JID(LinkedClient.peerNumber, .user)
    private let ownJID = JID(LinkedClient.ownNumber, .user)

    private func send(_ content: MessageContent, id: String, by linked: LinkedClient) async {
        let outcome = await linked.client.send([OutgoingEnvelope(id: id, recipient: peerJID, content: content)]).first
        guard case .acknowledged? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
    }

    @Test("Keys, quotes and mentions go out in the addressing of the chat, to the recipient and our own phone")
    func addressing() async throws {
        try await withLinkedClient { linked in
            let quoted = QuotedMessage(id: "3A01", author: ownJID, message: MessageContent.text(TextContent("before")).message)
            let text = TextContent(
                "@\(LinkedClient.peerNumber) see", context: MessageContext(mentions: [peerJID], quoted: quoted))
            await send(.text(text), id: "3EB001", by: linked)
            let key = MessageKey(chat: peerJID, id: "3EB001", isFromMe: true)
            await send(.reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 1)), id: "3EB002", by: linked)
            await send(
                .edit(EditContent(key: key, replacement: .text(TextContent("new")), editedAtMilliseconds: 2)),
                id: "3EB003", by: linked)
            await send(.revoke(RevokeContent(key: key)), id: "3EB004", by: linked)

            let (peerLID, ownLID) = try await linked.drive { server in
                (try server.phone(LinkedClient.peerNumber).lid, try server.phone(LinkedClient.ownNumber).lid)
            }
            let received = try await linked.inbox(of: peer, count: 4).map { try WAMessage(decoding: $0.message) }
            let context = received[0].extendedTextMessage.contextInfo
            #expect(received[0].extendedTextMessage.text == "@\(peerLID) see")
            #expect(context.mentionedJid == ["\(peerLID)@lid"] && context.participant == "\(ownLID)@lid")
            #expect(received[0].messageContextInfo.messageSecret.count == 32)
            let keys = [
                received[1].reactionMessage.key, received[2].editedMessage.message.protocolMessage.key,
                received[3].protocolMessage.key,
            ]
            for key in keys {
                #expect(key.remoteJid == "\(peerLID)@lid" && key.fromMe && key.id == "3EB001" && !key.hasParticipant)
            }
            let secrets = received.map(\.messageContextInfo.hasMessageSecret)
            #expect(secrets == [true, false, false, false])
            let own = try await linked.inbox(of: DeviceAddress(LinkedClient.ownNumber), count: 4)
            #expect(own.map(\.isFromMe) == [true, true, true, true])
        }
    }

    @Test("What phones say of any kind is recorded as such, with phone numbers and keys as we see them")
    func received() async throws {
        try await withLinkedClient { linked in
            await send(.text(TextContent("hi")), id: "3EB001", by: linked)
            // As the phone sees it: the chat is we, and the message is not its own.
            let key = MessageKey(chat: ownJID, id: "3EB001", isFromMe: false)
            let theirs = MessageKey(chat: ownJID, id: "3A00", isFromMe: true)
            let image = MediaContent(
                kind: .image,
                reference: MediaReference(
                    directPath: "/v/a", mediaKey: [UInt8](repeating: 1, count: 32),
                    fileSHA256: [UInt8](repeating: 2, count: 32), fileEncSHA256: [UInt8](repeating: 3, count: 32),
                    byteCount: 3, keyTimestampSeconds: 1),
                mimetype: "image/jpeg", caption: "look")
            let said: [MessageContent] = [
                .media(image), .poll(PollContent(name: "Q", options: ["a", "b"], selectableCount: 1)),
                .reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 1)),
                .edit(EditContent(key: theirs, replacement: .text(TextContent("new")), editedAtMilliseconds: 2)),
                .revoke(RevokeContent(key: theirs)),
                // Nobody edits or takes back what others wrote.
                .edit(EditContent(key: key, replacement: .text(TextContent("forged")), editedAtMilliseconds: 2)),
                .revoke(RevokeContent(key: key)),
                .text(TextContent("end")),
            ]
            for content in said {
                _ = try await linked.drive { try $0.say(content.message, from: peer, to: LinkedClient.ownNumber) }
            }
            _ = try await linked.log.first { event -> Bool? in
                if case .received(let message) = event, message.content.text == "end" { true } else { nil }
            }
            let received = linked.log.recorded
            #expect(received.map(\.chat) == Array(repeating: peerJID, count: 6) && received.first?.isFromMe == false)
            #expect(received.prefix(2).map(\.content) == Array(said.prefix(2)))
            #expect(received[2].content.target == MessageKey(chat: peerJID, id: "3EB001", isFromMe: true))
            #expect(received[3].content.target == MessageKey(chat: peerJID, id: "3A00", isFromMe: false))
            #expect(received[3].content.text == "new")
            #expect(received[4].content == .revoke(RevokeContent(key: MessageKey(chat: peerJID, id: "3A00", isFromMe: false))))
            #expect(MessageContent(encoded: received[0].encodedContent) == said[0])
            // The own phone objects too: to a file that nobody has, and to edits of what was never there or is another's.
            _ = await linked.simulator.host.firstValue(within: .patience) { server in
                (try? server.inbox(of: DeviceAddress(LinkedClient.ownNumber)))?.first { $0.media == .failed(.notFound) }
            }
            await linked.drive { $0.forgetViolations() }
        }
    }
}

extension EventLog {
    /// Each message once, in order: an event is logged when it is recorded and again when it is announced.
    fileprivate var recorded: [ReceivedMessage] {
        var seen: Set<String> = []
        return received.filter { seen.insert($0.id).inserted }
    }
}
