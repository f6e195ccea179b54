import Testing
import WABinary
import WAProto
import WASimulator

@Suite("Hostile numbers of a client")
struct HostileNumberTests {
    private static let numbers = ["9223372036854775807", "-9223372036854775808", "-1", "99999999999999999999"]

    @Test("Posts of a channel are looked for under any number", arguments: numbers)
    func channels(number: String) throws {
        let scene = try GroupScene()
        let id = "120363099999999999"
        let channel = JID(id, .newsletter)
        try scene.bench.drive {
            try $0.addChannel("Tea news", owner: GroupScene.bob, id: id, followers: [GroupScene.ada])
        }
        _ = try scene.bench.drive { try $0.say("new tea", from: DeviceAddress(GroupScene.bob), to: id) }
        let ack = try scene.client.send(
            Node(
                "message", ["id": "3EB0A1", "to": .jid(channel), "type": "reaction", "server_id": .text(number)],
                [Node("reaction", ["code": "👍"])]), on: scene.bench)
        #expect(ack["error"] != nil)
        try scene.bench.send(
            Node(
                "receipt", ["id": "3EB0V1", "type": "view", "to": .jid(channel)],
                [Node("list", [:], [Node("item", ["server_id": .text(number)])])]), from: scene.client)
        for (tag, place) in [("messages", "before"), ("message_updates", "after")] {
            let asked = Node(
                tag, ["jid": .jid(channel), "count": .text(number), place: .text(number)])
            _ = try scene.client.request("newsletter", "get", [asked], on: scene.bench)
        }
        #expect(try scene.bench.server.channel(id).posts.map(\.views) == [0])
    }

    @Test("History is asked for of a chat with any name and of any size")
    func history() throws {
        let number = "628111111111"
        let bench = SimulatorBench()
        try bench.drive {
            try $0.addPhone(number, name: "Budi")
            var plan = HistoryPlan()
            (plan.chatCount, plan.messageCount) = (3, 30)
            try $0.setHistory(plan, of: number)
        }
        let client = ScriptedClient(seed: 31)
        try client.pair(with: number, on: bench)
        try client.logIn(on: bench)
        _ = try client.takeHistory(on: bench)
        for (index, user) in (Self.numbers + ["9223372036854775806", "-9223372036854775807"]).enumerated() {
            var request = WAMessage()
            request.protocolMessage.type = .peerDataOperationRequestMessage
            request.protocolMessage.peerDataOperationRequestMessage.peerDataOperationRequestType = .historySyncOnDemand
            var wish = WAPeerDataOperationRequestMessage.HistorySyncOnDemandRequest()
            wish.chatJid = user + "@s.whatsapp.net"
            wish.onDemandMsgCount = index.isMultiple(of: 2) ? .min : .max
            wish.oldestMsgTimestampMs = .min
            request.protocolMessage.peerDataOperationRequestMessage.historySyncOnDemandRequest = wish
            _ = try client.sayToPhone(request, id: "3EB0ONDEMAND\(index)", on: bench)
        }
    }

    @Test("A token of any time is passed on, with a time that can be", arguments: numbers)
    func tokens(time: String) throws {
        let scene = try GroupScene()
        let token = Node(
            "token", ["jid": .jid(JID(GroupScene.bob, .user)), "t": .text(time), "type": "trusted_contact"])
        _ = try scene.client.request("privacy", "set", [Node("tokens", [:], [token])], on: scene.bench)
        let held = try scene.bench.server.tokens(of: GroupScene.bob).held
        #expect(held.allSatisfy { (0...WireTime.lastSecond).contains($0.timestampSeconds) })
    }
}
