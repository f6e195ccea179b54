import Testing
import WABinary
import WASimulator

@Suite("Presence, typing and receipts")
struct PresenceTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private let cy = DeviceAddress(GroupScene.cy)
    private let ada = DeviceAddress(GroupScene.ada)

    // MARK: - Presence

    @Test("Who subscribed hears of somebody's coming and going, and nobody else")
    func subscribers() throws {
        let scene = try GroupScene()
        let peer = try scene.jid(GroupScene.bob)
        try scene.bench.send(Node("presence", ["type": "available", "name": "Ada"]), from: scene.client)
        try scene.bench.send(Node("presence", ["type": "subscribe", "to": .jid(peer)]), from: scene.client)
        let first = try scene.client.take("presence")
        #expect(first["type"] == "unavailable" && first["last"] == nil && first.jid("from") == peer)
        try scene.bench.drive { try $0.setPresence(true, of: bob) }
        let here = try scene.client.take("presence")
        #expect(here["type"] == nil && here["last"] == nil && here.jid("from") == peer)
        try scene.bench.drive { try $0.setPresence(false, of: bob) }
        #expect(try scene.client.take("presence")["last"] == "1760000000")
        for (stated, word) in [(LastSeen.denied, "deny"), (.seconds(1_750_000_000), "1750000000"), (.unknown, "none")] {
            try scene.bench.drive { server in
                try server.setPresence(true, of: bob)
                try server.setPresence(false, of: bob, lastSeen: stated)
            }
            _ = try scene.client.take("presence")
            #expect(try scene.client.take("presence")["last"] == word)
        }
        #expect(try scene.bench.server.observations(of: cy).people.isEmpty)
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A subscription ends with the connection on which it was made")
    func subscriptionsEnd() throws {
        let scene = try GroupScene()
        let available = Node("presence", ["type": "available", "name": "Ada"])
        let subscription = Node("presence", ["type": "subscribe", "to": .jid(try scene.jid(GroupScene.bob))])
        for node in [available, subscription] { try scene.bench.send(node, from: scene.client) }
        try scene.bench.disconnect(scene.client)
        try scene.client.logIn(on: scene.bench)
        try scene.bench.send(available, from: scene.client)
        scene.client.received.removeAll()
        try scene.bench.drive { try $0.setPresence(true, of: bob) }
        #expect(!scene.client.has("presence"))
        try scene.bench.send(subscription, from: scene.client)
        #expect(try scene.client.take("presence")["type"] == nil)
    }

    @Test("The time of going is told to those who may see it")
    func lastSeenPrivacy() throws {
        let scene = try GroupScene()
        try scene.bench.drive { try $0.changeProfile(of: GroupScene.bob, privacy: ["last": "contacts"]) }
        try scene.bench.send(Node("presence", ["type": "available", "name": "Ada"]), from: scene.client)
        try scene.bench.send(
            Node("presence", ["type": "subscribe", "to": .jid(try scene.jid(GroupScene.bob))]), from: scene.client)
        #expect(try scene.client.take("presence")["last"] == "deny")
    }

    @Test("A subscription of somebody who is not there is a violation and brings nothing")
    func subscriptionWhileAway() throws {
        let scene = try GroupScene()
        try scene.bench.send(
            Node("presence", ["type": "subscribe", "to": .jid(try scene.jid(GroupScene.bob))]), from: scene.client)
        #expect(!scene.client.has("presence"))
        #expect(scene.bench.violations == [.outOfOrder])
    }

    @Test("A phone that opens a chat sees a client come and go")
    func phoneSees() throws {
        let scene = try GroupScene()
        try scene.bench.drive { try $0.subscribePresence(of: GroupScene.ada, on: bob) }
        func seen() throws -> Observations.Presence? {
            try scene.bench.server.observations(of: bob).people[GroupScene.ada]
        }
        #expect(try seen()?.isAvailable == false)
        try scene.bench.send(Node("presence", ["type": "available", "name": "Ada"]), from: scene.client)
        #expect(try seen()?.isAvailable == true)
        try scene.bench.disconnect(scene.client)
        #expect(try seen()?.isAvailable == false && seen()?.lastSeen == "1760000000")
    }

    @Test("A phone without power is not there")
    func powerOff() throws {
        let scene = try GroupScene()
        try scene.bench.drive { server in
            try server.subscribePresence(of: GroupScene.cy, on: bob)
            try server.setPresence(true, of: cy)
        }
        #expect(try scene.bench.server.observations(of: bob).people[GroupScene.cy]?.isAvailable == true)
        try scene.bench.drive { try $0.setPower(false, of: cy) }
        #expect(try scene.bench.server.observations(of: bob).people[GroupScene.cy]?.isAvailable == false)
        #expect(throws: SimulatorError.poweredOff(GroupScene.cy)) {
            try scene.bench.drive { try $0.setPresence(true, of: cy) }
        }
    }

    // MARK: - Typing

    @Test("Typing and recording pass both ways, to a person and in a group")
    func typing() throws {
        let scene = try GroupScene()
        try scene.bench.drive { server in
            try server.show(.recording, from: bob, to: GroupScene.ada)
            try server.show(.composing, from: cy, to: GroupScene.id)
            try server.show(.paused, from: cy, to: GroupScene.id)
        }
        let recording = try scene.client.take("chatstate")
        #expect(recording.child("composing")?["media"] == "audio")
        let inGroup = try scene.client.take("chatstate")
        #expect(try inGroup.jid("from") == scene.group && inGroup.jid("participant") == (scene.jid(GroupScene.cy)))
        #expect(try scene.client.take("chatstate").child("paused") != nil)
        try scene.bench.send(
            Node("chatstate", ["to": .jid(scene.group)], [Node("composing", ["media": "audio"])]), from: scene.client)
        let states = try scene.bench.server.observations(of: bob).chatStates.entries
        #expect(states.map(\.state) == ["composing", "paused", "recording"])
        #expect(states.last?.by == GroupScene.ada && states.last?.chat == scene.group)
        try scene.bench.send(Node("chatstate", ["to": .jid(scene.group)], [Node("thinking")]), from: scene.client)
        try scene.bench.send(
            Node("chatstate", ["to": .jid(try scene.jid(GroupScene.bob))], [Node("thinking")]), from: scene.client)
        #expect(scene.bench.violations == [.malformedStanza, .malformedStanza])
    }

    // MARK: - Receipts

    private func said(_ id: String, to chat: JID, in scene: GroupScene) throws {
        let ack =
            chat.isGroup
            ? try scene.client.say("tea", inGroup: chat, id: id, on: scene.bench)
            : try scene.client.say("tea", to: chat, id: id, on: scene.bench)
        #expect(ack["error"] == nil)
    }

    @Test("Phones say delivered, or inactive, or nothing, as they are told to", arguments: DeliveryReceipts.allCases)
    func delivery(kind: DeliveryReceipts) throws {
        let scene = try GroupScene()
        try scene.bench.drive { try $0.setReceipts(of: bob, delivery: kind) }
        try said("3EB0A1", to: try scene.jid(GroupScene.bob), in: scene)
        let fromPhone = scene.client.received.filter {
            $0.tag == "receipt" && $0.jid("from")?.device == 0 && $0.jid("from")?.user != scene.client.lid.user
        }
        switch kind {
        case .delivered: #expect(fromPhone.count == 1 && fromPhone[0]["type"] == nil)
        case .inactive: #expect(fromPhone.count == 1 && fromPhone[0]["type"] == "inactive")
        case .withheld: #expect(fromPhone.isEmpty)
        }
    }

    @Test("Several messages are read and played in one receipt; hidden reading stays within the account")
    func reading() throws {
        let scene = try GroupScene()
        let peer = try scene.jid(GroupScene.bob)
        try said("3EB0A1", to: peer, in: scene)
        try said("3EB0A2", to: peer, in: scene)
        scene.client.received.removeAll()
        try scene.bench.drive { try $0.sendReceipts(.read, for: ["3EB0A1", "3EB0A2"], on: bob) }
        let read = try scene.client.take("receipt")
        #expect(read["type"] == "read" && read["id"] == "3EB0A1" && read["recipient"] == nil)
        #expect(read.child("list")?.children("item").map { $0["id"] } == ["3EB0A2"])
        #expect(try scene.bench.server.inboxMessage("3EB0A2", of: scene.bobsCompanion).isRead, "told by read-self")
        try scene.bench.drive { try $0.sendReceipts(.played, for: ["3EB0A1"], on: bob) }
        #expect(try scene.client.take("receipt")["type"] == "played")
        try said("3EB0A3", to: peer, in: scene)
        scene.client.received.removeAll()
        try scene.bench.drive { server in
            try server.setReceipts(of: bob, hidesReading: true)
            try server.read(["3EB0A3"], on: bob)
        }
        #expect(!scene.client.has("receipt"))
        #expect(try scene.bench.server.inboxMessage("3EB0A3", of: scene.bobsCompanion).isRead)
    }

    @Test("In a group each reader is named, or many in one receipt")
    func groupReading() throws {
        let scene = try GroupScene()
        try scene.settle()
        try said("3EB0A1", to: scene.group, in: scene)
        scene.client.received.removeAll()
        try scene.bench.drive { try $0.read(["3EB0A1"], on: cy) }
        let one = try scene.client.take("receipt")
        #expect(try one.jid("participant") == (scene.jid(GroupScene.cy)) && one["type"] == "read")
        try scene.bench.drive {
            try $0.aggregateReceipts(.played, of: [GroupScene.bob, GroupScene.cy], for: "3EB0A1", in: GroupScene.id)
        }
        let many = try scene.client.take("receipt")
        #expect(many.jid("from") == scene.group && many["type"] == "played" && many["participant"] == nil)
        let participants = try #require(many.child("participants"))
        #expect(participants["key"] == "3EB0A1")
        #expect(
            participants.children("user").map { $0.jid("jid") }
                == [try scene.jid(GroupScene.bob), try scene.jid(GroupScene.cy)])
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("A phone remembers what it was told of its messages, also in the form for many")
    func observed() throws {
        let scene = try GroupScene()
        try scene.settle()
        let id = try scene.bench.drive { try $0.say("tea", from: bob, to: GroupScene.id) }
        let node = try scene.client.take("message") { $0["id"] == id }
        _ = try scene.client.openGroup(node)
        try scene.client.groupReceipt(node, on: scene.bench)
        try scene.client.groupReceipt(node, type: "played", on: scene.bench)
        try scene.bench.drive { try $0.aggregateReceipts(.read, of: [GroupScene.cy], for: id, in: GroupScene.id) }
        let mine = try scene.bench.server.observations(of: bob).receipts.entries.filter { $0.id == id }
        let client = DeviceAddress(GroupScene.ada, scene.client.device)
        #expect(mine.filter { $0.by == client }.map(\.type) == ["delivered", "played"])
        #expect(mine.contains { $0.by == cy && $0.type == "read" && $0.isAggregated })
        let progress = try scene.bench.server.said(id, by: bob).progress
        #expect(progress[client]?.playedMilliseconds != nil && progress[cy]?.readMilliseconds != nil)
    }

    @Test("A delivery receipt for a message that nobody wrote is a violation")
    func unknownReceipt() throws {
        let scene = try GroupScene()
        try scene.bench.send(
            Node("receipt", ["id": "3EB0FFFF", "to": .jid(try scene.jid(GroupScene.cy))]), from: scene.client)
        #expect(scene.bench.violations == [.unknownTarget])
    }
}
