import TestSupport
import Testing
import WABinary
import WAProtocol

@testable import WACrypto

@Suite("Pairing by code")
struct PairingCodeTests {
    @Test("All stages carry the bytes that independent clients send, and both sides derive the same secret")
    func vectors() throws {
        try withVectors("pairing-code") { file in
            for pair in try file["crockford"].list {
                let bytes = try pair[0].bytes
                let code = try pair[1].text
                #expect(try PairingCodeCipher.code(from: bytes) == code)
            }
            try checkKeyDerivation(file["pbkdf2"])
            try checkExchange(
                Exchange(
                    code: file["pbkdf2"]["code"].text, phone: "15551234567",
                    companionSalt: file["pbkdf2"]["salt"].bytes,
                    hello: file["companion_hello"], primary: file["primary"], finish: file["companion_finish"]))
            try checkFullExchange(file["full_exchange"])
        }
    }

    private func checkKeyDerivation(_ vector: VectorValue) throws {
        let key = try vector["key"].bytes
        let iterations = try vector["iterations"].integer
        #expect(iterations == PairingCodeCipher.iterations)
        #expect(try PairingCodeCipher.key(code: vector["code"].text, salt: vector["salt"].bytes) == key)
    }

    private struct Exchange {
        let code: String
        let phone: String
        let companionSalt: [UInt8]
        let hello: VectorValue
        let primary: VectorValue
        let finish: VectorValue
    }

    /// The values of an attempt without its stanzas, from both sides.
    private func checkExchange(_ exchange: Exchange) throws {
        let companion = try KeyPair(privateKeyRaw: exchange.hello["companion_ephemeral_priv"].bytes)
        let primary = try KeyPair(privateKeyRaw: exchange.primary["primary_ephemeral_priv"].bytes)
        let primaryIdentity = try KeyPair(privateKeyRaw: exchange.primary["primary_identity_priv"].bytes)
        let identity = try KeyPair(privateKeyRaw: exchange.finish["companion_identity_priv"].bytes)
        #expect(primaryIdentity.publicKey.raw == (try exchange.primary["primary_identity_pub"].bytes))
        #expect(identity.publicKey.raw == (try exchange.finish["companion_identity_pub"].bytes))

        let wrappedCompanion = try exchange.hello["wrapped_companion_ephemeral_pub"].bytes
        #expect(
            try PairingCodeCipher.wrap(
                companion.publicKey, code: exchange.code, salt: exchange.companionSalt, iv: exchange.hello["iv"].bytes)
                == wrappedCompanion)
        #expect(try PairingCodeCipher.unwrap(wrappedCompanion, code: exchange.code) == companion.publicKey)
        let wrappedPrimary = try exchange.primary["wrapped_primary_ephemeral_pub"].bytes
        #expect(try PairingCodeCipher.unwrap(wrappedPrimary, code: exchange.code) == primary.publicKey)

        let shared = try companion.sharedSecret(with: primary.publicKey)
        #expect(shared == (try exchange.finish["ephemeral_shared"].bytes))
        let identityShared = try identity.sharedSecret(with: primaryIdentity.publicKey)
        #expect(identityShared == (try exchange.finish["identity_shared"].bytes))
        let salt = try exchange.finish["bundle_salt"].bytes
        let random = try exchange.finish["random"].bytes
        #expect(
            PairingCodeCipher.bundleKey(ephemeralSecret: shared, salt: salt)
                == (try exchange.finish["bundle_key"].bytes))
        let plaintext = identity.publicKey.raw + primaryIdentity.publicKey.raw + random
        #expect(plaintext == (try exchange.finish["bundle_plain"].bytes))
        let bundle = try PairingCodeCipher.KeyBundle(
            companionIdentity: identity.publicKey, primaryIdentity: primaryIdentity.publicKey, random: random)
        let sealed = try PairingCodeCipher.seal(
            bundle, ephemeralSecret: shared, salt: salt, nonce: exchange.finish["bundle_nonce"].bytes)
        #expect(sealed == (try exchange.finish["wrapped_key_bundle"].bytes))
        #expect(
            try PairingCodeCipher.open(sealed, ephemeralSecret: primary.sharedSecret(with: companion.publicKey))
                == bundle)
        let secret = PairingCodeCipher.advSecret(
            ephemeralSecret: shared, identitySecret: identityShared, random: random)
        #expect(secret == (try exchange.finish["adv_secret"].bytes))
    }

    /// Recorded from whatsmeow: every stanza of an attempt.
    private func checkFullExchange(_ file: VectorValue) throws {
        let code = try file["code"].text
        let codeBytes = try file["code_bytes"].bytes
        #expect(try PairingCodeCipher.code(from: codeBytes) == code)
        let ephemeral = try KeyPair(privateKeyRaw: file["companion_ephemeral_priv"].bytes)
        let identity = try KeyPair(privateKeyRaw: file["companion_identity_priv"].bytes)
        #expect(identity.publicKey.raw == (try file["companion_identity_pub"].bytes))
        let attempt = try PairingCode(
            phone: file["phone"].text, code: code, ephemeral: ephemeral, salt: file["companion_salt"].bytes,
            iv: file["companion_iv"].bytes)
        #expect(attempt.displayed == (try file["code_displayed"].text))

        let stage1 = try NodeDecoder.decode(file["stage1_companion_hello_iq"].bytes)
        let request = attempt.hello(
            noiseKey: try PublicKey(raw: file["noise_pub"].bytes), clientKind: .chrome, display: "Chrome (Linux)")
        #expect(asReceived(request.node(id: try #require(stage1["id"]))) == stage1)
        let wrappedCompanion = try file["wrapped_companion_ephemeral_pub"].bytes
        #expect(
            stage1.child("link_code_companion_reg")?.child("link_code_pairing_wrapped_companion_ephemeral_pub")?.bytes
                == wrappedCompanion)
        let ref = try file["pairing_ref"].bytes
        let helloReply = Node(
            "iq", ["type": "result"],
            [
                Node("link_code_companion_reg", [:], [Node("link_code_pairing_ref", bytes: ref)])
            ])
        #expect(try request.parse(helloReply) == ref)

        let stage2 = try NodeDecoder.decode(file["stage2_primary_hello_notification"].bytes)
        guard case .notification(let notification) = IncomingStanza(stage2),
            case .pairingCode(let hello) = notification.content
        else {
            Issue.record("stage 2 is not read as the phone's hello")
            return
        }
        #expect(hello.ref == ref)
        #expect(hello.identityKey.raw == (try file["primary_identity_pub"].bytes))
        try checkPrimary(file, hello: hello)

        let finish = try attempt.finish(
            hello, ref: ref, identityKey: identity, salt: file["bundle_salt"].bytes,
            nonce: file["bundle_nonce"].bytes, random: file["random"].bytes)
        let stage3 = try NodeDecoder.decode(file["stage3_companion_finish_iq"].bytes)
        #expect(asReceived(finish.request.node(id: try #require(stage3["id"]))) == stage3)
        #expect(finish.advSecret == (try file["adv_secret"].bytes))
        try checkSecrets(file, ephemeral: ephemeral, identity: identity)
        try checkPairSuccess(file, advSecret: finish.advSecret, identity: identity)
    }

    private func checkPrimary(_ file: VectorValue, hello: PairingCodePrimaryHello) throws {
        let primary = try KeyPair(privateKeyRaw: file["primary_ephemeral_priv"].bytes)
        let wrapped = try file["wrapped_primary_ephemeral_pub"].bytes
        #expect(
            try PairingCodeCipher.wrap(
                primary.publicKey, code: file["code"].text, salt: file["primary_salt"].bytes,
                iv: file["primary_iv"].bytes)
                == wrapped)
        #expect(hello.wrappedEphemeral == wrapped)
    }

    private func checkSecrets(_ file: VectorValue, ephemeral: KeyPair, identity: KeyPair) throws {
        let primary = try KeyPair(privateKeyRaw: file["primary_ephemeral_priv"].bytes)
        let primaryIdentity = try KeyPair(privateKeyRaw: file["primary_identity_priv"].bytes)
        let shared = try primary.sharedSecret(with: ephemeral.publicKey)
        #expect(shared == (try file["ephemeral_shared"].bytes))
        #expect(try primaryIdentity.sharedSecret(with: identity.publicKey) == (try file["identity_shared"].bytes))
        let salt = try file["bundle_salt"].bytes
        #expect(PairingCodeCipher.bundleKey(ephemeralSecret: shared, salt: salt) == (try file["bundle_key"].bytes))
        let bundle = try PairingCodeCipher.open(file["wrapped_key_bundle"].bytes, ephemeralSecret: shared)
        #expect(bundle.companionIdentity == identity.publicKey && bundle.primaryIdentity == primaryIdentity.publicKey)
    }

    private func checkPairSuccess(_ file: VectorValue, advSecret: [UInt8], identity: KeyPair) throws {
        let node = try NodeDecoder.decode(file["pair_success_iq"].bytes)
        guard case .pairSuccess(let pairSuccess) = IncomingStanza(node) else {
            Issue.record("not read as a pair-success")
            return
        }
        let blob = try file["pair_success_device_identity"].bytes
        #expect(node.child("pair-success")?.child("device-identity")?.bytes == blob)
        let confirmation = try pairSuccess.verified(
            advSecret: advSecret, identityKey: identity, randomness: file["device_signature_Z"].bytes)
        #expect(confirmation.reply == (try NodeDecoder.decode(file["pair_device_sign_iq"].bytes)))
        let answer = confirmation.reply.child("pair-device-sign")?.child("device-identity")?.bytes
        #expect(answer == (try file["pair_device_sign_device_identity"].bytes))
        let account = try KeyPair(privateKeyRaw: file["primary_identity_priv"].bytes)
        let details = try file["adv_device_identity"].bytes
        #expect(
            account.sign([6, 0] + details + identity.publicKey.raw, randomness: try file["account_signature_Z"].bytes)
                == (try file["account_signature"].bytes))
        let signature = try file["device_signature"].bytes
        let signedByDevice = [6, 1] + details + identity.publicKey.raw + account.publicKey.raw
        #expect(identity.publicKey.isValidSignature(signature, for: signedByDevice))
        #expect(confirmation.signedIdentity.suffix(64) == signature[...])
    }

    /// A node as the other side reads it from the wire: texts that are no tokens arrive as bytes.
    private func asReceived(_ node: Node) -> Node? {
        try? NodeDecoder.decode(NodeEncoder.encode(node))
    }

    @Test(
        "A phone number must be digits with a country code",
        arguments: [
            "", "123456", "0123456789", "+15551234567", "1555123456a", "1234567890123456",
        ])
    func phoneNumbers(phone: String) {
        var rng = SeededRandom(seed: 1)
        #expect(throws: WAProtocolError.invalidPhoneNumber) { try PairingCode(phone: phone, using: &rng) }
    }

    @Test("A code of one's own choice is taken when it is eight characters of the alphabet")
    func customCodes() throws {
        var rng = SeededRandom(seed: 1)
        #expect(try PairingCode(phone: "15551234567", code: "abcd-2345", using: &rng).code == "ABCD2345")
        #expect(throws: WAProtocolError.invalidPairingCode) {
            try PairingCode(phone: "15551234567", code: "ABCD", using: &rng)
        }
    }

    @Test("An answer to another attempt is refused, and other stages are no answer")
    func foreignAnswers() throws {
        var rng = SeededRandom(seed: 2)
        let attempt = try PairingCode(phone: "15551234567", using: &rng)
        let content = Node(
            "link_code_companion_reg", ["stage": "primary_hello"],
            [
                Node("link_code_pairing_wrapped_primary_ephemeral_pub", bytes: rng.bytes(80)),
                Node("primary_identity_pub", bytes: KeyPair(using: &rng).publicKey.raw),
                Node("link_code_pairing_ref", bytes: [1, 2, 3]),
            ])
        var node = Node(
            "notification", ["type": "link_code_companion_reg", "from": .jid(.server), "id": "1"], [content])
        guard case .notification(let notification) = IncomingStanza(node),
            case .pairingCode(let hello) = notification.content
        else {
            Issue.record("not read")
            return
        }
        let identity = KeyPair(using: &rng)
        #expect(throws: WAProtocolError.pairingCodeMismatch) {
            try attempt.finish(hello, ref: [9], identityKey: identity, using: &rng)
        }
        #expect(throws: Never.self) { try attempt.finish(hello, ref: [1, 2, 3], identityKey: identity, using: &rng) }
        var other = content
        other.attributes["stage"] = "refresh_code"
        node.content = .nodes([other])
        guard case .notification(let refresh) = IncomingStanza(node) else {
            Issue.record("not read")
            return
        }
        #expect(refresh.content == .other(type: "link_code_companion_reg"))
    }
}
