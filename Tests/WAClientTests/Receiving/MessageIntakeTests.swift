import FoundationEssentials
import Storage
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Messages taken in")
struct MessageIntakeTests {
    private typealias Scene = ReceivingScene

    @Test("A message says who wrote it under both addresses, whether it is view-once and when it disappears")
    func plain() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            var viewOnce = WAMessage()
            viewOnce.viewOnceMessageV2.message = MessageContent.text(TextContent("look")).message
                .expiring(afterSeconds: 86_400)
            let message = try #require(try await scene.take(viewOnce, from: scene.origin("3A01")).messages.first)
            #expect(message.chat == Scene.friend && message.sender == Scene.friend && message.senderLID == Scene.friendLID)
            #expect(message.content.text == "look" && message.isViewOnce && message.expiresAfterSeconds == 86_400)
            #expect(!message.isStatus && !message.isChannel && message.unavailable == nil && message.pushName == "Budi")
            let status = scene.origin("3A02", in: .statusBroadcast)
            let post = try #require(
                try await scene.take(.text(TextContent("my day")), from: status).messages.first)
            #expect(post.isStatus && post.chat == .statusBroadcast && post.sender == Scene.friend)
        }
    }

    @Test("What no type knows is told as it is; what says nothing is not")
    func unknown() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            // Message.86 stickerPackMessage { 2 name } is known to nobody here.
            let unknown = try WAMessage(decoding: [0xB2, 0x05, 3, 0x12, 1, 0x61])
            let message = try #require(try await scene.take(unknown, from: scene.origin("3A01")).messages.first)
            #expect(message.content == .raw(unknown) && message.encodedContent == unknown.encoded())
            #expect(try await scene.take(WAMessage(), from: scene.origin("3A02")).isEmpty)
            var key = WAMessage()
            key.senderKeyDistributionMessage.groupID = "1@g.us"
            #expect(try await scene.take(key, from: scene.origin("3A03")).isEmpty)
        }
    }

    @Test("The timer of a chat is told as a change of the chat too")
    func timer() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let events = try await scene.take(.ephemeralSetting(seconds: 604_800), from: scene.origin("3A01"))
            #expect(events.messages.map(\.content) == [.ephemeralSetting(seconds: 604_800)])
            let changes = events.compactMap { if case .chatChanged(let change) = $0 { change } else { nil } }
            #expect(
                changes == [
                    ChatChange(
                        chat: Scene.friend, change: .ephemeral(seconds: 604_800), atMilliseconds: Scene.nowMilliseconds)
                ])
        }
    }

    @Test(
        "What only our own phone may say is reported and changes nothing when anybody else says it",
        arguments: [
            (WAProtocolMessage.TypeEnum.historySyncNotification, "historySyncNotification", false),
            (.appStateSyncKeyShare, "appStateSyncKeyShare", false),
            (.appStateFatalExceptionNotification, "appStateFatalExceptionNotification", false),
            (.initialSecurityNotificationSettingSync, "initialSecurityNotificationSettingSync", false),
            (.peerDataOperationRequestResponseMessage, "peerDataOperationRequestResponseMessage", false),
            (.lidMigrationMappingSync, "lidMigrationMappingSync", false),
            (.appStateSyncKeyRequest, "appStateSyncKeyRequest", true),
            (.peerDataOperationRequestMessage, "peerDataOperationRequestMessage", true),
        ])
    func reserved(_ type: WAProtocolMessage.TypeEnum, _ name: String, mayBeAnyOwnDevice: Bool) async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            var claim = WAMessage()
            claim.protocolMessage.type = type
            var key = WAAppStateSyncKey()
            key.keyID.keyID = Data([1, 2, 3, 4, 5, 6])
            key.keyData.keyData = Data([UInt8](repeating: 7, count: 32))
            claim.protocolMessage.appStateSyncKeyShare.keys = [key]
            claim.protocolMessage.historySyncNotification.directPath = "/v/a"
            var wrapped = WAMessage()
            wrapped.ephemeralMessage.message = claim
            let copied = claim.sentByOtherDevice(to: Scene.friend)
            var forged = [claim, wrapped, copied].map { ($0, scene.origin("3A01", from: Scene.friendLID.with(device: 3))) }
            // In a group, from a device 0, and from another companion of ours.
            forged.append((claim, scene.origin("3A02", in: Scene.group)))
            let companion = scene.origin("3A03", from: Scene.ownLID.with(device: 9))
            if !mayBeAnyOwnDevice { forged.append((claim, companion)) }
            for (message, origin) in forged {
                let events = try await scene.take(message, from: origin)
                #expect(events.count == 1 && events.rejected.map(\.claim) == [name])
                #expect(events.rejected.first?.messageID == origin.id)
            }
            let kept = try await database.read { sql in
                try sql.query("SELECT key_id FROM client_app_state_key").count
                    + sql.query("SELECT * FROM client_history_job").count
            }
            #expect(kept == 0)
            let trusted = mayBeAnyOwnDevice ? companion : scene.origin("3A04", from: Scene.ownLID.account)
            #expect(try await scene.take(claim, from: trusted).isEmpty)
        }
    }

    @Test("Nobody but our own devices speaks for us")
    func deviceSent() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let copy = MessageContent.text(TextContent("I owe you")).message.sentByOtherDevice(to: Scene.friend)
            let events = try await scene.take(copy, from: scene.origin("3A01"))
            #expect(events.messages.isEmpty)
            #expect(events.rejected == [RejectedMessage(sender: Scene.friend, messageID: "3A01", claim: "deviceSentMessage")])
            var wrapped = WAMessage()
            wrapped.viewOnceMessage.message = copy
            #expect(try await scene.take(wrapped, from: scene.origin("3A02")).rejected.count == 1)
            let own = try await scene.take(copy, from: scene.origin("3A03", from: Scene.ownLID.with(device: 9))).messages
            #expect(own.map(\.chat) == [Scene.friend] && own.first?.isFromMe == true)
        }
    }
}
