import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Login")
struct LoginTests {
    private let number = "15551234567"
    private let peer = "15557654321"

    private func linked(
        _ configuration: SimulatorConfiguration = SimulatorConfiguration()
    ) throws -> (SimulatorBench, ScriptedClient) {
        let bench = SimulatorBench(configuration)
        try bench.drive {
            try $0.addPhone(number, name: "Ada")
            try $0.addPhone(peer, name: "Bob")
        }
        return (bench, try ScriptedClient.linked(to: number, seed: 11, on: bench))
    }

    @Test("Success names the device's LID as a JID, and the time")
    func success() throws {
        let bench = SimulatorBench()
        try bench.drive { try $0.addPhone(number) }
        let client = ScriptedClient(seed: 10)
        try client.pair(with: number, on: bench)
        try bench.connect(client, payload: client.loginPayload())
        let success = try client.take("success")
        #expect(success.attributes["lid"] == .jid(client.lid))
        #expect(success["t"] == String(SimulatorBench.firstMilliseconds / 1_000))
        #expect(client.received.isEmpty, "nothing else comes before the client is active")
    }

    @Test("Whoever is not the paired device is refused with 401")
    func binding() throws {
        let (bench, client) = try linked()
        let thief = ScriptedClient(seed: 12)
        thief.number = number
        thief.device = client.device
        try bench.connect(thief, payload: thief.loginPayload())
        #expect(thief.received.last?.tag == "failure")
        #expect(thief.received.last?["reason"] == "401")
        #expect(thief.closing == .closed)
        try bench.connect(client, payload: client.loginPayload { $0.device = 7 })
        #expect(client.received.last?["reason"] == "401")
        #expect(bench.server.counters.refusedLogins == 2)
        #expect(bench.violations.isEmpty)
    }

    @Test("A version below the floor is refused with 405, an announced failure with its reason")
    func failures() throws {
        let bench = SimulatorBench(SimulatorConfiguration(minimumVersion: 1_045_649_368))
        let client = ScriptedClient(seed: 13)
        try bench.connect(client, payload: client.registrationPayload())
        #expect(client.received.last?["reason"] == "405")

        let (other, device) = try linked()
        try other.drive { try $0.failNextLogin(of: DeviceAddress(number, 1), reason: 503) }
        try other.connect(device, payload: device.loginPayload())
        #expect(device.received.last?["reason"] == "503")
        try device.logIn(on: other)
    }

    @Test("A second connection of a device replaces the first")
    func replaced() throws {
        let (bench, client) = try linked()
        let second = ScriptedClient(seed: 11)
        second.number = client.number
        second.device = client.device
        try bench.connect(second, payload: second.loginPayload())
        #expect(client.received.last == Node("stream:error", [:], [Node("conflict", ["type": "replaced"])]))
        #expect(client.received.last?["code"] == nil, "some clients look at the code first")
        #expect(client.closing == .closed)
        #expect(second.has("success"))
    }

    @Test("The phone sends keys and history to a new companion once it is active")
    func greeting() throws {
        let bench = SimulatorBench()
        try bench.drive { try $0.addPhone(number, name: "Ada") }
        let client = ScriptedClient(seed: 14)
        try client.pair(with: number, on: bench)
        try client.logIn(on: bench)
        let offline = try #require(client.received.firstIndex { $0.child("offline") != nil })
        let first = try #require(client.received.firstIndex { $0.tag == "message" })
        #expect(offline < first)
        let stanza = client.received[first]
        #expect(stanza.attributes["from"] == .jid(JID(number, .user)))
        #expect(stanza["category"] == "peer" && stanza["type"] == "text" && stanza["recipient"] == nil)
        let messages = try client.takeGreeting(on: bench)
        #expect(messages.map(\.protocolMessage.type) == [.appStateSyncKeyShare, .historySyncNotification])
        let key = try #require(messages[0].protocolMessage.appStateSyncKeyShare.keys.first)
        #expect(key.keyID.keyID.count == 6)
        #expect(key.keyData.keyData.count == 32)
        let payload = [UInt8](
            messages[1].protocolMessage.historySyncNotification.initialHistBootstrapInlinePayload)
        let history = try WAHistorySync(decoding: try Zlib.inflate(payload, limit: 1 << 20))
        #expect(history.pushnames.map(\.pushname) == ["Ada"])
        #expect(history.phoneNumberToLidMappings.first?.lidJid == client.lid.account.description)

        try bench.disconnect(client)
        try client.logIn(on: bench)
        #expect(!client.has("message"), "a companion is greeted once")
        #expect(bench.violations.isEmpty)
    }

    @Test("What came meanwhile is delivered in order after active, counted, and again until it is acknowledged")
    func offlineQueue() throws {
        let (bench, client) = try linked()
        try bench.disconnect(client)
        let ids = try bench.drive { server in
            try ["one", "two", "three"].map { try server.say($0, from: DeviceAddress(peer), to: number) }
        }
        try bench.connect(client, payload: client.loginPayload())
        let preview = try client.take("ib") { $0.child("offline_preview") != nil }
        #expect(preview.child("offline_preview")?["message"] == "3")
        #expect(!client.has("message"))
        _ = try client.request("passive", "set", [Node("active")], on: bench)
        let messages = client.received.filter { $0.tag == "message" }
        #expect(messages.compactMap { $0["id"] } == ids)
        #expect(messages.compactMap { $0["offline"] } == ["0", "1", "2"])
        #expect(client.received.last?.child("offline")?["count"] == "3")
        #expect(try messages.map { try client.open($0).conversation } == ["one", "two", "three"])
        try client.deliveryReceipt(messages[0], on: bench)
        try client.acknowledge(messages[1], on: bench)

        try bench.disconnect(client)
        client.received.removeAll()
        try client.logIn(on: bench)
        #expect(client.received.filter { $0.tag == "message" }.compactMap { $0["id"] } == [ids[2]])
        #expect(bench.violations.isEmpty)
    }

    @Test("A client that asks for a batch gets the queue before it is active")
    func offlineBatch() throws {
        let (bench, client) = try linked()
        try bench.disconnect(client)
        try bench.drive { _ = try $0.say("one", from: DeviceAddress(peer), to: number) }
        try bench.connect(client, payload: client.loginPayload())
        try bench.send(Node("ib", [:], [Node("offline_batch", ["count": "100"])]), from: client)
        #expect(client.has("message"))
        client.received.removeAll()
        _ = try client.request("passive", "set", [Node("active")], on: bench)
        #expect(!client.has("message"), "and not a second time")
    }

    @Test("Of a batch no more is under way than it asked for; the next comes with each acknowledgement, what is new last")
    func offlineWindow() throws {
        let (bench, client) = try linked()
        try bench.disconnect(client)
        let ids = try bench.drive { server in
            try (0..<5).map { try server.say("\($0)", from: DeviceAddress(peer), to: number) }
        }
        try bench.connect(client, payload: client.loginPayload())
        try bench.send(Node("ib", [:], [Node("offline_batch", ["count": "2"])]), from: client)
        let new = try bench.drive { try $0.say("new", from: DeviceAddress(peer), to: number) }
        var seen: [String] = []
        for expected in ids + [new] {
            let waiting = client.received.filter { $0.tag == "message" }
            #expect(waiting.count <= 2)
            #expect(!client.has("ib") { $0.child("offline") != nil } || waiting.count < 2)
            let message = try client.take("message")
            seen.append(message["id"] ?? "")
            #expect(message["id"] == expected)
            try client.acknowledge(message, on: bench)
        }
        #expect(seen == ids + [new])
        #expect(try client.take("ib") { $0.child("offline") != nil }.child("offline")?["count"] == "6")
        let live = try bench.drive { try $0.say("live", from: DeviceAddress(peer), to: number) }
        #expect(try client.take("message")["id"] == live)
        #expect(bench.violations.isEmpty)
    }

    @Test("Requests of a name are refused, or left unanswered, until that ends")
    func refusedRequests() throws {
        let (bench, client) = try linked()
        let address = DeviceAddress(number, 1)
        try bench.drive { try $0.refuseRequests("encrypt get count", code: 503, of: address) }
        let refusal = try client.request("encrypt", "get", [Node("count")], on: bench)
        #expect(refusal.child("error")?["code"] == "503")
        #expect(try client.request("encrypt", "get", [Node("digest")], on: bench)["type"] == "result")
        try bench.drive { try $0.refuseRequests("encrypt get count", code: 0, of: address) }
        let silent = Node("iq", ["id": "1", "xmlns": "encrypt", "type": "get", "to": .jid(.server)], [Node("count")])
        try bench.send(silent, from: client)
        #expect(!client.has("iq"))
        try bench.drive { try $0.refuseRequests("encrypt get count", code: nil, of: address) }
        #expect(try client.request("encrypt", "get", [Node("count")], on: bench)["type"] == "result")
        #expect(bench.server.counters.refusedRequests == 2 && bench.violations.isEmpty)
    }

    @Test("A stanza that is no node comes again on every connection, and nobody is blamed for not acknowledging it")
    func undecodable() throws {
        let (bench, client) = try linked()
        try bench.drive { try $0.pushUndecodable(to: DeviceAddress(number, 1)) }
        #expect(client.payloads.count == 1)
        #expect(throws: (any Error).self) { try FramePayload.unpack(client.payloads[0]) }
        try bench.disconnect(client)
        try client.logIn(on: bench)
        #expect(client.payloads.count == 2)
        try bench.pass(milliseconds: 120_000)
        #expect(bench.violations.isEmpty)
    }

    @Test("A read receipt that its owner has switched off is reported, one to the own devices is not")
    func readReceipts() throws {
        let (bench, client) = try linked()
        try bench.drive { try $0.changeProfile(of: number, privacy: ["readreceipts": "none"]) }
        let to = bench.server.lid(of: peer)
        for (type, violations) in [("read-self", [Violation.Kind]()), ("read", [.privacy])] {
            try bench.send(
                Node("receipt", ["id": "3A01", "to": .jid(JID(to, .lid)), "type": .text(type), "t": "1760000000"]),
                from: client)
            #expect(bench.violations == violations)
        }
    }

    @Test("A device removed on the phone is told, and cannot come back")
    func unlinked() throws {
        let (bench, client) = try linked()
        try bench.drive { try $0.unlink(DeviceAddress(number, 1)) }
        #expect(
            client.received.last
                == Node("stream:error", ["code": "401"], [Node("conflict", ["type": "device_removed"])]))
        try bench.connect(client, payload: client.loginPayload())
        #expect(client.received.last?["reason"] == "401")
    }

    @Test("A companion that logs out is removed, and its contacts are told")
    func logout() throws {
        let (bench, client) = try linked()
        let contact = try ScriptedClient.linked(to: peer, seed: 15, on: bench)
        _ = try contact.userSync([JID(number, .user)], on: bench)
        let answer = try client.request(
            "md", "set",
            [
                Node("remove-companion-device", ["jid": .jid(client.jid), "reason": "user_initiated"])
            ], on: bench)
        #expect(answer["type"] == "result")
        #expect(client.closing == .closed)
        let note = try contact.take("notification") { $0["type"] == "devices" }
        #expect(note.child("remove")?.child("device")?.jid("jid") == client.jid)
        #expect(try bench.server.phone(number).devices.count == 1)
    }

    @Test("Dirty kinds of data are named at every login until the client has cleaned them")
    func dirty() throws {
        let (bench, client) = try linked()
        try bench.drive { try $0.markDirty("account_sync", for: DeviceAddress(number, 1)) }
        #expect(client.received.last?.child("dirty")?["type"] == "account_sync")
        try bench.disconnect(client)
        try client.logIn(on: bench)
        try client.take("ib") { $0.child("dirty") != nil }
        _ = try client.request(
            "urn:xmpp:whatsapp:dirty", "set", [Node("clean", ["type": "account_sync"])], on: bench)
        try bench.disconnect(client)
        client.received.removeAll()
        try client.logIn(on: bench)
        #expect(!client.has("ib") { $0.child("dirty") != nil })
    }

    @Test("Routing info is handed out when configured")
    func edgeRouting() throws {
        let (_, client) = try linked(SimulatorConfiguration(sendsEdgeRouting: true))
        #expect(client.received.isEmpty)
        let (bench, other) = try linked(SimulatorConfiguration(sendsEdgeRouting: true))
        try bench.disconnect(other)
        try other.logIn(on: bench)
        let info = try other.take("ib") { $0.child("edge_routing") != nil }
        #expect(info.child("edge_routing")?.child("routing_info")?.bytes?.isEmpty == false)
    }

    @Test("Stream errors and failures can be ordered for a device")
    func streamErrors() throws {
        let (bench, client) = try linked()
        try bench.drive { try $0.endStream(of: DeviceAddress(number, 1), code: 503) }
        #expect(client.received.last == Node("stream:error", ["code": "503"]))
        #expect(client.closing == .closed)
        try client.logIn(on: bench)
        try bench.drive { try $0.cut(DeviceAddress(number, 1)) }
        #expect(client.closing == .cut)
        #expect(throws: SimulatorError.notConnected(DeviceAddress(number, 1))) {
            try bench.server.cut(DeviceAddress(number, 1))
        }
    }
}
