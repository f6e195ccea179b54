import Foundation
import WACrypto
import WAProto

/// The ClientPayload of a device that wants to be paired, with keys of its own.
enum Registration {
    static func payload() -> [UInt8] {
        let identity = KeyPair()
        let signedPreKey = KeyPair()
        var payload = WAClientPayload()
        payload.passive = false
        payload.pull = false
        payload.connectType = .wifiUnknown
        payload.connectReason = .userActivated
        payload.webInfo.webSubPlatform = .webBrowser
        payload.userAgent.platform = .web
        payload.userAgent.releaseChannel = .release
        payload.userAgent.appVersion.primary = 2
        payload.userAgent.appVersion.secondary = 3_000
        payload.userAgent.appVersion.tertiary = 1_043_857_760
        var properties = WADeviceProps()
        properties.os = "Bare client"
        payload.devicePairingData.deviceProps = Data(properties.encoded())
        payload.devicePairingData.buildHash = Data(Digest.md5(Array("2.3000.1043857760".utf8)))
        payload.devicePairingData.eRegid = Data([0, 0, 0x12, 0x34])
        payload.devicePairingData.eKeytype = Data([5])
        payload.devicePairingData.eIdent = Data(identity.publicKey.raw)
        payload.devicePairingData.eSkeyID = Data([0, 0, 1])
        payload.devicePairingData.eSkeyVal = Data(signedPreKey.publicKey.raw)
        payload.devicePairingData.eSkeySig = Data(identity.sign(signedPreKey.publicKey.typed))
        return payload.encoded()
    }
}
