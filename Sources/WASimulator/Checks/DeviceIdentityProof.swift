import FoundationEssentials
import WACrypto
import WAProto

/// The account's and the device's signatures that bind a companion to its account (ADV), written from section 3
/// of the protocol reference.
///
/// ```
/// account signature   06 00 || details || companion identity (32)
/// device signature    06 01 || details || companion identity (32) || account identity (32)
/// key index list      06 02 || details
/// ```
enum DeviceIdentityProof {
    enum Failure: Error, Equatable {
        case unreadable
        case foreignAccount
        case accountSignature
        case deviceSignature
    }

    /// The proof without the device's signature.
    static func made(
        for companion: PublicKey, keyIndex: UInt32, rawID: UInt32, timestampSeconds: Int64,
        signedBy account: KeyPair, randomness: [UInt8]
    ) -> WAADVSignedDeviceIdentity {
        var details = WAADVDeviceIdentity()
        details.rawID = rawID
        details.timestamp = UInt64(timestampSeconds)
        details.keyIndex = keyIndex
        details.accountType = .e2Ee
        details.deviceType = .e2Ee
        let detailBytes = details.encoded()
        var identity = WAADVSignedDeviceIdentity()
        identity.details = Data(detailBytes)
        identity.accountSignatureKey = Data(account.publicKey.raw)
        identity.accountSignature = Data(
            account.sign([0x06, 0x00] + detailBytes + companion.raw, randomness: randomness))
        return identity
    }

    /// What a companion signs to show that it holds its identity key.
    static func deviceMessage(_ details: [UInt8], companion: PublicKey, account: PublicKey) -> [UInt8] {
        [0x06, 0x01] + details + companion.raw + account.raw
    }

    /// The proof as authenticated by the secret of the QR text, for `pair-success`.
    static func sealed(_ identity: WAADVSignedDeviceIdentity, secret: [UInt8]) -> [UInt8] {
        let bytes = identity.encoded()
        var sealed = WAADVSignedDeviceIdentityHMAC()
        sealed.details = Data(bytes)
        sealed.hmac = Data(HMAC.sha256(key: secret, bytes))
        return sealed.encoded()
    }

    /// Checks both signatures; a proof that leaves the account's key out is completed with it.
    static func verified(
        _ bytes: [UInt8], companion: PublicKey, account: PublicKey
    ) throws(Failure) -> WAADVSignedDeviceIdentity {
        guard var identity = try? WAADVSignedDeviceIdentity(decoding: bytes), identity.hasDetails else {
            throw .unreadable
        }
        if identity.hasAccountSignatureKey, [UInt8](identity.accountSignatureKey) != account.raw {
            throw .foreignAccount
        }
        let details = [UInt8](identity.details)
        guard account.isValidSignature([UInt8](identity.accountSignature), for: [0x06, 0x00] + details + companion.raw)
        else { throw .accountSignature }
        guard
            companion.isValidSignature(
                [UInt8](identity.deviceSignature), for: deviceMessage(details, companion: companion, account: account))
        else { throw .deviceSignature }
        identity.accountSignatureKey = Data(account.raw)
        return identity
    }

    static func keyIndexList(
        of indexes: [UInt32], current: UInt32, rawID: UInt32, timestampSeconds: Int64,
        signedBy account: KeyPair, randomness: [UInt8]
    ) -> [UInt8] {
        var details = WAADVKeyIndexList()
        details.rawID = rawID
        details.timestamp = UInt64(timestampSeconds)
        details.currentIndex = current
        details.validIndexes = indexes
        details.accountType = .e2Ee
        let detailBytes = details.encoded()
        var list = WAADVSignedKeyIndexList()
        list.details = Data(detailBytes)
        list.accountSignature = Data(account.sign([0x06, 0x02] + detailBytes, randomness: randomness))
        return list.encoded()
    }
}
