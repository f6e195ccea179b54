import Storage
import StrictJSON
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("What of a client's events is recorded")
struct EventRecordingTests {
    private static let session = Stores.sessionID
    private static let person = JID("6281234567890", .user)
    private static let own = JID("6285500000001", .user)
    private static let group = JID("120363021234567890", .group)

    @Test("A received message is told with the row it is stored in, a repetition is not")
    func received() async throws {
        try await withStores { stores in
            for _ in 0..<2 { try await stores.record(Stores.text("hello", id: "3EB0AA")) }
            let told = try await told(stores)
            #expect(told.map(\.name) == [.messageReceived])
            #expect(told[0].identity == "msg_\(Self.session)_false_6281234567890@c.us_3EB0AA")
            #expect(told[0].chat == "6281234567890@c.us")
            #expect(
                told[0].data == """
                    {"id":"false_6281234567890@c.us_3EB0AA","from":"6281234567890@c.us","to":"6285500000001@c.us",\
                    "chatId":"6281234567890@c.us","body":"hello","type":"text","timestamp":1782372000,"fromMe":false,\
                    "isGroup":false,"kind":"individual","contact":{"pushName":"Budi"}}
                    """)
        }
    }

    @Test("What the phone sends is told as sent, with its mentions and what it quotes, in a group with its author")
    func sentByPhone() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("from the phone", id: "3EB0BB", isFromMe: true))
            let quoted = QuotedMessage(id: "3EB0Q", author: Self.own, message: MessageContent.text(TextContent("mine")).message)
            let text = TextContent("@6285500000001 yes", context: MessageContext(mentions: [Self.own], quoted: quoted))
            try await stores.record(message(.text(text), id: "3EB0CC", chat: Self.group))
            let told = try await told(stores)
            #expect(told.map(\.name) == [.messageSent, .messageReceived])
            let sent = try #require(told[0].object)
            #expect(sent["from"]?.string == "6285500000001@c.us")
            #expect(sent["fromMe"] == .boolean(true))
            let group = try #require(told[1].object)
            #expect(group["id"]?.string == "false_120363021234567890@g.us_3EB0CC_6281234567890@c.us")
            #expect(group["from"]?.string == "120363021234567890@g.us")
            #expect(group["author"]?.string == "6281234567890@c.us")
            #expect(group["kind"]?.string == "group")
            #expect(group["mentionedIds"] == .array([.string("6285500000001@c.us")]))
            #expect(
                group["quotedMessage"]
                    == .object(
                        JSONObject { json in
                            json.add("id", "true_120363021234567890@g.us_3EB0Q")
                            json.add("body", "mine")
                        }))
        }
    }

    @Test("A send is told once it is acknowledged, then how far it got, never backwards")
    func acknowledged() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB0DD"))
            #expect(try await told(stores).isEmpty)
            try await stores.record(.sendSettled(messageID: "3EB0DD", .acknowledged(serverSeconds: 1_782_372_111)))
            try await stores.record(receipt("3EB0DD", .read))
            try await stores.record(receipt("3EB0DD", .delivered))
            try await stores.record(receipt("3EB0DD", .played))
            try await stores.record(receipt("unknown", .read))
            let told = try await told(stores)
            let id = "true_6281234567890@c.us_3EB0DD"
            #expect(
                told.map(\.name) == [
                    .messageSent, .messageAck, .messageAck, .messageReceipt, .messageReceipt, .messageReceipt,
                ])
            #expect(told[0].object?["timestamp"] == .number(.integer(1_782_372_111)))
            #expect(
                told[1].data
                    == #"{"id":"\#(id)","messageId":"\#(id)","status":"sent","ack":1,"chatId":"6281234567890@c.us"}"#)
            #expect(told[2].identity == "ack_\(Self.session)_\(id)_read")
            #expect(told[5].object?["status"]?.string == "played")
            #expect(told[5].object?["participant"]?.string == "6281234567890@c.us")
        }
    }

    @Test("A refused send is told as failed twice over, and error 463 as a restriction, once")
    func refused() async throws {
        try await withStores { stores in
            for id in ["3EB0E1", "3EB0E2"] {
                _ = try await stores.accept(stores.entry(id))
                try await stores.record(.sendSettled(messageID: id, .refused(.server(code: 463))))
            }
            _ = try await stores.accept(stores.entry("3EB0E3"))
            try await stores.record(.sendSettled(messageID: "3EB0E3", .acknowledged(serverSeconds: 5)))
            let told = try await told(stores)
            #expect(
                told.map(\.name) == [
                    .messageAck, .messageFailed, .sessionRestriction, .messageAck, .messageFailed, .messageSent,
                    .messageAck, .sessionRestriction,
                ])
            #expect(told[1].object?["ack"] == .number(.integer(-1)))
            #expect(told[2].object?["active"] == .boolean(true))
            #expect(told[2].object?["kind"]?.string == "reachout_timelock")
            #expect(told[7].object?["active"] == .boolean(false))
        }
    }

    @Test("Reactions, edits and revocations are told, but not somebody else's change of a message")
    func changes() async throws {
        try await withStores { stores in
            try await stores.record(Stores.text("hello", id: "3EB0F0"))
            let key = MessageKey(chat: Self.person, id: "3EB0F0", isFromMe: false)
            try await stores.record(
                message(.reaction(ReactionContent(key: key, emoji: "👍", sentAtMilliseconds: 2_000)), id: "R1"))
            try await stores.record(
                message(.reaction(ReactionContent(key: key, emoji: "👎", sentAtMilliseconds: 1_000)), id: "R0"))
            let edit = EditContent(key: key, replacement: .text(TextContent("hullo")), editedAtMilliseconds: 3_500)
            try await stores.record(message(.edit(edit), id: "E1"))
            for id in ["V1", "V2"] { try await stores.record(message(.revoke(RevokeContent(key: key)), id: id)) }
            let told = try await told(stores).dropFirst()
            #expect(told.map(\.name) == [.messageReaction, .messageEdited, .messageRevoked])
            let (reaction, edited, revoked) = (told[1].object, told[2].object, told[3].object)
            #expect(reaction?["messageId"]?.string == "false_6281234567890@c.us_3EB0F0")
            #expect(reaction?["reaction"]?.string == "👍")
            #expect(reaction?["reactions"] == .object(JSONObject { $0.add("6281234567890@c.us", "👍") }))
            #expect(edited?["body"]?.string == "hullo")
            #expect(edited?["timestamp"] == .number(.integer(3)))
            #expect(edited?["hasMedia"] == .boolean(false))
            #expect(revoked?["revokedId"]?.string == "false_6281234567890@c.us_3EB0F0")
            #expect(revoked?["from"]?.string == "6281234567890@c.us")
        }
    }

    @Test("A status of somebody is told as such, our own is not")
    func statuses() async throws {
        try await withStores { stores in
            let chat = JID("status", .broadcast)
            try await stores.record(message(.text(TextContent("at the sea")), id: "3EB0S1", chat: chat))
            try await stores.record(message(.text(TextContent("mine")), id: "3EB0S2", chat: chat, isFromMe: true))
            let told = try await told(stores)
            #expect(told.map(\.name) == [.statusReceived])
            let data = try #require(told[0].object)
            #expect(data["caption"]?.string == "at the sea")
            #expect(data["postedAt"] == .number(.integer(1_782_372_000_000)))
            #expect(data["hasMedia"] == .boolean(false))
            #expect(data["contact"] == .object(JSONObject { $0.add("id", "6281234567890@c.us"); $0.add("pushName", "Budi") }))
        }
    }

    @Test("A placeholder and the content that comes later are two events, each once, and the content has the usual identity")
    func unmasked() async throws {
        try await withStores { stores in
            for chat in [Self.person, JID("status", .broadcast)] {
                func content(_ content: MessageContent, unavailable: String?) -> ClientEvent {
                    .received(
                        ReceivedMessage(
                            chat: chat, sender: Self.person, isFromMe: false, id: "3EB0M1", timestampSeconds: 100,
                            pushName: nil, content: content, isFromOfflineQueue: false, unavailable: unavailable))
                }
                for _ in 0..<2 { try await stores.record(content(.nothing, unavailable: "view_once")) }
                for _ in 0..<2 { try await stores.record(content(.text(TextContent("here it is")), unavailable: nil)) }
            }
            let told = try await told(stores)
            #expect(told.map(\.name) == [.messageReceived, .messageReceived, .statusReceived, .statusReceived])
            #expect(told.prefix(2).map { $0.object?["type"]?.string } == ["masked", "text"])
            let usual = "msg_\(Self.session)_false_6281234567890@c.us_3EB0M1"
            #expect(told.prefix(2).map(\.identity) == [usual + "_masked", usual])
            #expect(Set(told.map(\.identity)).count == 4)
            #expect(told[3].object?["caption"]?.string == "here it is")
        }
    }

    @Test("Groups, calls that rang and changed presences are told")
    func people() async throws {
        try await withStores { stores in
            func change(_ change: GroupChange.Change) -> ClientEvent {
                .groupChanged(
                    GroupChange(
                        group: Self.group, actor: Self.person, change: change, timestampSeconds: 7,
                        notificationID: "n1"))
            }
            try await stores.record(change(.joined([Self.own])))
            try await stores.record(change(.left([Self.person], byThemselves: true)))
            try await stores.record(change(.subject("Neighbours")))
            try await stores.record(change(.joinRequested([Self.person])))
            for kind in [CallUpdate.Kind.offered, .missed] {
                try await stores.record(
                    .call(
                        CallUpdate(
                            callID: "C1", from: Self.person, group: nil, isVideo: true, kind: kind, timestampSeconds: 8)))
            }
            for state in [PresenceUpdate.State.available, .available, .unavailable(lastSeenSeconds: 9)] {
                try await stores.record(
                    .presence(
                        PresenceUpdate(chat: Self.person, person: Self.person, state: state, atMilliseconds: 1)))
            }
            let told = try await told(stores)
            #expect(
                told.map(\.name) == [
                    .groupJoin, .groupLeave, .groupUpdate, .groupJoinRequest, .callReceived, .callMissed,
                    .presenceUpdate, .presenceUpdate,
                ])
            #expect(
                told[2].data == """
                    {"groupId":"120363021234567890@g.us","actorId":"6281234567890@c.us","participantIds":[],"timestamp":7,\
                    "changes":{"subject":"Neighbours"}}
                    """)
            #expect(told[5].identity == "call_\(Self.session)_C1_missed")
            #expect(told[5].object?["outcome"]?.string == "missed")
            #expect(
                told[7].data == """
                    {"sessionId":"\(Self.session)","chatId":"6281234567890@c.us",\
                    "participants":[{"id":"6281234567890@c.us","state":"unavailable","lastSeen":9}]}
                    """)
        }
    }

    private struct Undone: Error {}

    @Test("What is told only as news is told once, also when the first transaction that heard of it was undone")
    func undone() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB012"))
            _ = try await stores.accept(stores.entry("3EB013"))
            let presence = PresenceUpdate(chat: Self.person, person: Self.person, state: .available, atMilliseconds: 1)
            let refusal = SendOutcome.refused(.server(code: 463))
            let events: [ClientEvent] = [
                .presence(presence), .sendSettled(messageID: "3EB012", refusal),
                .sendSettled(messageID: "3EB013", .acknowledged(serverSeconds: 1)),
            ]
            for event in events {
                await #expect(throws: Undone.self) {
                    try await stores.database.write { [recording = stores.recording] connection in
                        try recording.record(event, on: connection)
                        throw Undone()
                    }
                }
                try await stores.record(event)
            }
            try await stores.record(.presence(presence))
            let told = try await told(stores)
            #expect(
                told.map(\.name) == [
                    .presenceUpdate, .messageAck, .messageFailed, .sessionRestriction, .messageSent, .messageAck,
                    .sessionRestriction,
                ])
            #expect(told[3].object?["active"] == .boolean(true) && told[6].object?["active"] == .boolean(false))
        }
    }

    @Test("A refusal and the acknowledgement that ends it may be in one transaction")
    func restrictedForAMoment() async throws {
        try await withStores { stores in
            for id in ["3EB014", "3EB015", "3EB016"] { _ = try await stores.accept(stores.entry(id)) }
            // Nothing was refused so far, and that is known now.
            try await stores.record(.sendSettled(messageID: "3EB014", .acknowledged(serverSeconds: 1)))
            try await stores.database.write { [recording = stores.recording] connection in
                try recording.record(.sendSettled(messageID: "3EB015", .refused(.server(code: 463))), on: connection)
                try recording.record(.sendSettled(messageID: "3EB016", .acknowledged(serverSeconds: 1)), on: connection)
            }
            let restrictions = try await told(stores).filter { $0.name == .sessionRestriction }
            #expect(restrictions.map { $0.object?["active"] } == [.boolean(true), .boolean(false)])
        }
    }

    @Test("A restriction ends also by the number of a person that was refused under their privacy id, and by another phone")
    func restrictedUnderTwoNames() async throws {
        try await withStores { stores in
            let lid = OutboxEntry(
                sessionID: Self.session, messageID: "3EB01A", chat: ChatID(.lid, "100000000000001"),
                content: .text(OutgoingText("hello")), acceptedAtMilliseconds: 1)
            _ = try await stores.accept(lid)
            _ = try await stores.accept(stores.entry("3EB01B"))
            _ = try await stores.accept(stores.entry("3EB01C"))
            try await stores.record(.sendSettled(messageID: "3EB01A", .refused(.server(code: 463))))
            try await stores.database.write {
                try PersonMerge.move("100000000000001@lid", to: "6281234567890@c.us", on: $0)
            }
            try await stores.record(.sendSettled(messageID: "3EB01B", .acknowledged(serverSeconds: 1)))
            try await stores.record(.sendSettled(messageID: "3EB01C", .refused(.server(code: 463))))
            try await stores.record(
                .paired(LinkedAccount(phone: JID("6285500000002", .user), lid: nil, pushName: "Other", platform: nil)))
            let restrictions = try await told(stores).filter { $0.name == .sessionRestriction }
            #expect(
                restrictions.map { $0.object?["active"] } == [
                    .boolean(true), .boolean(false), .boolean(true), .boolean(false),
                ])
        }
    }

    @Test("A restriction ends, and a call that rang is missed, also after a restart")
    func restarted() async throws {
        func call(_ kind: CallUpdate.Kind) -> ClientEvent {
            .call(
                CallUpdate(callID: "C1", from: Self.person, group: nil, isVideo: true, kind: kind, timestampSeconds: 8))
        }
        try await withDatabase { database in
            let before = try await Stores(on: database)
            for id in ["3EB017", "3EB018"] { _ = try await before.accept(before.entry(id)) }
            _ = try await before.accept(before.entry("3EB019", to: "628111111111"))
            try await before.record(.sendSettled(messageID: "3EB017", .refused(.server(code: 463))))
            try await before.record(call(.offered))
            let after = try await Stores(on: database)
            try await after.record(.sendSettled(messageID: "3EB019", .acknowledged(serverSeconds: 1)))
            try await after.record(.sendSettled(messageID: "3EB018", .acknowledged(serverSeconds: 1)))
            try await after.record(call(.missed))
            let told = try await told(after)
            #expect(
                told.map(\.name) == [
                    .messageAck, .messageFailed, .sessionRestriction, .callReceived, .messageSent, .messageAck,
                    .messageSent, .messageAck, .sessionRestriction, .callMissed,
                ])
            #expect(told[8].object?["active"] == .boolean(false))
        }
    }

    @Test("A logout tells what will not be sent")
    func loggedOut() async throws {
        try await withStores { stores in
            _ = try await stores.accept(stores.entry("3EB011"))
            try await stores.record(.loggedOut(reason: "unlinked"))
            #expect(try await told(stores).map(\.name) == [.messageAck, .messageFailed])
        }
    }

    @Test("Disappearing messages leave no trace where the operator wants none")
    func ephemeral() async throws {
        try await withStores { stores in
            var recording = stores.recording
            let event = ClientEvent.received(
                ReceivedMessage(
                    chat: Self.person, sender: Self.person, isFromMe: false, id: "3EB0D1", timestampSeconds: 1,
                    pushName: nil, content: .text(TextContent("gone soon")), isFromOfflineQueue: false,
                    expiresAfterSeconds: 86_400))
            recording.storesEphemeral = false
            try await stores.database.write { [recording] in try recording.record(event, on: $0) }
            #expect(try await told(stores).isEmpty)
            #expect(try await stores.page().total == 0)
            try await stores.record(event)
            #expect(try await told(stores).first?.object?["ephemeralDuration"] == .number(.integer(86_400)))
        }
    }

    // MARK: - Parts

    private func message(
        _ content: MessageContent, id: String, chat: JID = person, isFromMe: Bool = false
    ) -> ClientEvent {
        .received(
            ReceivedMessage(
                chat: chat, sender: isFromMe ? Self.own : Self.person, isFromMe: isFromMe, id: id,
                timestampSeconds: 1_782_372_000, pushName: "Budi", content: content, isFromOfflineQueue: false))
    }

    private func receipt(_ id: String, _ status: DeliveryUpdate.Status) -> ClientEvent {
        .receipt(
            DeliveryUpdate(
                chat: Self.person, from: Self.person, messageIDs: [id], status: status, timestampSeconds: 1_782_372_120,
                isOwnReading: false))
    }

    private func told(_ stores: Stores) async throws -> [EventRecord] {
        try await stores.events.page(after: 0, limit: 1_000, filter: EventFilter(names: Set(EventName.allCases))).records
    }
}

extension EventRecord {
    fileprivate var object: JSONObject? {
        guard case .object(let object)? = try? JSONReader.read(Array(data.utf8)) else { return nil }
        return object
    }
}

@Suite("What of a session's life is news")
struct SessionNewsTests {
    private func told(_ news: inout SessionNews, _ state: ClientState, _ before: SessionStatus, _ after: SessionStatus) -> [EventName] {
        news.events(
            on: SessionNews.Occasion(
                sessionID: "s", state: state, before: before, after: after, phone: "6285500000001", pushName: "Depot",
                nowMilliseconds: 1_000), image: { "data:image/png;base64," + $0 }
        ).map(\.name)
    }

    @Test("Codes, a login, its loss and every fifth vain attempt are told once")
    func life() {
        var news = SessionNews()
        #expect(told(&news, .waitingForScan(qr: "a"), .initializing, .qrReady) == [.sessionStatus, .sessionQR])
        #expect(told(&news, .waitingForScan(qr: "a"), .qrReady, .qrReady).isEmpty)
        #expect(told(&news, .waitingForScan(qr: "b"), .qrReady, .qrReady) == [.sessionQR])
        #expect(told(&news, .pairing, .qrReady, .authenticating) == [.sessionStatus])
        #expect(told(&news, .online, .authenticating, .ready) == [.sessionStatus, .sessionAuthenticated])
        #expect(told(&news, .online, .ready, .ready).isEmpty)
        #expect(
            told(&news, .reconnecting(attempt: 1, reason: "lost"), .ready, .disconnected) == [
                .sessionStatus, .sessionDisconnected,
            ])
        for attempt in 2...4 {
            #expect(told(&news, .reconnecting(attempt: attempt, reason: "lost"), .disconnected, .disconnected).isEmpty)
        }
        let fifth = ClientState.reconnecting(attempt: 5, reason: "lost")
        #expect(told(&news, fifth, .disconnected, .disconnected) == [.sessionReconnectLoop])
        #expect(told(&news, fifth, .disconnected, .disconnected).isEmpty)
        #expect(told(&news, .loggedOut(reason: "removed"), .ready, .disconnected) == [.sessionStatus, .sessionDisconnected])
    }

    @Test("A ban is a restriction, and the next login ends it")
    func banned() {
        var news = SessionNews()
        let ban = ClientState.failed(reason: ClientState.bannedReason + " (code 106, 60 s left)")
        #expect(
            told(&news, ban, .initializing, .failed) == [.sessionStatus, .sessionDisconnected, .sessionRestriction])
        news.started()
        #expect(
            told(&news, .online, .initializing, .ready) == [.sessionStatus, .sessionRestriction, .sessionAuthenticated])
    }

    @Test("A logout that the API asked for is no loss")
    func asked() {
        var news = SessionNews()
        news.expectsEnd = true
        #expect(told(&news, .loggedOut(reason: "unlinked on request"), .ready, .disconnected) == [.sessionStatus])
    }
}
