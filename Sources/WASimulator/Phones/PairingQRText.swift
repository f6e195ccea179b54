import FoundationEssentials
import WACrypto

/// The text of a pairing QR code: `ref,noise key,identity key,secret,client type`, with or without the link in front.
struct PairingQRText: Equatable {
    let ref: String
    let noiseKey: PublicKey
    let identityKey: PublicKey
    let secret: [UInt8]
    /// One character for the kind of client; nil in the outdated form of four fields.
    let clientType: Character?

    private static let linkPrefix = "https://wa.me/settings/linked_devices#"

    init(_ text: String) throws(SimulatorError) {
        let bare = text.hasPrefix(Self.linkPrefix) ? text.dropFirst(Self.linkPrefix.count) : text[...]
        let fields = bare.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 4 || fields.count == 5, !fields[0].isEmpty,
            let noise = Data(base64Encoded: fields[1]), let noiseKey = try? PublicKey(raw: [UInt8](noise)),
            let identity = Data(base64Encoded: fields[2]), let identityKey = try? PublicKey(raw: [UInt8](identity)),
            let secret = Data(base64Encoded: fields[3]), secret.count == 32
        else { throw .unreadableQRCode }
        if fields.count == 5, fields[4].count != 1 { throw .unreadableQRCode }
        ref = fields[0]
        self.noiseKey = noiseKey
        self.identityKey = identityKey
        self.secret = [UInt8](secret)
        clientType = fields.count == 5 ? fields[4].first : nil
    }
}
