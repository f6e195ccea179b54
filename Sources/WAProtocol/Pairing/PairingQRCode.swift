import FoundationEssentials
package import WACrypto

/// What a phone scans to link this device.
///
/// ```
/// https://wa.me/settings/linked_devices#ref,b64(noise key),b64(identity key),b64(adv secret),client kind
/// ```
/// Keys are raw 32 bytes. Source: protocol reference 3.1.
package struct PairingQRCode: Equatable, Sendable {
    package static let linkPrefix = "https://wa.me/settings/linked_devices#"

    package let ref: String
    package let noiseKey: PublicKey
    package let identityKey: PublicKey
    /// 32 random bytes; whoever knows them can pair, so the text is as secret as a password.
    package let advSecret: [UInt8]
    package let clientKind: ClientKind

    package init(
        ref: String, noiseKey: PublicKey, identityKey: PublicKey, advSecret: [UInt8],
        clientKind: ClientKind = .otherWebClient
    ) {
        self.ref = ref
        self.noiseKey = noiseKey
        self.identityKey = identityKey
        self.advSecret = advSecret
        self.clientKind = clientKind
    }

    /// The text with the link in front, as current clients show it; a phone's camera then knows what to do with it.
    package var text: String { Self.linkPrefix + bareText }

    /// The text without the link, as older clients show it; phones read both.
    package var bareText: String {
        let keys = [noiseKey.raw, identityKey.raw, advSecret].map { Data($0).base64EncodedString() }
        return ([ref] + keys + [clientKind.rawValue]).joined(separator: ",")
    }
}
