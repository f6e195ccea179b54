import Storage
import WABinary
import WACrypto
import WAProtocol

/// The keys of this linked device and, once paired, who it is.
struct DeviceCredentials: Sendable {
    let noiseKey: KeyPair
    let identityKey: KeyPair
    let registrationID: UInt32
    let signedPreKeyID: UInt32
    let signedPreKey: KeyPair
    /// 64 bytes: XEdDSA by the identity key over 0x05 and the public key.
    let signedPreKeySignature: [UInt8]
    let advSecret: [UInt8]
    var linked: Linked?

    struct Linked: Sendable {
        /// Our phone number JID and LID, both with our device number.
        var phone: JID
        var lid: JID?
        /// ADVSignedDeviceIdentity with account key and our device signature, sent beside first messages.
        var signedIdentity: [UInt8]
        var platform: String?
        var pushName: String?
    }

    /// New keys for a device that no phone knows yet (reference 4.1).
    static func generate() throws -> DeviceCredentials {
        let identityKey = KeyPair()
        let signedPreKey = KeyPair()
        return DeviceCredentials(
            noiseKey: KeyPair(), identityKey: identityKey, registrationID: UInt32.random(in: 1...0x3FFF), signedPreKeyID: 1,
            signedPreKey: signedPreKey, signedPreKeySignature: identityKey.sign(signedPreKey.publicKey.typed),
            advSecret: SecureRandom.bytes(32), linked: nil)
    }

    /// Our two addresses; nil before pairing.
    var ownAddresses: OwnAddresses? { linked.map { OwnAddresses(phone: $0.phone, lid: $0.lid) } }

    /// Whether an address is ours, on whatever device.
    func isOwn(_ jid: JID) -> Bool { ownAddresses?.contains(jid) ?? false }

    /// The secret of a message that this device sends, 32 bytes: HMAC-SHA256 by the private identity key over a label and the
    /// message's id. So it need not be kept, unlike those of messages of others.
    func secret(ofMessage id: String) -> [UInt8] {
        HMAC.sha256(key: identityKey.privateKeyRaw, Array("OpenWA message secret \(id)".utf8))
    }

    var uploadedSignedPreKey: UploadedSignedPreKey {
        UploadedSignedPreKey(id: signedPreKeyID, key: signedPreKey.publicKey, signature: signedPreKeySignature)
    }
}

struct DeviceStore {
    let account: String

    /// The stored device, or a new unpaired one that is stored before it is used.
    func loadOrCreate(on connection: any SQLConnection) throws -> DeviceCredentials {
        if let stored = try load(on: connection) { return stored }
        let device = try DeviceCredentials.generate()
        try connection.execute(
            """
            INSERT INTO client_device (account, noise_key, identity_key, registration_id, signed_prekey_id, signed_prekey,
                signed_prekey_signature, adv_secret, next_prekey_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
            """,
            [
                .text(account), .blob(device.noiseKey.privateKeyRaw), .blob(device.identityKey.privateKeyRaw),
                SQLValue(device.registrationID), SQLValue(device.signedPreKeyID), .blob(device.signedPreKey.privateKeyRaw),
                .blob(device.signedPreKeySignature), .blob(device.advSecret),
            ])
        return device
    }

    func load(on connection: any SQLConnection) throws -> DeviceCredentials? {
        guard let row = try connection.query("SELECT * FROM client_device WHERE account = $1", [.text(account)]).first else {
            return nil
        }
        var linked: DeviceCredentials.Linked?
        if let phone = try row.optionalText("phone_jid").flatMap({ JID($0) }),
            let signedIdentity = try row.optionalBlob("signed_identity")
        {
            linked = .init(
                phone: phone, lid: try row.optionalText("lid").flatMap { JID($0) }, signedIdentity: signedIdentity,
                platform: try row.optionalText("platform"), pushName: try row.optionalText("push_name"))
        }
        return DeviceCredentials(
            noiseKey: try KeyPair(privateKeyRaw: row.blob("noise_key")),
            identityKey: try KeyPair(privateKeyRaw: row.blob("identity_key")).preparedToSign(),
            registrationID: UInt32(truncatingIfNeeded: try row.integer("registration_id")),
            signedPreKeyID: UInt32(truncatingIfNeeded: try row.integer("signed_prekey_id")),
            signedPreKey: try KeyPair(privateKeyRaw: row.blob("signed_prekey")),
            signedPreKeySignature: try row.blob("signed_prekey_signature"), advSecret: try row.blob("adv_secret"),
            linked: linked)
    }

    /// After this the phone's answer is authenticated with the secret of a pairing by code.
    func saveADVSecret(_ secret: [UInt8], on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE client_device SET adv_secret = $2 WHERE account = $1", [.text(account), .blob(secret)])
    }

    /// After this the device is linked: a restart logs in instead of showing a QR code.
    func saveLinked(_ linked: DeviceCredentials.Linked, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE client_device SET phone_jid = $2, lid = $3, signed_identity = $4, platform = $5, push_name = $6
            WHERE account = $1
            """,
            [
                .text(account), .text(linked.phone.description), SQLValue(linked.lid?.description),
                .blob(linked.signedIdentity), SQLValue(linked.platform), SQLValue(linked.pushName),
            ])
    }
}
