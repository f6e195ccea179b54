import Testing
import WABinary
import WAProto
import WASimulator

@Suite("Faults")
struct FaultTests {
    private let number = "15551234567"
    private let peer = "15557654321"
    private let third = "15550001111"

    private func linked(
        _ change: (inout FaultPlan) -> Void
    ) throws -> (SimulatorBench, ScriptedClient) {
        let bench = SimulatorBench()
        try bench.drive {
            try $0.addPhone(number)
            try $0.addPhone(peer)
            try $0.addPhone(third)
        }
        let client = try ScriptedClient.linked(to: number, seed: 51, on: bench)
        var plan = FaultPlan(seed: 7)
        change(&plan)
        try bench.drive { $0.setFaults(plan) }
        return (bench, client)
    }

    @Test("The decisions of a plan follow from its seed alone")
    func seeded() {
        var plan = FaultPlan(seed: 3)
        plan.lostFromClient = 100
        plan.lostToClient = 100
        plan.delayed = 200
        func decisions(_ plan: FaultPlan) -> [String] {
            var decider = FaultDecider(plan)
            return (0..<200).map {
                $0.isMultiple(of: 2)
                    ? "\(decider.forIncoming(isPairing: false))"
                    : "\(decider.forOutgoing(isPairing: false, isQueued: true))"
            }
        }
        let first = decisions(plan)
        #expect(first == decisions(plan))
        #expect(first.contains { $0.contains("lost") } && first.contains { $0.contains("delayed") })
        plan.seed = 4
        #expect(first != decisions(plan))
        plan.maximumFaultCount = 2
        #expect(decisions(plan).count { $0 != "none" } == 2)
    }

    @Test("A stanza lost on its way to the client comes again after the reconnect")
    func lostToClient() throws {
        let (bench, client) = try linked {
            $0.lostToClient = 1_000
            $0.maximumFaultCount = 1
        }
        let id = try bench.drive { try $0.say("lost", from: DeviceAddress(peer), to: number) }
        #expect(client.received.isEmpty)
        #expect(client.closing == nil)
        try bench.pass(milliseconds: 300)
        #expect(client.closing == .cut)
        try client.logIn(on: bench)
        let stanza = try client.take("message")
        #expect(stanza["id"] == id && stanza["offline"] == "0")
        #expect(bench.violations.isEmpty)
    }

    @Test("A stanza lost on its way from the client is not processed, and the connection is cut")
    func lostFromClient() throws {
        let (bench, client) = try linked { _ in }
        let user = JID(try bench.server.phone(peer).lid, .lid)
        let stanza = try client.textStanza("lost", to: user, id: "3EB001", on: bench)
        var plan = FaultPlan(seed: 1)
        plan.lostFromClient = 1_000
        plan.maximumFaultCount = 1
        try bench.drive { $0.setFaults(plan) }
        try bench.send(stanza, from: client)
        #expect(client.closing == .cut && client.received.isEmpty)
        #expect(try bench.server.inbox(of: DeviceAddress(peer)).isEmpty)
        try client.logIn(on: bench)
        try bench.send(stanza, from: client)
        #expect(try bench.server.inbox(of: DeviceAddress(peer)).map(\.text) == ["lost"])
        #expect(bench.violations.isEmpty)
    }

    @Test(
        "An accepted message whose ack is withheld, or lost with its connection, is acknowledged when it comes again",
        arguments: [true, false])
    func withheldAck(withheld: Bool) throws {
        let (bench, client) = try linked { _ in }
        let user = JID(try bench.server.phone(peer).lid, .lid)
        let stanza = try client.textStanza("once", to: user, id: "3EB001", on: bench)
        var plan = FaultPlan(seed: 1)
        if withheld { plan.withheldAcks = 1_000 } else { plan.cutAfterStanza = 1_000 }
        plan.maximumFaultCount = 1
        try bench.drive { $0.setFaults(plan) }
        try bench.send(stanza, from: client)
        #expect(!client.has("ack"))
        try bench.pass(milliseconds: 300)
        #expect(client.closing == .cut)
        #expect(try bench.server.inbox(of: DeviceAddress(peer)).count == 1)
        try client.logIn(on: bench)
        try bench.send(stanza, from: client)
        #expect(client.has("ack") { $0["id"] == "3EB001" && $0["error"] == nil })
        #expect(try bench.server.inbox(of: DeviceAddress(peer)).map(\.copyCount) == [1])
        #expect(bench.violations.isEmpty)
    }

    @Test("A queued stanza may be written twice; requests are not")
    func duplicated() throws {
        let (bench, client) = try linked { $0.duplicated = 1_000 }
        try bench.drive { _ = try $0.say("twice", from: DeviceAddress(peer), to: number) }
        let copies = client.received.filter { $0.tag == "message" }
        #expect(copies.count == 2 && copies[0] == copies[1])
        _ = try client.request("w:p", "get", [], on: bench)
        #expect(!client.has("iq"))
    }

    @Test("Delays change the order between chats and keep it within each")
    func delayed() throws {
        var sawOtherOrder = false
        for seed in UInt64(1)...20 {
            let (bench, client) = try linked {
                $0.seed = seed
                $0.delayed = 400
            }
            try bench.drive { server in
                for index in 0..<6 {
                    _ = try server.say(
                        "\(index)", from: DeviceAddress(index.isMultiple(of: 2) ? peer : third), to: number)
                }
            }
            try bench.pass(milliseconds: 3_000)
            let texts = try client.received.filter { $0.tag == "message" }.map { try client.open($0).conversation }
            #expect(texts.filter { Int($0)!.isMultiple(of: 2) } == ["0", "2", "4"], "seed \(seed)")
            #expect(texts.filter { !Int($0)!.isMultiple(of: 2) } == ["1", "3", "5"], "seed \(seed)")
            sawOtherOrder = sawOtherOrder || texts != ["0", "1", "2", "3", "4", "5"]
        }
        #expect(sawOtherOrder)
    }

    @Test("A connection may be cut after some bytes; what was on it comes again")
    func cutAfterBytes() throws {
        let (bench, client) = try linked {
            $0.cuts = 1_000
            $0.maximumFaultCount = 1
            $0.cutByteCounts = 100...100
        }
        try bench.disconnect(client)
        try client.logIn(on: bench)
        #expect(client.cutByteCount == 100, "the owner of the connection counts the bytes")
        _ = try bench.drive { try $0.say("again", from: DeviceAddress(peer), to: number) }
        client.received.removeAll()
        try bench.disconnect(client)
        try client.logIn(on: bench)
        #expect(try client.open(try client.take("message")).conversation == "again")
    }

    @Test("Stream errors come with one of the planned codes")
    func streamErrors() throws {
        let (bench, client) = try linked {
            $0.streamErrors = 1_000
            $0.streamErrorCodes = [500]
        }
        try bench.send(Node("presence", ["type": "available", "name": "Ada"]), from: client)
        #expect(client.received.last == Node("stream:error", ["code": "500"]))
        #expect(client.closing == .closed)
    }

    @Test("A phone whose session is lost by plan asks for the message again, without a violation")
    func lostSession() throws {
        let (bench, client) = try linked { _ in }
        let user = JID(try bench.server.phone(peer).lid, .lid)
        _ = try client.say("first", to: user, id: "3EB001", on: bench)
        try bench.drive { _ = try $0.say("so that sessions are settled", from: DeviceAddress(peer), to: number) }
        _ = try client.open(try client.take("message"))
        var plan = FaultPlan(seed: 1)
        plan.lostSessions = 1_000
        try bench.drive { $0.setFaults(plan) }
        _ = try client.say("second", to: user, id: "3EB002", on: bench)
        #expect(client.has("receipt") { $0["type"] == "retry" && $0["id"] == "3EB002" })
        #expect(bench.violations.isEmpty)
    }

    @Test("Pairing is spared unless the plan says otherwise")
    func sparesPairing() throws {
        for spares in [true, false] {
            let bench = SimulatorBench()
            try bench.drive { try $0.addPhone(number) }
            var plan = FaultPlan(seed: 1)
            plan.lostFromClient = 1_000
            plan.sparesPairing = spares
            try bench.drive { $0.setFaults(plan) }
            let client = ScriptedClient(seed: 52)
            _ = try client.register(on: bench)
            #expect((client.closing == nil) == spares)
        }
    }
}
