import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

@Suite("Session vectors")
struct SessionVectorTests {
    @Test("Sessions match other libraries in every key and byte")
    func vectors() throws {
        try withVectors("signal-session") { vectors in
            try checkMessages(vectors)
            try checkConversation(vectors["conversation"])
        }
    }

    private func checkMessages(_ vectors: VectorValue) throws {
        let x3dh = vectors["x3dh"]
        let alice = LocalIdentity(
            keyPair: try pair(x3dh["A_identity_priv"]), registrationID: UInt32(try x3dh["A_registration_id"].integer))
        let bob = LocalIdentity(keyPair: try pair(x3dh["B_identity_priv"]), registrationID: 1)
        let signedPreKey = try pair(x3dh["B_signed_prekey_priv"])
        let preKey = try pair(x3dh["B_one_time_priv"])
        let base = try pair(x3dh["A_base_priv"])
        let bundle = PreKeyBundle(
            registrationID: bob.registrationID, identityKey: bob.keyPair.publicKey,
            signedPreKeyID: UInt32(try x3dh["B_signed_prekey_id"].integer), signedPreKey: signedPreKey.publicKey,
            signedPreKeySignature: try x3dh["B_signed_prekey_sig"].bytes,
            preKeyID: UInt32(try x3dh["B_one_time_id"].integer), preKey: preKey.publicKey)

        let secret = try X3DH.secret(of: [
            (alice.keyPair, signedPreKey.publicKey), (base, bob.keyPair.publicKey), (base, signedPreKey.publicKey),
            (base, preKey.publicKey),
        ])
        #expect(secret == (try x3dh["master_secret"].bytes))

        var aliceRandom = FixedRandom([base.privateKeyRaw, try x3dh["A_first_ratchet_priv"].bytes])
        var aliceSession = try Session.initiated(with: bundle, by: alice, using: &aliceRandom)
        #expect(aliceRandom.isUsedUp)
        let chainKey0 = try x3dh["chain_key_0_unused_by_A_for_sending"].bytes
        #expect(aliceSession.current.root.key == (try x3dh["A_root_key_1"].bytes))
        #expect(aliceSession.current.sending.key == (try x3dh["A_sending_chain_key_0"].bytes))
        #expect(aliceSession.current.receiving.map(\.chain.chain.key) == [chainKey0])

        let (first, second, reply) = (vectors["messages"][0], vectors["messages"][1], vectors["messages"][2])
        let keys = MessageKeys(seed: aliceSession.current.sending.messageSeed)
        #expect(keys.cipherKey == (try first["cipher_key"].bytes))
        #expect(keys.macKey == (try first["mac_key"].bytes))
        #expect(keys.iv == (try first["iv"].bytes))

        var bobSession: Session?
        var bobRandom = FixedRandom([try reply["B_new_ratchet_priv"].bytes])
        for vector in [first, second] {
            _ = try vector["name"].text
            let plaintext = try vector["padded_plaintext"].bytes
            let ciphertext = try aliceSession.encrypt(plaintext, by: alice)
            #expect(ciphertext == Ciphertext(kind: .preKeyMessage, bytes: try vector["pkmsg"].bytes))
            let message = try PreKeySignalMessage(parsing: ciphertext.bytes)
            #expect(message.message.bytes == (try vector["inner_signal_message"].bytes))
            if bobSession == nil {
                let state = try X3DH.respond(to: message, by: bob, signedPreKey: signedPreKey, preKey: preKey)
                #expect(state.root.key == (try x3dh["root_key_0"].bytes))
                #expect(state.sending.key == chainKey0)
            }
            let opened = try Session.decrypting(
                message, existing: bobSession, by: bob, signedPreKey: signedPreKey, preKey: preKey, using: &bobRandom)
            #expect(opened.plaintext == plaintext)
            #expect(opened.usedPreKeyID == (bobSession == nil ? bundle.preKeyID : nil))
            bobSession = opened.session
        }
        #expect(bobRandom.isUsedUp)

        var session = try #require(bobSession)
        _ = try reply["name"].text
        #expect(session.current.root.key == (try reply["B_root_after"].bytes))
        #expect(session.current.sending.key == (try reply["B_sending_chain_key_0"].bytes))
        let plaintext = try reply["padded_plaintext"].bytes
        let answer = try session.encrypt(plaintext, by: bob)
        #expect(answer == Ciphertext(kind: .message, bytes: try reply["msg"].bytes))
        #expect(aliceSession.hasPendingPreKey)
        #expect(try aliceSession.decrypt(SignalMessage(parsing: answer.bytes), by: alice) == plaintext)
        #expect(!aliceSession.hasPendingPreKey)
    }

    private func checkConversation(_ vectors: VectorValue) throws {
        let bobSignedPreKey = try pair(vectors["B_signed_prekey_priv"])
        let bobPreKey = try pair(vectors["B_one_time_priv"])
        var parties: [String: (local: LocalIdentity, random: FixedRandom, session: Session?)] = [:]
        for name in ["A", "B"] {
            let keyPair = try pair(vectors["\(name)_identity_priv"])
            #expect(keyPair.publicKey.typed == (try vectors["\(name)_identity_pub"].bytes))
            let id = UInt32(try vectors["\(name)_registration_id"].integer)
            let random = FixedRandom(try vectors["\(name)_generated_keys"].list.map { try $0.bytes })
            parties[name] = (LocalIdentity(keyPair: keyPair, registrationID: id), random, nil)
        }
        let bob = try #require(parties["B"]).local
        let bundle = PreKeyBundle(
            registrationID: bob.registrationID, identityKey: bob.keyPair.publicKey,
            signedPreKeyID: UInt32(try vectors["B_signed_prekey_id"].integer), signedPreKey: bobSignedPreKey.publicKey,
            signedPreKeySignature: try vectors["B_signed_prekey_sig"].bytes,
            preKeyID: UInt32(try vectors["B_one_time_id"].integer), preKey: bobPreKey.publicKey)

        var sent: [String: (ciphertext: Ciphertext, plaintext: [UInt8])] = [:]
        for step in try vectors["steps"].list {
            let name = try step["by"].text
            var party = try #require(parties[name])
            let message = try step["message"].text
            switch try step["op"].text {
            case "encrypt":
                var session =
                    try party.session ?? Session.initiated(with: bundle, by: party.local, using: &party.random)
                sent[message] = try checkEncrypt(step, session: &session, by: party.local)
                party.session = session
            case "decrypt":
                let (ciphertext, plaintext) = try #require(sent[message])
                let before = party.session
                let isDuplicate = try step["result"].text == "duplicate"
                do {
                    #expect(try decrypt(ciphertext, &party, bobSignedPreKey, bobPreKey) == plaintext)
                    #expect(!isDuplicate)
                } catch SignalError.duplicateMessage {
                    #expect(isDuplicate)
                }
                let current = try #require(party.session).current
                #expect(current.root.key == (try step["root_key_after"].bytes))
                let turned = before.map { $0.current.root != current.root } ?? true
                #expect(turned == (try step["new_ratchet_key"].boolean))
            case let other:
                Issue.record("unknown step \(other)")
            }
            parties[name] = party
        }
        for name in ["A", "B"] {
            #expect(try #require(parties[name]).random.isUsedUp)
        }
    }

    private func checkEncrypt(
        _ step: VectorValue, session: inout Session, by local: LocalIdentity
    ) throws -> (Ciphertext, [UInt8]) {
        #expect(session.current.sending.key == (try step["chain_key_before"].bytes))
        let plaintext = try step["padded_plaintext"].bytes
        let ciphertext = try session.encrypt(plaintext, by: local)
        #expect(ciphertext.kind.rawValue == (try step["type"].text))
        #expect(ciphertext.bytes == (try step["wire"].bytes))
        let message =
            ciphertext.kind == .message
            ? try SignalMessage(parsing: ciphertext.bytes)
            : try PreKeySignalMessage(parsing: ciphertext.bytes).message
        #expect(message.counter == UInt32(try step["counter"].integer))
        #expect(message.previousCounter == UInt32(try step["previous_counter"].integer))
        #expect(message.ratchetKey.typed == (try step["ratchet_pub"].bytes))
        return (ciphertext, plaintext)
    }

    private func decrypt(
        _ ciphertext: Ciphertext, _ party: inout (local: LocalIdentity, random: FixedRandom, session: Session?),
        _ signedPreKey: KeyPair, _ preKey: KeyPair
    ) throws -> [UInt8] {
        if ciphertext.kind == .preKeyMessage {
            let opened = try Session.decrypting(
                PreKeySignalMessage(parsing: ciphertext.bytes), existing: party.session, by: party.local,
                signedPreKey: signedPreKey, preKey: preKey, using: &party.random)
            party.session = opened.session
            return opened.plaintext
        }
        var session = try #require(party.session)
        defer { party.session = session }
        return try session.decrypt(
            SignalMessage(parsing: ciphertext.bytes), by: party.local, using: &party.random)
    }

    private func pair(_ vector: VectorValue) throws -> KeyPair {
        try KeyPair(privateKeyRaw: vector.bytes)
    }
}
