import FoundationEssentials
import WACrypto
import WAProto

/// The signatures that bind a companion to an account (“ADV”).
///
/// ```
/// ADVSignedDeviceIdentityHMAC { details, hmac, accountType }      HMAC(adv secret, [06 05] || details)
///   details = ADVSignedDeviceIdentity { details, account key, account signature, device signature }
///     details = ADVDeviceIdentity { rawID, timestamp, keyIndex, accountType, deviceType }
/// account signature over 06 00 || inner details || companion identity key           (06 05 for hosted devices)
/// device signature  over 06 01 || inner details || companion identity key || account key
/// ```
/// Source: protocol reference 3.1.
struct DeviceIdentity {
    private static let accountSignaturePrefix: [UInt8] = [6, 0]
    private static let deviceSignaturePrefix: [UInt8] = [6, 1]
    private static let hostedPrefix: [UInt8] = [6, 5]

    /// With account key and our device signature: what goes beside first messages.
    let signed: WAADVSignedDeviceIdentity
    let accountKey: PublicKey
    let keyIndex: UInt32

    /// Verifies what the phone sent and signs it as this device.
    ///
    /// `randomness` is that of our signature, normally 64 random bytes.
    init(
        authenticated bytes: [UInt8], advSecret: [UInt8], identityKey: KeyPair, randomness: [UInt8]
    ) throws(PairingRefusal) {
        guard let envelope = try? WAADVSignedDeviceIdentityHMAC(decoding: bytes) else { throw .internalError }
        let details = [UInt8](envelope.details)
        let prefix = envelope.accountType == .hosted ? Self.hostedPrefix : []
        guard constantTimeEqual(HMAC.sha256(key: advSecret, prefix + details), [UInt8](envelope.hmac)) else {
            throw .hmacMismatch
        }
        guard var identity = try? WAADVSignedDeviceIdentity(decoding: details),
            let inner = try? WAADVDeviceIdentity(decoding: [UInt8](identity.details)),
            let accountKey = try? PublicKey(raw: [UInt8](identity.accountSignatureKey))
        else { throw .internalError }

        let signedByAccount =
            (inner.deviceType == .hosted ? Self.hostedPrefix : Self.accountSignaturePrefix)
            + [UInt8](identity.details) + identityKey.publicKey.raw
        guard accountKey.isValidSignature([UInt8](identity.accountSignature), for: signedByAccount) else {
            throw .signatureMismatch
        }
        let signedByDevice =
            Self.deviceSignaturePrefix + [UInt8](identity.details) + identityKey.publicKey.raw + accountKey.raw
        identity.deviceSignature = Data(identityKey.sign(signedByDevice, randomness: randomness))
        signed = identity
        self.accountKey = accountKey
        keyIndex = inner.keyIndex
    }

    /// The form the server gets: the account's key is left out.
    var withoutAccountKey: WAADVSignedDeviceIdentity {
        var identity = signed
        identity.clearAccountSignatureKey()
        return identity
    }
}

/// Why the phone's answer to a pairing is refused; the server is told with the code and text of the official client.
package enum PairingRefusal: Error, Equatable, Sendable {
    /// The phone did not know our secret: the QR code was another one, or the answer was changed on its way.
    case hmacMismatch
    /// The account's signature over our identity key is wrong.
    case signatureMismatch
    /// The answer cannot be read.
    case internalError

    var code: Int {
        switch self {
        case .hmacMismatch, .signatureMismatch: 401
        case .internalError: 500
        }
    }

    var text: String {
        switch self {
        case .hmacMismatch: "hmac-mismatch"
        case .signatureMismatch: "signature-mismatch"
        case .internalError: "internal-error"
        }
    }
}
