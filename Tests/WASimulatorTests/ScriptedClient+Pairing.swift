import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

extension ScriptedClient {
    func qrText(_ ref: String, withLink: Bool = true, clientType: String? = "1") -> String {
        let fields = [
            ref, Data(noiseKey.publicKey.raw).base64EncodedString(),
            Data(local.keyPair.publicKey.raw).base64EncodedString(), Data(advSecret).base64EncodedString(),
        ]
        let link = withLink ? "https://wa.me/settings/linked_devices#" : ""
        return link + (fields + [clientType].compactMap { $0 }).joined(separator: ",")
    }

    /// Connects as a new device and returns the refs it was given.
    func register(on bench: SimulatorBench) throws -> [String] {
        try bench.connect(self, payload: registrationPayload())
        let request = try take("iq", "pair-device") { $0.child("pair-device") != nil }
        try bench.send(
            Node("iq", ["to": .jid(.server), "type": "result", "id": .text(request["id"] ?? "")]), from: self)
        return try #require(request.child("pair-device")).children("ref").map { try #require($0.text) }
    }

    /// The client's part of pairing after the scan, with every check of section 3.1 of the reference.
    func answerPairSuccess(
        on bench: SimulatorBench, spoiling spoil: (inout WAADVSignedDeviceIdentity) -> Void = { _ in }
    ) throws {
        let request = try take("iq", "pair-success") { $0.child("pair-success") != nil }
        let success = try #require(request.child("pair-success"))
        let sealed = try WAADVSignedDeviceIdentityHMAC(decoding: try #require(success.child("device-identity")?.bytes))
        #expect([UInt8](sealed.hmac) == HMAC.sha256(key: advSecret, [UInt8](sealed.details)))
        var identity = try WAADVSignedDeviceIdentity(decoding: [UInt8](sealed.details))
        let details = [UInt8](identity.details)
        let account = try PublicKey(raw: [UInt8](identity.accountSignatureKey))
        let own = local.keyPair.publicKey
        #expect(account.isValidSignature([UInt8](identity.accountSignature), for: [6, 0] + details + own.raw))
        identity.deviceSignature = Data(local.keyPair.sign([6, 1] + details + own.raw + account.raw))
        identityProof = identity.encoded()

        let names = try #require(success.child("device"))
        jid = try #require(names.jid("jid"))
        lid = try #require(names.jid("lid"))
        number = jid.user
        device = jid.device
        var reply = identity
        reply.clearAccountSignatureKey()
        spoil(&reply)
        let keyIndex = try WAADVDeviceIdentity(decoding: details).keyIndex
        try bench.send(
            Node(
                "iq", ["to": .jid(.server), "type": "result", "id": .text(request["id"] ?? "")],
                [
                    Node(
                        "pair-device-sign", [:],
                        [
                            Node("device-identity", ["key-index": .text(String(keyIndex))], bytes: reply.encoded())
                        ])
                ]),
            from: self)
    }

    /// From nothing to a paired device that has to log in.
    func pair(with number: String, on bench: SimulatorBench) throws {
        let refs = try register(on: bench)
        try bench.drive { try $0.scan(qrText(refs[0]), by: number) }
        try answerPairSuccess(on: bench)
        #expect(received.last == Node("stream:error", ["code": "515"]))
        #expect(closing == .closed)
        received.removeAll()
    }

    /// Logs in as a client does: prekeys first, then active; and takes what its phone sends at first.
    func logIn(on bench: SimulatorBench, preKeyCount: Int = 30) throws {
        try bench.connect(self, payload: loginPayload())
        try take("success")
        if preKeyCount > 0, nextPreKeyID == 1 {
            let answer = try request("encrypt", "set", uploadNode(count: preKeyCount), on: bench)
            #expect(answer["type"] == "result")
        }
        let answer = try request("passive", "set", [Node("active")], on: bench)
        #expect(answer.child("active") != nil)
    }

    /// Paired, logged in, and done with what the phone sends to a new companion.
    static func linked(to number: String, seed: UInt64, on bench: SimulatorBench) throws -> ScriptedClient {
        let client = ScriptedClient(seed: seed)
        try client.pair(with: number, on: bench)
        try client.logIn(on: bench)
        try client.takeGreeting(on: bench)
        return client
    }

    /// Decrypts and acknowledges key share and history.
    @discardableResult
    func takeGreeting(on bench: SimulatorBench) throws -> [WAMessage] {
        var messages: [WAMessage] = []
        while let index = received.firstIndex(where: { $0["category"] == "peer" }) {
            let node = received.remove(at: index)
            messages.append(try open(node))
            try bench.send(
                Node(
                    "receipt",
                    [
                        "id": .text(node["id"] ?? ""), "to": .jid(try #require(node.jid("from"))), "type": "peer_msg",
                    ]),
                from: self)
        }
        received.removeAll { $0.tag == "ib" || $0.tag == "ack" }
        return messages
    }
}
