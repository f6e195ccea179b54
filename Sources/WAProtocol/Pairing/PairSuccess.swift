package import WABinary
package import WACrypto
import WAProto

/// A phone has scanned the code, and the server says who we are to be. Nothing of it counts until it is verified.
///
/// ```
/// <iq from="s.whatsapp.net" type="set" id t><pair-success>
///   <device-identity>ADVSignedDeviceIdentityHMAC</device-identity>
///   <device jid="15551234567:12@s.whatsapp.net" lid="100000000000001:12@lid"/>
///   <platform name="android"/>[<biz name/>][<client-props/>]
/// </pair-success></iq>
/// ```
/// Source: protocol reference 3.1.
package struct PairSuccess: Equatable, Sendable {
    package let id: String
    private let content: Node

    init?(_ node: Node) {
        guard node["type"] == "set", let id = node["id"], let content = node.child("pair-success") else { return nil }
        self.id = id
        self.content = content
    }

    /// Checks the HMAC and the account's signature, and signs the identity as this device.
    ///
    /// On an error send ``refusal(for:)`` and disconnect. `randomness` is for tests: the 64 bytes of our signature.
    package func verified(
        advSecret: [UInt8], identityKey: KeyPair, randomness: [UInt8] = SecureRandom.bytes(64)
    ) throws(PairingRefusal) -> PairConfirmation {
        guard let bytes = content.child("device-identity")?.bytes, let device = content.child("device"),
            let phone = device.jid("jid"), phone.isPhoneNumber
        else { throw .internalError }
        let identity = try DeviceIdentity(
            authenticated: bytes, advSecret: advSecret, identityKey: identityKey, randomness: randomness)
        return PairConfirmation(
            phone: phone, lid: device.jid("lid").flatMap { $0.isLID ? $0 : nil },
            platform: content.child("platform")?["name"], businessName: content.child("biz")?["name"],
            signedIdentity: identity.signed.encoded(), accountKey: identity.accountKey, keyIndex: identity.keyIndex,
            reply: reply(identity))
    }

    /// `<iq to type="error" id><error code="401" text="hmac-mismatch"/></iq>`
    package func refusal(for refusal: PairingRefusal) -> Node {
        Node(
            "iq", ["to": .jid(.server), "type": "error", "id": .text(id)],
            [
                Node("error", ["code": .integer(refusal.code), "text": .text(refusal.text)])
            ])
    }

    private func reply(_ identity: DeviceIdentity) -> Node {
        .iqResult(
            id: id,
            [
                Node(
                    "pair-device-sign", [:],
                    [
                        Node(
                            "device-identity", ["key-index": .integer(identity.keyIndex)],
                            bytes: identity.withoutAccountKey.encoded())
                    ])
            ])
    }
}

/// Who we are, now that the phone's answer is verified. Store it before the reply is sent.
package struct PairConfirmation: Equatable, Sendable {
    /// Our phone number JID and LID, with our device number.
    package let phone: JID
    package let lid: JID?
    /// `android`, `iphone`, `smba`, …
    package let platform: String?
    package let businessName: String?
    /// ADVSignedDeviceIdentity with the account's key and our signature, sent beside first messages.
    package let signedIdentity: [UInt8]
    /// The identity key of our phone: the trusted one of our own account's device 0.
    package let accountKey: PublicKey
    package let keyIndex: UInt32
    /// `<iq to type="result" id><pair-device-sign><device-identity key-index>…`; the server answers with 515, restart.
    package let reply: Node
}
