import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("What is added to messages")
struct AdditionTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private let cy = DeviceAddress(GroupScene.cy)
    private let ada = DeviceAddress(GroupScene.ada)

    private func utterance(_ content: Utterance.Content, encrypted: Bool = false) -> Utterance {
        var utterance = Utterance(content)
        utterance.isEncrypted = encrypted
        return utterance
    }

    @Test(
        "Encrypted reactions and edits, votes and answers are opened everywhere, in chats and groups",
        arguments: [GroupScene.ada, GroupScene.id])
    func phones(chat: String) throws {
        let scene = try GroupScene()
        func say(_ utterance: Utterance) throws -> String {
            try scene.bench.drive { try $0.say(utterance, from: bob, to: chat) }
        }
        let text = try say(Utterance(.text("tea at four")))
        let poll = try say(Utterance(.poll(question: "Milk?", options: ["Yes", "No", "Later"], selectableCount: 2)))
        let event = try say(Utterance(.event(ShownEvent(name: "Tea", startSeconds: 1_800_000_000))))
        let reaction = try say(utterance(.reaction("🫖", to: text), encrypted: true))
        let edit = try say(utterance(.edit("tea at five", of: text), encrypted: true))
        let vote = try say(Utterance(.vote(["Yes", "Later"], in: poll)))
        let answer = try say(Utterance(.answer(.maybe, to: event)))
        let keep = try say(Utterance(.keep(true, text)))
        for reader in chat == GroupScene.ada ? [ada, scene.bobsCompanion] : [ada, cy, scene.bobsCompanion] {
            func shown(_ id: String) throws -> InboxMessage { try scene.bench.server.inboxMessage(id, of: reader) }
            #expect(try shown(text).text == "tea at five")
            #expect(try shown(text).changes.edits.map(\.formerText) == ["tea at four"])
            #expect(try shown(text).changes.reactions.map(\.emoji) == ["🫖"])
            #expect(try shown(text).changes.isKept)
            #expect(try shown(reaction).text == "🫖" && shown(reaction).content.isEncrypted)
            #expect(try shown(reaction).content.kind == .reaction && shown(edit).content.kind == .edit)
            #expect(try shown(edit).text == "tea at five" && shown(edit).kind == "secretEncryptedMessage")
            #expect(try shown(vote).options == ["Yes", "Later"])
            #expect(try shown(poll).changes.votes.map(\.options) == [["Yes", "Later"]])
            #expect(try shown(answer).answer == .maybe && shown(event).changes.answers.map(\.answer) == [.maybe])
            #expect(try shown(keep).content.kind == .keep)
        }
        #expect(scene.bench.violations.isEmpty)
    }

    /// A reaction of the client, made by hand from reference 5.16.
    private func encryptedReaction(
        _ emoji: String, to id: String, secret: Data, in scene: GroupScene, spoiled: Bool = false
    ) throws -> WAMessage {
        let author = try scene.jid(GroupScene.bob).description
        var reaction = WAReactionMessage()
        reaction.text = emoji
        reaction.senderTimestampMs = 1_760_000_000_000
        let use = MessageSecret.Addition(
            to: id, from: author, by: scene.client.lid.account.description, spoiled ? .comment : .reaction)
        let iv = [UInt8](repeating: 9, count: 12)
        var message = WAMessage()
        message.encReactionMessage.targetMessageKey.remoteJid = author
        message.encReactionMessage.targetMessageKey.fromMe = false
        message.encReactionMessage.targetMessageKey.id = id
        message.encReactionMessage.encIv = Data(iv)
        message.encReactionMessage.encPayload = Data(
            try MessageSecret(bytes: [UInt8](secret)).seal(reaction.encoded(), for: use, iv: iv))
        return message
    }

    @Test("A client's encrypted reaction is opened with the secret of its target; one under another use is a violation")
    func client() throws {
        let scene = try GroupScene()
        let id = try scene.bench.drive { try $0.say("tea?", from: bob, to: GroupScene.ada) }
        let said = try scene.client.open(try scene.client.take("message") { $0["id"] == id })
        let secret = said.messageContextInfo.messageSecret
        let right = try encryptedReaction("👍", to: id, secret: secret, in: scene)
        try scene.client.send(right, "reaction", to: try scene.jid(GroupScene.bob), id: "3EB0A1", on: scene.bench)
        #expect(try scene.bench.server.said(id, by: bob).changes.reactions.map(\.emoji) == ["👍"])
        #expect(try scene.bench.server.inboxMessage("3EB0A1", of: bob).text == "👍")
        #expect(scene.bench.violations.isEmpty)
        let wrong = try encryptedReaction("👎", to: id, secret: secret, in: scene, spoiled: true)
        try scene.client.send(wrong, "reaction", to: try scene.jid(GroupScene.bob), id: "3EB0A2", on: scene.bench)
        #expect(try scene.bench.server.said(id, by: bob).changes.reactions.map(\.emoji) == ["👍"])
        #expect(Set(scene.bench.violations) == [.malformedContent])
    }

    @Test("An admin deletes what others wrote in a group, a member cannot")
    func revokes() throws {
        let scene = try GroupScene(creator: GroupScene.bob)
        let id = try scene.bench.drive { try $0.say("rude", from: cy, to: GroupScene.id) }
        let refused = try scene.bench.drive { try $0.say(Utterance(.revoke(id)), from: ada, to: GroupScene.id) }
        #expect(try scene.bench.server.said(refused, by: ada).refusal == 420)
        #expect(try scene.bench.server.inboxMessage(id, of: bob).text == "rude")
        let done = try scene.bench.drive { try $0.say(Utterance(.revoke(id)), from: bob, to: GroupScene.id) }
        let node = try scene.client.take("message") { $0["id"] == done }
        #expect(node["edit"] == "8")
        #expect(try scene.bench.server.inboxMessage(id, of: ada).changes.revokedBy == GroupScene.bob)
        #expect(try scene.bench.server.said(id, by: cy).changes.revokedBy == GroupScene.bob)
    }

    @Test(
        "Additions that lack what they need are violations",
        arguments: ["reaction", "pin", "setting", "vote", "secret"])
    func flaws(kind: String) throws {
        let scene = try GroupScene()
        let peer = try scene.jid(GroupScene.bob)
        _ = try scene.client.say("tea", to: peer, id: "3EB0A0", on: scene.bench)
        var message = WAMessage()
        var facts: (type: String, edit: String?, poll: String?) = ("text", nil, nil)
        switch kind {
        case "reaction":
            message.reactionMessage.text = "👍"
            message.reactionMessage.senderTimestampMs = 1
            facts.type = "reaction"
        case "pin":
            message.pinInChatMessage.key.id = "3EB0A0"
            message.pinInChatMessage.key.fromMe = true
            message.pinInChatMessage.key.remoteJid = peer.description
            message.pinInChatMessage.type = .pinForAll
            message.messageContextInfo.messageAddOnDurationInSecs = 3_600
            facts.edit = "2"
        case "setting":
            message.protocolMessage.type = .ephemeralSetting
            message.protocolMessage.ephemeralExpiration = 3_600
        case "vote":
            message.pollUpdateMessage.pollCreationMessageKey.id = "3EB0A0"
            message.pollUpdateMessage.senderTimestampMs = 1
            facts = ("poll", nil, "vote")
        default:
            message.secretEncryptedMessage.targetMessageKey.id = "3EB0A0"
            message.secretEncryptedMessage.secretEncType = .messageEdit
        }
        try scene.client.send(
            message, facts.type, edit: facts.edit, pollType: facts.poll, to: peer, id: "3EB0A1", on: scene.bench)
        #expect(scene.bench.violations.contains(.unshowableContent))
    }
}
