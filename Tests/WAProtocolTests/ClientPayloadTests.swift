import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@Suite("Client payloads")
struct ClientPayloadTests {
    private let version = WebVersion(tertiary: 1_045_649_367)

    @Test("A login names the account and the device, and asks for nothing before active")
    func login() throws {
        let payload = try #require(ClientPayload.login(device: JID("15551234567", .user, device: 12), version: version))
        let proto = try WAClientPayload(decoding: payload.bytes)
        #expect(proto.username == 15_551_234_567 && proto.device == 12)
        #expect(proto.passive && proto.pull && proto.lidDbMigrated && proto.lc == 1)
        #expect(!proto.hasDevicePairingData)
        expectCommon(proto)
        #expect(ClientPayload.login(device: JID("1000-2", .group), version: version) == nil)
    }

    @Test("A registration carries the device's keys, the build hash and what the phone shows")
    func registration() throws {
        var rng = SeededRandom(seed: 3)
        let identity = KeyPair(using: &rng)
        let signed = KeyPair(using: &rng)
        let signature = identity.sign(signed.publicKey.typed)
        let payload = ClientPayload.registration(
            registrationID: 0x0102_0304, identityKey: identity.publicKey,
            signedPreKey: UploadedSignedPreKey(id: 1, key: signed.publicKey, signature: signature),
            properties: CompanionProperties(name: "OpenWA", platform: .chrome), version: version)
        let proto = try WAClientPayload(decoding: payload.bytes)
        #expect(!proto.passive && !proto.pull && proto.hasPassive && proto.hasPull && !proto.hasUsername)
        expectCommon(proto)
        let data = proto.devicePairingData
        #expect([UInt8](data.eRegid) == [1, 2, 3, 4] && [UInt8](data.eKeytype) == [5])
        #expect([UInt8](data.eIdent) == identity.publicKey.raw && [UInt8](data.eSkeyID) == [0, 0, 1])
        #expect([UInt8](data.eSkeyVal) == signed.publicKey.raw && [UInt8](data.eSkeySig) == signature)
        #expect([UInt8](data.buildHash) == Digest.md5(Array("2.3000.1045649367".utf8)))
        let properties = try WADeviceProps(decoding: [UInt8](data.deviceProps))
        #expect(properties.os == "OpenWA" && properties.platformType == .chrome)
        #expect(properties.hasRequireFullSync && !properties.requireFullSync)
        #expect(properties.historySyncConfig.storageQuotaMb == 10_240)
    }

    @Test("The kind in QR codes matches the platform in the payload")
    func kinds() {
        #expect(CompanionProperties(name: "x").clientKind == .otherWebClient)
        #expect(CompanionProperties(name: "x", platform: .chrome).clientKind == .chrome)
        #expect(CompanionProperties(name: "x", platform: .desktop).clientKind == .electron)
    }

    private func expectCommon(_ proto: WAClientPayload) {
        #expect(proto.userAgent.platform == .web && proto.userAgent.releaseChannel == .release)
        #expect(proto.userAgent.appVersion.primary == 2 && proto.userAgent.appVersion.tertiary == 1_045_649_367)
        #expect(proto.userAgent.mcc == "000" && proto.userAgent.device == "Desktop")
        #expect(proto.connectType == .wifiUnknown && proto.connectReason == .userActivated)
        #expect(proto.webInfo.webSubPlatform == .webBrowser)
    }
}
