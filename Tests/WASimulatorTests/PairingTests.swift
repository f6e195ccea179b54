import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Pairing")
struct PairingTests {
    private let number = "15551234567"

    private func bench(_ configuration: SimulatorConfiguration = SimulatorConfiguration()) throws -> SimulatorBench {
        let bench = SimulatorBench(configuration)
        try bench.drive { try $0.addPhone(number, name: "Ada") }
        return bench
    }

    @Test("A new device is given six refs in the form clients insist on")
    func refs() throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 1)
        try bench.connect(client, payload: client.registrationPayload())
        let request = try client.take("iq")
        #expect(request.attributes["from"] == .jid(.server))
        #expect(request["type"] == "set")
        #expect(request["xmlns"] == "md")
        let refs = try #require(request.child("pair-device")).children("ref")
        #expect(refs.count == 6)
        #expect(Set(refs.compactMap(\.text)).count == 6)
        for ref in refs {
            guard case .bytes? = ref.content else {
                Issue.record("a ref must be bytes")
                continue
            }
            #expect(ref.text?.contains(",") == false)
        }
    }

    @Test("A scanned device is paired, proven by both signatures, and told to log in", arguments: [true, false])
    func pairs(withLink: Bool) throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 2)
        let refs = try client.register(on: bench)
        try bench.drive { try $0.scan(client.qrText(refs[3], withLink: withLink), by: number) }
        let success = try #require(client.received.first { $0.child("pair-success") != nil })
        #expect(success.attributes["from"] == .jid(.server))
        #expect(success["t"] == String(SimulatorBench.firstMilliseconds / 1_000))
        #expect(success.child("pair-success")?.child("platform")?["name"] == "android")
        guard case .jid? = success.child("pair-success")?.child("device")?.attributes["lid"] else {
            Issue.record("lid must be a JID")
            return
        }
        try client.answerPairSuccess(on: bench)
        #expect(client.received == [Node("stream:error", ["code": "515"])])
        #expect(client.closing == .closed)
        let phone = try bench.server.phone(number)
        #expect(client.jid == JID(number, .user, device: 1))
        #expect(client.lid == JID(phone.lid, .lid, device: 1))
        #expect(phone.devices.map(\.name) == ["Phone", "Scripted"])
        #expect(phone.devices.map(\.keyIndex) == [0, 1])
        #expect(bench.violations.isEmpty)
    }

    @Test("A QR text of four fields is read or refused as configured")
    func fourFields() throws {
        for accepts in [true, false] {
            let bench = try bench(SimulatorConfiguration(acceptsFourFieldQRCodes: accepts))
            let client = ScriptedClient(seed: 3)
            let text = client.qrText(try client.register(on: bench)[0], clientType: nil)
            if accepts {
                try bench.drive { try $0.scan(text, by: number) }
                #expect(client.has("iq") { $0.child("pair-success") != nil })
            } else {
                #expect(throws: SimulatorError.outdatedQRCode) { try bench.server.scan(text, by: number) }
            }
        }
    }

    @Test("A phone refuses a text that is no code, is another device's, or has had its time")
    func refusals() throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 4)
        let other = ScriptedClient(seed: 5)
        let refs = try client.register(on: bench)
        #expect(throws: SimulatorError.unreadableQRCode) { try bench.server.scan("hello", by: number) }
        #expect(throws: SimulatorError.unreadableQRCode) { try bench.server.scan("a,b,c,d,e", by: number) }
        #expect(throws: SimulatorError.foreignQRCode) { try bench.server.scan(other.qrText(refs[0]), by: number) }
        #expect(throws: SimulatorError.expiredQRCode) { try bench.server.scan(client.qrText("2@no"), by: number) }
        #expect(throws: SimulatorError.unknownPhone("49")) { try bench.server.scan(client.qrText(refs[0]), by: "49") }
        try bench.drive { try $0.scan(client.qrText(refs[0]), by: number) }
        #expect(throws: SimulatorError.expiredQRCode) { try bench.server.scan(client.qrText(refs[1]), by: number) }
        try bench.drive { try $0.setPower(false, of: DeviceAddress(number)) }
        #expect(throws: SimulatorError.poweredOff(number)) { try bench.server.scan(client.qrText(refs[1]), by: number) }
        #expect(bench.violations.isEmpty)
    }

    @Test("Refs end with their connection, after 160 seconds or before")
    func expiry() throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 6)
        let refs = try client.register(on: bench)
        try bench.pass(milliseconds: 159_999)
        #expect(client.closing == nil)
        try bench.pass(milliseconds: 1)
        #expect(client.closing == .closed)
        #expect(throws: SimulatorError.expiredQRCode) { try bench.server.scan(client.qrText(refs[5]), by: number) }
        let newRefs = try client.register(on: bench)
        #expect(Set(refs).isDisjoint(with: newRefs))
        try bench.drive { try $0.scan(client.qrText(newRefs[0]), by: number) }
        try client.answerPairSuccess(on: bench)
        #expect(bench.violations.isEmpty)
    }

    @Test("A device that does not prove its identity key is not paired")
    func wrongDeviceSignature() throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 7)
        let refs = try client.register(on: bench)
        try bench.drive { try $0.scan(client.qrText(refs[0]), by: number) }
        try client.answerPairSuccess(on: bench) { $0.deviceSignature[10] ^= 1 }
        #expect(bench.violations == [.deviceSignature])
        #expect(try bench.server.phone(number).devices.count == 1)
        try bench.connect(client, payload: client.loginPayload())
        #expect(client.received.last?["reason"] == "401")
    }

    @Test("A device that refuses pair-success is not paired, and its reason is kept")
    func refusedByDevice() throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 8)
        let refs = try client.register(on: bench)
        try bench.drive { try $0.scan(client.qrText(refs[0]), by: number) }
        let request = try client.take("iq")
        try bench.send(
            Node(
                "iq", ["to": .jid(.server), "type": "error", "id": .text(request["id"] ?? "")],
                [
                    Node("error", ["code": "401", "text": "hmac-mismatch"])
                ]),
            from: client)
        #expect(bench.server.pairingRefusals == ["401 hmac-mismatch"])
        #expect(client.closing == .closed)
        #expect(try bench.server.phone(number).devices.count == 1)
    }

    @Test("Numbers of companions are below 256, come back as late as can be, and a new device has no past")
    func deviceNumbers() throws {
        let bench = try bench()
        try bench.drive { try $0.addPhone("15557654321") }
        let bob = DeviceAddress("15557654321")
        try bench.drive { server in
            let first = try server.addCompanion(to: number)
            _ = try server.say("one", from: bob, to: number)
            try server.unlink(DeviceAddress(number, first))
        }
        var given: [UInt16] = []
        for _ in 0..<253 {
            try bench.drive { server in
                let device = try server.addCompanion(to: number)
                given.append(device)
                if given.count > 1 { try server.unlink(DeviceAddress(number, device)) }
            }
        }
        #expect(given == (2...255).filter { $0 != 99 })
        let again = try bench.drive { try $0.addCompanion(to: number) }
        let next = try bench.drive { try $0.addCompanion(to: number) }
        #expect([again, next] == [1, 3], "2 is there still")
        try bench.drive { _ = try $0.say("two", from: bob, to: number) }
        #expect(try bench.server.inbox(of: DeviceAddress(number, again)).map(\.text) == ["two"])
        #expect(bench.server.counters.messagesUndecryptable == 0 && bench.violations.isEmpty)
    }

    @Test("An account takes no more companions than there are numbers")
    func tooManyDevices() throws {
        let bench = try bench()
        try bench.drive { server in
            for _ in 0..<254 { _ = try server.addCompanion(to: number) }
        }
        #expect(throws: SimulatorError.tooManyDevices(number)) { try bench.server.addCompanion(to: number) }
    }

    @Test("A registration with a wrong signed prekey is refused")
    func wrongSignedPreKey() throws {
        let bench = try bench()
        let client = ScriptedClient(seed: 9)
        try bench.connect(client, payload: client.registrationPayload { $0.devicePairingData.eSkeySig[3] ^= 1 })
        #expect(bench.violations == [.signedPreKeySignature])
        #expect(client.received.last?["reason"] == "400")
    }
}
