import FoundationEssentials
import Storage
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Placeholders of messages that only the phone has")
struct PlaceholderTests {
    private typealias Scene = ReceivingScene

    private func stanza(_ id: String, unavailable: String = "view_once") -> Node {
        Node(
            "message",
            ["from": .jid(Scene.friendLID), "id": .text(id), "t": "1790000000", "type": "media", "notify": "Budi"],
            [Node("unavailable", ["type": .text(unavailable)])])
    }

    /// The phone's answer, as it wraps a message it has.
    private func answer(_ content: MessageContent?, id: String, isFromMe: Bool = false) -> WAMessage {
        var info = WAWebMessageInfo()
        info.key.remoteJid = Scene.friend.description
        info.key.id = id
        info.key.fromMe = isFromMe
        info.messageTimestamp = 1_790_000_000
        if let content { info.message = content.message }
        var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
        result.placeholderMessageResendResponse.webMessageInfoBytes = Data(info.encoded())
        var message = WAMessage()
        message.protocolMessage.type = .peerDataOperationRequestResponseMessage
        message.protocolMessage.peerDataOperationRequestResponseMessage.peerDataOperationRequestType = .placeholderMessageResend
        message.protocolMessage.peerDataOperationRequestResponseMessage.peerDataOperationResult = [result]
        return message
    }

    private func due(_ scene: Scene, atMilliseconds: Int64 = Scene.nowMilliseconds) async throws -> [MessageKey] {
        try await scene.database.write { sql in
            try Placeholders(account: Scene.account).takeDue(limit: 8, nowMilliseconds: atMilliseconds, on: sql)
        }
    }

    @Test("A placeholder is told once, asked of the phone, and filled by its answer under the same id")
    func filled() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let (outcome, events) = try await scene.receive(stanza("3A01"))
            guard case .acknowledgedOnly = outcome else {
                Issue.record("\(outcome)")
                return
            }
            let told = try #require(events.messages.first)
            #expect(told.unavailable == "view_once" && told.isViewOnce && told.content == .nothing && told.id == "3A01")
            #expect(try await scene.receive(stanza("3A01")).1.isEmpty)
            #expect(try await due(scene) == [MessageKey(chat: Scene.friendLID, id: "3A01", isFromMe: false)])
            #expect(try await due(scene).isEmpty, "asked once on a connection")
            try await database.write { sql in
                try Placeholders(account: Scene.account).beginConnection(nowMilliseconds: Scene.nowMilliseconds, on: sql)
            }
            #expect(try await due(scene).count == 1, "asked again on the next")

            let text = MessageContent.text(TextContent("found"))
            let phone = scene.origin("3A90", from: Scene.ownLID.account)
            let forged = try await scene.take(answer(text, id: "3A01"), from: scene.origin("3A91"))
            #expect(forged.messages.isEmpty && forged.rejected.count == 1)
            #expect(try await scene.take(answer(text, id: "3AFF"), from: phone).isEmpty, "not what we wait for")
            let filled = try await scene.take(answer(text, id: "3A01"), from: phone).messages
            #expect(filled.map(\.id) == ["3A01"] && filled.first?.content.text == "found")
            #expect(filled.first?.chat == Scene.friend && filled.first?.unavailable == nil)
            #expect(try await scene.take(answer(text, id: "3A01"), from: phone).isEmpty)
            #expect(try await scene.receive(stanza("3A01")).1.isEmpty)
            #expect(try await due(scene).isEmpty)
        }
    }

    @Test("What a bot answers is opened with the secret of the question; without it, it is told as a placeholder")
    func bots() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let bot = JID("867051314767696", .bot)
            let (secret, iv) = ([UInt8](repeating: 7, count: 32), [UInt8](repeating: 1, count: 12))
            let question = scene.origin("3EB001", from: Scene.ownLID.account, in: bot)
            _ = try await scene.take(.text(TextContent("why?")), secret: secret, from: question)
            func answer(_ id: String, to target: String) throws -> Node {
                let addition = MessageSecret.Addition(
                    to: id, from: Scene.ownLID.account.description, by: bot.description, .botMessage)
                var sealed = WAMessageSecretMessage()
                sealed.encIv = Data(iv)
                sealed.encPayload = Data(
                    try MessageSecret(bytes: secret).seal(
                        MessageContent.text(TextContent("because")).encoded, for: addition, iv: iv))
                return Node(
                    "message", ["from": .jid(bot), "id": .text(id), "t": "1790000000"],
                    [
                        Node("enc", ["v": "2", "type": "msmsg"], bytes: sealed.encoded()),
                        Node("meta", ["target_id": .text(target)]),
                    ])
            }
            #expect(try await scene.receive(answer("3A01", to: "3EB001")).1.messages.map(\.content.text) == ["because"])
            let (outcome, events) = try await scene.receive(answer("3A02", to: "3EBFFF"))
            guard case .refused(.missingMessageSecret) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(events.messages.map(\.unavailable) == ["sealed"])
            #expect(try await scene.receive(answer("3A02", to: "3EBFFF")).1.isEmpty)
        }
    }

    @Test("A phone that has nothing more to say ends the waiting, and so does age")
    func ended() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            _ = try await scene.receive(stanza("3A01"))
            _ = try await scene.receive(stanza("3A02"))
            let phone = scene.origin("3A90", from: Scene.ownLID.account)
            #expect(try await scene.take(answer(nil, id: "3A01"), from: phone).isEmpty)
            #expect(try await due(scene).map(\.id) == ["3A02"])
            try await database.write { sql in
                let later = Scene.nowMilliseconds + 15 * 86_400_000
                try Placeholders(account: Scene.account).beginConnection(nowMilliseconds: later, on: sql)
            }
            #expect(try await due(scene).isEmpty)
        }
    }

    @Test("What cannot be read is asked of the phone after the sender had its time, and told as a placeholder in the end")
    func undecryptable() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let node = Node(
                "message", ["from": .jid(Scene.friendLID.with(device: 3)), "id": "3A01", "t": "1790000000", "type": "text"],
                [Node("enc", ["v": "2", "type": "msg"], bytes: [0x33, 1, 2, 3])])
            for count: Int64 in 1...5 {
                let (outcome, events) = try await scene.receive(node)
                guard case .needsRetry(count, _, _) = outcome, events.isEmpty else {
                    Issue.record("\(outcome)")
                    return
                }
            }
            #expect(try await due(scene, atMilliseconds: Scene.nowMilliseconds + 4_999).isEmpty)
            #expect(try await due(scene, atMilliseconds: Scene.nowMilliseconds + 5_000).map(\.id) == ["3A01"])
            let (outcome, events) = try await scene.receive(node)
            guard case .givenUp = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(events.messages.map(\.unavailable) == ["undecryptable"])
            #expect(try await scene.receive(node).1.isEmpty)
            let phone = scene.origin("3A90", from: Scene.ownLID.account)
            let filled = try await scene.take(answer(.text(TextContent("found")), id: "3A01"), from: phone)
            #expect(filled.messages.map(\.content.text) == ["found"])
            guard case .received = try await scene.receive(node).0 else {
                Issue.record("a later copy is a repetition")
                return
            }
        }
    }
}
