import Storage
import TestSupport
import Testing
import WABinary
import WAProtocol

@testable import WAClient

@Suite("Receipts, presence and news of groups")
struct ReceiptReceiverTests {
    private typealias Scene = ReceivingScene

    private func receive(
        _ attributes: Attributes, children: [Node] = [], in scene: Scene
    ) async throws -> [DeliveryUpdate] {
        var all: Attributes = ["id": "3EB0", "t": "1790000000"]
        for entry in attributes { all[entry.name] = entry.value }
        let receipt = try #require(ReceiptStanza(Node("receipt", all, children)))
        let receiver = ReceiptReceiver(account: Scene.account, credentials: scene.credentials, recorder: { _, _ in })
        return try await scene.database.write { try receiver.receive(receipt, nowSeconds: 5, on: $0) }
    }

    @Test("Every device reports for itself, and the device is kept")
    func devices() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            for device: UInt16 in [0, 3] {
                let updates = try await receive(["from": .jid(Scene.friendLID.with(device: device))], in: scene)
                #expect(
                    updates == [
                        DeliveryUpdate(
                            chat: Scene.friend, from: Scene.friend.with(device: device), messageIDs: ["3EB0"],
                            status: .delivered, timestampSeconds: 1_790_000_000, isOwnReading: false)
                    ])
            }
            let played = try await receive(["from": .jid(Scene.friendLID), "type": "played"], in: scene)
            #expect(played.map(\.status) == [.played])
            let users = [Node("user", ["jid": .jid(Scene.friendLID.with(device: 2)), "t": "7"])]
            let many = try await receive(
                ["from": .jid(Scene.group), "type": "read"], children: [Node("participants", ["key": "3EB1"], users)],
                in: scene)
            #expect(many.map(\.from) == [Scene.friend.with(device: 2)] && many.first?.messageIDs == ["3EB1"])
            #expect(many.first?.chat == Scene.group && many.first?.timestampSeconds == 7)
        }
    }

    @Test("What we read on another device is our own reading of the chat, in groups too")
    func ownReading() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            for type: AttributeValue in ["read", "read-self", "played-self"] {
                let direct = try await receive(
                    ["from": .jid(Scene.ownLID.account), "recipient": .jid(Scene.friendLID), "type": type], in: scene)
                #expect(direct.map(\.isOwnReading) == [true] && direct.first?.chat == Scene.friend)
                let group = try await receive(
                    [
                        "from": .jid(Scene.group), "participant": .jid(Scene.ownLID.account),
                        "recipient": .jid(Scene.friendLID), "type": type,
                    ], in: scene)
                #expect(group.map(\.isOwnReading) == [true] && group.first?.chat == Scene.group)
            }
            #expect(try await receive(["from": .jid(Scene.friendLID), "type": "read-self"], in: scene).isEmpty)
        }
    }

    @Test("What devices of one account tell each other is no delivery")
    func others() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            for type: AttributeValue in ["sender", "peer_msg", "hist_sync", "server-error", "inactive?", "view"] {
                for from in [Scene.friendLID, Scene.ownLID.account] {
                    #expect(try await receive(["from": .jid(from), "type": type], in: scene).isEmpty)
                }
            }
            let own: Attributes = ["from": .jid(Scene.ownLID.account), "recipient": .jid(Scene.friendLID)]
            #expect(try await receive(own, in: scene).isEmpty)
        }
    }

    @Test("Presence and typing are told with phone numbers, in the chat they belong to")
    func presence() async throws {
        try await withDatabase { database in
            _ = try await Scene(on: database)
            func update(_ node: Node) async throws -> PresenceUpdate? {
                let receiver = PresenceReceiver(account: Scene.account)
                return try await database.write { sql -> PresenceUpdate? in
                    switch IncomingStanza(node) {
                    case .presence(let stanza): return try receiver.receive(stanza, nowMilliseconds: 1, on: sql)
                    case .chatState(let stanza): return try receiver.receive(stanza, nowMilliseconds: 1, on: sql)
                    default: return nil
                    }
                }
            }
            func told(_ state: PresenceUpdate.State, in chat: JID = Scene.friend) -> PresenceUpdate {
                PresenceUpdate(chat: chat, person: Scene.friend, state: state, atMilliseconds: 1)
            }
            let lid = AttributeValue.jid(Scene.friendLID)
            #expect(try await update(Node("presence", ["from": lid])) == told(.available))
            let away = Node("presence", ["from": lid, "type": "unavailable", "last": "1752021890"])
            #expect(try await update(away) == told(.unavailable(lastSeenSeconds: 1_752_021_890)))
            let hidden = Node("presence", ["from": lid, "type": "unavailable", "last": "deny"])
            #expect(try await update(hidden) == told(.unavailable(lastSeenSeconds: nil)))
            let recording = Node("chatstate", ["from": lid], [Node("composing", ["media": "audio"])])
            #expect(try await update(recording) == told(.recording))
            let group = Node(
                "chatstate", ["from": .jid(Scene.group), "participant": lid], [Node("composing")])
            #expect(try await update(group) == told(.composing, in: Scene.group))
            #expect(try await update(Node("presence", ["from": .jid(Scene.group)])) == nil)
        }
    }

    @Test("Every change of a group is told, with who did it and who it is about by phone number")
    func group() async throws {
        try await withDatabase { database in
            _ = try await Scene(on: database)
            func changes(_ children: [Node]) async throws -> [ClientEvent] {
                let node = Node(
                    "notification",
                    [
                        "type": "w:gp2", "from": .jid(Scene.group), "id": "N1", "t": "1790000000",
                        "participant": .jid(Scene.friendLID),
                    ], children)
                guard let stanza = NotificationStanza(node) else { return [] }
                guard case .group(let change) = stanza.content else { return [] }
                return try await database.write { sql in
                    try GroupNews(account: Scene.account).events(of: change, in: stanza, nowMilliseconds: 9, on: sql)
                }
            }
            func told(_ change: GroupChange.Change) -> GroupChange {
                GroupChange(
                    group: Scene.group, actor: Scene.friend, change: change, timestampSeconds: 1_790_000_000,
                    notificationID: "N1")
            }
            let friend = Node("participant", ["jid": .jid(Scene.friendLID)])
            let user = Node("requested_user", ["jid": .jid(JID("100000000000077", .lid)), "phone_number": .jid(JID("628777", .user))])
            let events = try await changes([
                Node("add", [:], [friend]), Node("remove", [:], [friend]), Node("promote", [:], [friend]),
                Node("demote", [:], [friend]), Node("subject", ["subject": "New"]),
                Node("description", [:], [Node("body", text: "about")]), Node("description", [:], [Node("delete")]),
                Node("announcement"), Node("unlocked"), Node("ephemeral", ["expiration": "86400"]),
                Node("created_membership_requests", [:], [user]), Node("membership_approval_request"),
                Node("revoked_membership_requests", [:], [friend]), Node("invite", ["code": "x"]), Node("add"),
                Node("delete", ["reason": "x"]), Node("create"),
            ])
            let all = events.compactMap { if case .groupChanged(let change) = $0 { change } else { nil } }
            let expected: [GroupChange.Change] = [
                .joined([Scene.friend]), .left([Scene.friend], byThemselves: true), .promoted([Scene.friend]),
                .demoted([Scene.friend]), .subject("New"), .description("about"), .description(""), .announcement(true),
                .locked(false), .ephemeral(seconds: 86_400), .joinRequested([JID("628777", .user)]),
                .joinRequested([Scene.friend]), .other("revoked_membership_requests"), .other("invite"), .deleted, .created,
            ]
            #expect(all == expected.map(told))
            let timers = events.compactMap { if case .chatChanged(let change) = $0 { change } else { nil } }
            #expect(timers == [ChatChange(chat: Scene.group, change: .ephemeral(seconds: 86_400), atMilliseconds: 9)])
        }
    }
}
