import Foundation
import Gateway
import SimulatorServer
import TestSupport
import Testing
import WASimulator

@Suite("What phones do to messages, and what else they show", .timeLimit(.minutes(10)))
struct ReceivedChangesTests {
    private static let peer = World.peers[0]
    private static let chat = "\(World.peers[0])@c.us"

    @Test(
        "Reactions, edits and deletions are told, plain and encrypted, in a chat and in a group",
        arguments: [false, true], [false, true])
    func changes(encrypted: Bool, inGroup: Bool) async throws {
        try await withWorld(seed: 51) { world in
            var to = World.ownNumber
            if inGroup {
                to = try await world.drive { try $0.addGroup("Tea", members: World.peers + [World.ownNumber]) }
            }
            let id = try await world.say(["text": "helo"], from: Self.peer, to: to)
            let row = try await world.row(id)
            _ = try await world.say(
                ["type": "reaction", "id": id, "emoji": "👍", "isEncrypted": encrypted], from: Self.peer, to: to)
            let reaction = try await world.event(.messageReaction)
            #expect(reaction["messageId"] as? String == row.waMessageID && reaction["reaction"] as? String == "👍")
            _ = try await world.say(
                ["type": "edit", "id": id, "text": "hello", "isEncrypted": encrypted], from: Self.peer, to: to)
            let edit = try await world.event(.messageEdited)
            #expect(edit["messageId"] as? String == row.waMessageID && edit["body"] as? String == "hello")
            let edited = try await world.gateway.messages(
                MessageQuery(session: World.session, limit: 10, messageID: id))
            #expect(edited.messages.first?.body == "hello")
            _ = try await world.say(["type": "revoke", "id": id], from: Self.peer, to: to)
            let revoked = try await world.event(.messageRevoked)
            #expect((revoked["revokedId"] ?? revoked["id"]) as? String == row.waMessageID)
        }
    }

    @Test("An edit without its wrapper counts too; one by somebody else does not")
    func edits() async throws {
        try await withWorld(seed: 52) { world in
            let id = try await world.say(["text": "helo"], from: Self.peer)
            _ = try await world.row(id)
            _ = try await world.say(["type": "edit", "id": id, "text": "hello", "shape": "bare"], from: Self.peer)
            #expect(try await world.event(.messageEdited)["body"] as? String == "hello")
        }
    }

    @Test("Status posts and posts of channels are told apart from messages")
    func places() async throws {
        try await withWorld(seed: 53) { world in
            _ = try await world.hear("hello", from: Self.peer)
            let post = try await world.say(["text": "sunny"], from: Self.peer, to: "status@broadcast")
            let status = try await world.event(.statusReceived)
            #expect((status["statusId"] as? String)?.contains(post) == true && status["caption"] as? String == "sunny")
            #expect((status["contact"] as? [String: Any])?["id"] as? String == Self.chat)
            let channel = try await world.drive {
                try $0.addChannel("News", owner: Self.peer, followers: [World.ownNumber])
            }
            let news = try await world.say(["text": "breaking"], from: Self.peer, to: "\(channel)@newsletter")
            let row = try await world.row(news)
            #expect(row.chatID == "\(channel)@newsletter" && row.body == "breaking")
            try await world.waitUntilNothingWaits()
        }
    }

    @Test("What is to be seen once is asked of the phone, which has it")
    func viewOnce() async throws {
        try await withWorld(seed: 58) { world in
            let picture = Data([0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 500)).base64EncodedString()
            let id = try await world.say(
                ["type": "image", "base64": picture, "caption": "Look once", "isViewOnce": true], from: Self.peer)
            let asked = await world.simulator.host.firstValue(within: .patience) { server in
                (try? server.companionRequests(of: World.ownNumber))?.first { $0.kind == .placeholder }
            }
            #expect(asked?.isAnswered == true)
            let query = MessageQuery(session: World.session, limit: 1, messageID: id)
            try await askPatiently("the message's text") {
                try await world.gateway.messages(query).messages.first?.body == "Look once"
            }
            let row = try await world.row(id)
            #expect(row.type == "image" && row.waMessageID == "false_\(Self.chat)_\(id)")
        }
    }

    @Test("A call is told when it rings and how it went", arguments: ["timeout", "elsewhere", "notice"])
    func calls(end: String) async throws {
        try await withWorld(seed: 54) { world in
            let id = try await world.drive {
                try $0.call(
                    World.ownNumber, from: DeviceAddress(Self.peer), isVideo: true, isNotice: end == "notice")
            }
            let rings = try await world.event(.callReceived)
            #expect(rings["callId"] as? String == id && rings["from"] as? String == Self.chat)
            #expect(rings["isVideo"] as? Bool == true && rings["isGroup"] as? Bool == false)
            try await world.drive { server in
                if end != "elsewhere" {
                    try server.endCall(id, on: DeviceAddress(Self.peer))
                } else {
                    try server.answerCall(id, accepting: true, on: DeviceAddress(World.ownNumber))
                }
            }
            let over = try await world.event(end != "elsewhere" ? .callMissed : .callAccepted)
            #expect(
                over["callId"] as? String == id
                    && over["outcome"] as? String == (end != "elsewhere" ? "missed" : "accepted"))
        }
    }

    @Test("Somebody's typing is told, in a chat and in a group")
    func typing() async throws {
        try await withWorld(seed: 55) { world in
            _ = try await world.hear("hello", from: Self.peer)
            try await world.drive { try $0.show(.recording, from: DeviceAddress(Self.peer), to: World.ownNumber) }
            let state = try await world.event(.presenceUpdate)
            #expect(state["chatId"] as? String == Self.chat)
            let person = (state["participants"] as? [[String: Any]])?.first
            #expect(person?["id"] as? String == Self.chat && person?["state"] as? String == "recording")
            let group = try await world.drive { try $0.addGroup("Tea", members: World.peers + [World.ownNumber]) }
            _ = try await world.row(try await world.say(["text": "hm"], from: World.peers[1], to: group))
            try await world.drive { try $0.show(.composing, from: DeviceAddress(World.peers[1]), to: group) }
            let inGroup = try await world.event(.presenceUpdate) { $0["chatId"] as? String == "\(group)@g.us" }
            let writer = (inGroup["participants"] as? [[String: Any]])?.first
            #expect(writer?["id"] as? String == "\(World.peers[1])@c.us" && writer?["state"] as? String == "composing")
        }
    }

    @Test("Read and played receipts of phones move our message on, one by one and many at once")
    func receipts() async throws {
        try await withWorld(seed: 56) { world in
            let group = try await world.drive { try $0.addGroup("Tea", members: World.peers + [World.ownNumber]) }
            let sent = try await world.gateway.send(
                SendRequest(chatID: "\(group)@g.us", content: .text(OutgoingText("tea?"))), session: World.session)
            let id = try #require(sent.messageID.split(separator: "_").last.map(String.init))
            _ = try await world.shown(id, on: DeviceAddress(World.peers[0]))
            _ = try await world.shown(id, on: DeviceAddress(World.peers[1]))
            try await world.drive { try $0.read([id], on: DeviceAddress(World.peers[0])) }
            _ = try await world.event(.messageReceipt) {
                $0["participant"] as? String == "\(World.peers[0])@c.us" && $0["status"] as? String == "read"
            }
            try await world.drive {
                try $0.aggregateReceipts(.read, of: [World.peers[1], World.peers[2]], for: id, in: group)
            }
            for peer in World.peers[1...] {
                _ = try await world.event(.messageReceipt) {
                    $0["participant"] as? String == "\(peer)@c.us" && $0["status"] as? String == "read"
                }
            }
            let page = try await world.gateway.messages(MessageQuery(session: World.session, limit: 1, messageID: id))
            #expect(page.messages.first?.status == .read)
        }
    }

    @Test("Who moved to another number is heard from there")
    func numberChange() async throws {
        try await withWorld(seed: 57) { world in
            _ = try await world.hear("hello", from: Self.peer)
            try await world.drive { try $0.changeNumber(of: Self.peer, to: "628999999999") }
            let id = try await world.say(["text": "new number"], from: "628999999999")
            #expect(try await world.row(id).chatID == "628999999999@c.us")
            try await world.waitUntilNothingWaits()
        }
    }
}
