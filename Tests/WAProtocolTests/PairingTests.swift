import FoundationEssentials
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@Suite("Pairing")
struct PairingTests {
    @Test("A pair-success that independent clients accept is verified, signed and answered byte for byte as they do")
    func vectors() throws {
        try withVectors("adv") { file in
            let advSecret = try file["adv_secret"].bytes
            let account = try KeyPair(privateKeyRaw: file["account_priv"].bytes)
            let device = try KeyPair(privateKeyRaw: file["device_identity_priv"].bytes)
            #expect(account.publicKey.raw == (try file["account_pub"].bytes))
            #expect(device.publicKey.raw == (try file["device_identity_pub"].bytes))

            let details = try file["adv_device_identity"].bytes
            let signature = try file["account_signature"].bytes
            #expect(account.sign([6, 0] + details + device.publicKey.raw, randomness: Array(0...0x3F)) == signature)
            let signedIdentity = try file["signed_device_identity"].bytes
            let hmac = try file["hmac"].bytes
            #expect(HMAC.sha256(key: advSecret, signedIdentity) == hmac)
            let envelope = try WAADVSignedDeviceIdentityHMAC(
                decoding: file["pair_success_device_identity"].bytes)
            #expect([UInt8](envelope.details) == signedIdentity && [UInt8](envelope.hmac) == hmac)
            try check(file, advSecret: advSecret, device: device, randomness: Array(0x40...0x7F))

            let hosted = file["hosted"]
            let hostedDetails = try hosted["adv_device_identity"].bytes
            let hostedSignature = try hosted["account_signature"].bytes
            let randomness = try hosted["account_signature_Z"].bytes
            #expect(
                account.sign([6, 5] + hostedDetails + device.publicKey.raw, randomness: randomness) == hostedSignature)
            try check(hosted, advSecret: advSecret, device: device, randomness: hosted["device_signature_Z"].bytes)
        }
    }

    private func check(_ file: VectorValue, advSecret: [UInt8], device: KeyPair, randomness: [UInt8]) throws {
        let blob = try file["pair_success_device_identity"].bytes
        let pairSuccess = try #require(readPairSuccess(deviceIdentity: blob))
        let confirmation = try pairSuccess.verified(
            advSecret: advSecret, identityKey: device, randomness: randomness)
        let keyIndex = try file["key_index"].integer
        let answered = try file["pair_device_sign_device_identity"].bytes
        #expect(confirmation.keyIndex == UInt32(keyIndex))
        let expected = Node(
            "iq", ["to": .jid(.server), "type": "result", "id": "Y"],
            [
                Node(
                    "pair-device-sign", [:],
                    [
                        Node("device-identity", ["key-index": .integer(keyIndex)], bytes: answered)
                    ])
            ])
        #expect(confirmation.reply == expected)
        let signed = try WAADVSignedDeviceIdentity(decoding: confirmation.signedIdentity)
        let signature = try file["device_signature"].bytes
        #expect([UInt8](signed.deviceSignature) == signature)
        #expect([UInt8](signed.accountSignatureKey) == confirmation.accountKey.raw)
        #expect(confirmation.phone.description == "15551234567:12@s.whatsapp.net")
        #expect(confirmation.lid?.description == "123456789012345:12@lid")
        #expect(confirmation.platform == "android" && confirmation.businessName == nil)
    }

    @Test(
        "Every answer that does not verify is refused with the error of the official client",
        arguments: [
            (Fault.none, nil),
            (.otherSecret, PairingRefusal.hmacMismatch),
            (.changedDetails, .hmacMismatch),
            (.changedSignature, .signatureMismatch),
            (.otherDevice, .signatureMismatch),
            (.otherAccount, .signatureMismatch),
            (.hostedClaim, .hmacMismatch),
            (.noKey, .internalError),
            (.garbage, .internalError),
            (.noIdentity, .internalError),
            (.noDevice, .internalError),
            (.noJID, .internalError),
        ] as [(Fault, PairingRefusal?)])
    func refusals(fault: Fault, refusal: PairingRefusal?) throws {
        var rng = SeededRandom(seed: 7)
        let pairing = PhonePairing(using: &rng)
        let node = pairing.pairSuccess(with: fault)
        guard case .pairSuccess(let pairSuccess) = IncomingStanza(node) else {
            Issue.record("not read as a pair-success")
            return
        }
        do throws(PairingRefusal) {
            let confirmation = try pairSuccess.verified(advSecret: pairing.advSecret, identityKey: pairing.device)
            #expect(refusal == nil && confirmation.accountKey == pairing.account.publicKey)
        } catch {
            #expect(error == refusal)
            let reply = pairSuccess.refusal(for: error)
            #expect(reply["type"] == "error" && reply["id"] == "Y" && reply.jid("to") == .server)
            let expected: [String?] =
                switch error {
                case .hmacMismatch: ["401", "hmac-mismatch"]
                case .signatureMismatch: ["401", "signature-mismatch"]
                case .internalError: ["500", "internal-error"]
                }
            #expect([reply.child("error")?["code"], reply.child("error")?["text"]] == expected)
        }
    }

    @Test("The offer of references is read in order and answered")
    func pairDevice() throws {
        let refs = (0..<6).map { Node("ref", bytes: Array("2@ref\($0)".utf8)) }
        let node = Node(
            "iq", ["from": .jid(.server), "type": "set", "id": "X", "xmlns": "md"], [Node("pair-device", [:], refs)])
        guard case .pairDevice(let offer) = IncomingStanza(node) else {
            Issue.record("not read as pair-device")
            return
        }
        #expect(offer.refs == (0..<6).map { "2@ref\($0)" })
        #expect(offer.reply == Node("iq", ["to": .jid(.server), "type": "result", "id": "X"]))
    }

    @Test("The QR text has five fields behind the link, keys in base64")
    func qrCode() throws {
        let code = PairingQRCode(
            ref: "2@abc", noiseKey: try PublicKey(raw: Array(repeating: 0, count: 32)),
            identityKey: try PublicKey(raw: Array(repeating: 0xFF, count: 32)), advSecret: Array(0..<32),
            clientKind: .chrome)
        let bare =
            "2@abc,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,//////////////////////////////////////////8=,"
            + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,1"
        #expect(code.bareText == bare)
        #expect(code.text == "https://wa.me/settings/linked_devices#" + bare)
    }

    private func readPairSuccess(deviceIdentity: [UInt8]) -> PairSuccess? {
        guard case .pairSuccess(let stanza) = IncomingStanza(PhonePairing.stanza(deviceIdentity: deviceIdentity)) else {
            return nil
        }
        return stanza
    }
}

/// What a phone can get wrong.
enum Fault: Sendable {
    case none, otherSecret, changedDetails, changedSignature, otherDevice, otherAccount, hostedClaim, noKey, garbage
    case noIdentity, noDevice, noJID
}

/// The phone's side of a pairing.
private struct PhonePairing {
    let advSecret: [UInt8]
    let account: KeyPair
    let device: KeyPair
    private let other: KeyPair

    init(using rng: inout SeededRandom) {
        advSecret = rng.bytes(32)
        account = KeyPair(using: &rng)
        device = KeyPair(using: &rng)
        other = KeyPair(using: &rng)
    }

    static func stanza(deviceIdentity: [UInt8]) -> Node {
        Node(
            "iq", ["from": .jid(.server), "type": "set", "id": "Y", "t": "1752021890"],
            [
                Node(
                    "pair-success", [:],
                    [
                        Node("device-identity", bytes: deviceIdentity),
                        Node(
                            "device",
                            [
                                "jid": .jid(JID("15551234567", .user, device: 12)),
                                "lid": .jid(JID("123456789012345", .lid, device: 12)),
                            ]),
                        Node("platform", ["name": "android"]),
                    ])
            ])
    }

    func pairSuccess(with fault: Fault) -> Node {
        var inner = WAADVDeviceIdentity()
        inner.rawID = 1
        inner.keyIndex = 1
        var identity = WAADVSignedDeviceIdentity()
        identity.details = Data(inner.encoded())
        identity.accountSignatureKey = Data((fault == .otherAccount ? other : account).publicKey.raw)
        let signer = fault == .otherDevice ? other.publicKey : device.publicKey
        identity.accountSignature = Data(account.sign([6, 0] + inner.encoded() + signer.raw))
        if fault == .changedSignature { identity.accountSignature[10] ^= 1 }
        if fault == .noKey { identity.clearAccountSignatureKey() }
        let details = fault == .garbage ? [0xFF, 0xFF] : identity.encoded()
        var envelope = WAADVSignedDeviceIdentityHMAC()
        envelope.hmac = Data(HMAC.sha256(key: fault == .otherSecret ? [1] : advSecret, details))
        envelope.details = Data(fault == .changedDetails ? details + [0] : details)
        if fault == .hostedClaim { envelope.accountType = .hosted }
        var node = Self.stanza(deviceIdentity: envelope.encoded())
        var content = node.children[0].children
        if fault == .noIdentity { content.remove(at: 0) }
        if fault == .noDevice { content.remove(at: 1) }
        if fault == .noJID { content[1].attributes["jid"] = nil }
        node.content = .nodes([Node("pair-success", [:], content)])
        return node
    }
}
