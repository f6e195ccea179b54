import SignalProtocol
import Testing
import WABinary
import WACrypto
import WASimulator

/// The client's part of pairing by code, from section 3.2 of the reference.
extension ScriptedClient {
    struct CodeAttempt {
        let code: String
        let ephemeral: KeyPair
        let number: String
        let ref: [UInt8]
    }

    func hello(
        _ code: String, of number: String, display: String = "Chrome (Linux)", noiseKey: PublicKey? = nil,
        on bench: SimulatorBench
    ) throws -> (answer: Node, ephemeral: KeyPair) {
        let ephemeral = KeyPair(using: &random)
        let wrapped = try PairingCodeCipher.wrap(
            ephemeral.publicKey, code: code, salt: random.bytes(32), iv: random.bytes(16))
        let answer = try request(
            "md", "set",
            [
                Node(
                    "link_code_companion_reg",
                    [
                        "jid": .jid(JID(number, .user)), "stage": "companion_hello",
                        "should_show_push_notification": "true",
                    ],
                    [
                        Node("link_code_pairing_wrapped_companion_ephemeral_pub", [:], bytes: wrapped),
                        Node("companion_server_auth_key_pub", [:], bytes: (noiseKey ?? self.noiseKey.publicKey).raw),
                        Node("companion_platform_id", text: "1"), Node("companion_platform_display", text: display),
                        Node("link_code_pairing_nonce", text: "0"),
                    ])
            ], on: bench)
        return (answer, ephemeral)
    }

    func requestCode(_ code: String, of number: String, on bench: SimulatorBench) throws -> CodeAttempt {
        let (answer, ephemeral) = try hello(code, of: number, on: bench)
        let ref = try #require(answer.child("link_code_companion_reg")?.child("link_code_pairing_ref")?.bytes)
        return CodeAttempt(code: code, ephemeral: ephemeral, number: number, ref: ref)
    }

    /// Acknowledges the phone's word, answers it, and believes the secret that comes of it.
    @discardableResult
    func finish(_ attempt: CodeAttempt, on bench: SimulatorBench) throws -> Node {
        let told = try take("notification") { $0["type"] == "link_code_companion_reg" }
        try bench.send(
            Node(
                "ack",
                [
                    "class": "notification", "id": .text(told["id"] ?? ""), "to": .jid(.server),
                    "type": "link_code_companion_reg",
                ]), from: self)
        let primary = try #require(told.child("link_code_companion_reg"))
        #expect(primary["stage"] == "primary_hello")
        let wrapped = try #require(primary.child("link_code_pairing_wrapped_primary_ephemeral_pub")?.bytes)
        let theirs = try PairingCodeCipher.unwrap(wrapped, code: attempt.code)
        let identity = try PublicKey(raw: try #require(primary.child("primary_identity_pub")?.bytes))
        let ephemeralSecret = try attempt.ephemeral.sharedSecret(with: theirs)
        let bundle = try PairingCodeCipher.KeyBundle(
            companionIdentity: local.keyPair.publicKey, primaryIdentity: identity, random: random.bytes(32))
        let sealed = try PairingCodeCipher.seal(
            bundle, ephemeralSecret: ephemeralSecret, salt: random.bytes(32), nonce: random.bytes(12))
        advSecret = PairingCodeCipher.advSecret(
            ephemeralSecret: ephemeralSecret, identitySecret: try local.keyPair.sharedSecret(with: identity),
            random: bundle.random)
        return try request(
            "md", "set",
            [
                Node(
                    "link_code_companion_reg",
                    ["jid": .jid(JID(attempt.number, .user)), "stage": "companion_finish"],
                    [
                        Node("link_code_pairing_wrapped_key_bundle", [:], bytes: sealed),
                        Node("companion_identity_public", [:], bytes: local.keyPair.publicKey.raw),
                        Node("link_code_pairing_ref", [:], bytes: attempt.ref),
                    ])
            ], on: bench)
    }
}
