import FoundationEssentials
package import WABinary
package import WACrypto
import WAProto

/// What this device says of itself inside the last handshake message: a login, or a registration.
///
/// Source: protocol reference 1.4.
package struct ClientPayload: Sendable {
    private let proto: WAClientPayload

    /// The bytes that the handshake encrypts.
    package var bytes: [UInt8] { proto.encoded() }

    /// A device that is linked already.
    ///
    /// `device` is our phone number JID with the device number; nil when its user is no number.
    package static func login(device: JID, version: WebVersion, osVersion: String = "0.1") -> ClientPayload? {
        guard let username = UInt64(device.user) else { return nil }
        var proto = common(version: version, osVersion: osVersion)
        proto.username = username
        proto.device = UInt32(device.device)
        proto.passive = true
        proto.pull = true
        proto.lidDbMigrated = true
        proto.lc = 1
        return ClientPayload(proto: proto)
    }

    /// A device that wants to be linked, by QR code or by pairing code.
    package static func registration(
        registrationID: UInt32, identityKey: PublicKey, signedPreKey: UploadedSignedPreKey,
        properties: CompanionProperties, version: WebVersion, osVersion: String = "0.1"
    ) -> ClientPayload {
        var proto = common(version: version, osVersion: osVersion)
        proto.passive = false
        proto.pull = false
        var data = WAClientPayload.DevicePairingRegistrationData()
        data.eRegid = Data(bigEndian(registrationID, count: 4))
        data.eKeytype = Data([PublicKey.typeByte])
        data.eIdent = Data(identityKey.raw)
        data.eSkeyID = Data(bigEndian(signedPreKey.id, count: 3))
        data.eSkeyVal = Data(signedPreKey.key.raw)
        data.eSkeySig = Data(signedPreKey.signature)
        data.buildHash = Data(Digest.md5(Array(version.description.utf8)))
        data.deviceProps = Data(properties.bytes)
        proto.devicePairingData = data
        return ClientPayload(proto: proto)
    }

    private static func common(version: WebVersion, osVersion: String) -> WAClientPayload {
        var agent = WAClientPayload.UserAgent()
        agent.platform = .web
        agent.releaseChannel = .release
        agent.appVersion.primary = version.primary
        agent.appVersion.secondary = version.secondary
        agent.appVersion.tertiary = version.tertiary
        agent.mcc = "000"
        agent.mnc = "000"
        agent.osVersion = osVersion
        agent.osBuildNumber = osVersion
        agent.manufacturer = ""
        agent.device = "Desktop"
        agent.localeLanguageIso6391 = "en"
        agent.localeCountryIso31661Alpha2 = "US"
        var proto = WAClientPayload()
        proto.userAgent = agent
        proto.webInfo.webSubPlatform = .webBrowser
        proto.connectType = .wifiUnknown
        proto.connectReason = .userActivated
        return proto
    }

    private static func bigEndian(_ number: UInt32, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
    }
}
