import Testing
import WABinary
import WACrypto
import WASimulator

@Suite("Pairing by code")
struct PairingCodeTests {
    private let number = "15551234567"

    private func scene(seed: UInt64) throws -> (SimulatorBench, ScriptedClient) {
        let bench = SimulatorBench(SimulatorConfiguration())
        try bench.drive { try $0.addPhone(number, name: "Ada") }
        let client = ScriptedClient(seed: seed)
        _ = try client.register(on: bench)
        return (bench, client)
    }

    @Test("A device whose code is typed on the phone is paired and proven like a scanned one", arguments: ["k7qx-2m9a", "K7QX2M9A"])
    func pairs(typed: String) throws {
        let (bench, client) = try scene(seed: 11)
        let attempt = try client.requestCode("K7QX2M9A", of: number, on: bench)
        try bench.drive { try $0.enter(pairingCode: typed, on: number) }
        try client.finish(attempt, on: bench)
        try client.answerPairSuccess(on: bench)
        #expect(client.received.last == Node("stream:error", ["code": "515"]))
        #expect(try bench.server.phone(number).devices.count == 2)
        client.received.removeAll()
        try client.logIn(on: bench)
        #expect(bench.violations.isEmpty)
    }

    @Test("A wrong code shows when the bundle is opened; then the right one may be typed")
    func wrongCode() throws {
        let (bench, client) = try scene(seed: 12)
        let attempt = try client.requestCode("K7QX2M9A", of: number, on: bench)
        try bench.drive { try $0.enter(pairingCode: "K7QX2M9B", on: number) }
        try client.finish(attempt, on: bench)
        #expect(bench.server.pairingRefusals == ["the pairing code was wrong"])
        #expect(!client.has("iq") { $0.child("pair-success") != nil })
        try bench.drive { try $0.enter(pairingCode: "K7QX2M9A", on: number) }
        try client.finish(attempt, on: bench)
        try client.answerPairSuccess(on: bench)
        #expect(try bench.server.phone(number).devices.count == 2)
        #expect(bench.violations.isEmpty)
    }

    @Test("A second hello makes the first reference void, and the end of the connection both")
    func references() throws {
        let (bench, client) = try scene(seed: 13)
        let first = try client.requestCode("11111111", of: number, on: bench)
        let second = try client.requestCode("22222222", of: number, on: bench)
        #expect(first.ref != second.ref)
        try bench.drive { try $0.enter(pairingCode: "22222222", on: number) }
        let answer = try client.finish(
            .init(code: "22222222", ephemeral: second.ephemeral, number: number, ref: first.ref), on: bench)
        #expect(answer.child("error")?["code"] == "404")
        try bench.pass(milliseconds: 160_000)
        #expect(client.closing == .closed)
        #expect(throws: SimulatorError.noPairingCode(number)) {
            try bench.server.enter(pairingCode: "22222222", on: number)
        }
        #expect(bench.violations.isEmpty)
    }

    @Test("A code nobody made, one that is none, and a phone without power are refused")
    func refusals() throws {
        let (bench, client) = try scene(seed: 14)
        #expect(throws: SimulatorError.noPairingCode(number)) {
            try bench.server.enter(pairingCode: "11111111", on: number)
        }
        _ = try client.requestCode("11111111", of: number, on: bench)
        for text in ["1111111", "111111111", "1111111O", ""] {
            #expect(throws: SimulatorError.unreadablePairingCode) {
                try bench.server.enter(pairingCode: text, on: number)
            }
        }
        try bench.drive { try $0.setPower(false, of: DeviceAddress(number)) }
        #expect(throws: SimulatorError.poweredOff(number)) {
            try bench.server.enter(pairingCode: "11111111", on: number)
        }
    }

    @Test("A hello with a display that is not “Browser (OS)” or another device's key is refused with 400 and reported")
    func malformedHello() throws {
        let (bench, client) = try scene(seed: 15)
        for display in ["Chrome", "Chrome ()", " (Linux)"] {
            let answer = try client.hello("11111111", of: number, display: display, on: bench).answer
            #expect(answer.child("error")?["code"] == "400")
        }
        let foreign = try client.hello(
            "11111111", of: number, noiseKey: KeyPair(using: &client.random).publicKey, on: bench)
        #expect(foreign.answer.child("error")?["code"] == "400")
        #expect(bench.violations == Array(repeating: .malformedStanza, count: 4))
    }

    @Test("A notification that is not acknowledged is reported")
    func unacknowledged() throws {
        let (bench, client) = try scene(seed: 16)
        _ = try client.requestCode("11111111", of: number, on: bench)
        try bench.drive { try $0.enter(pairingCode: "11111111", on: number) }
        try bench.pass(milliseconds: 60_000)
        #expect(bench.violations == [.missingResult])
    }
}
