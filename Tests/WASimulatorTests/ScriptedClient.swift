import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

/// A companion device written by hand from the protocol reference, so that the simulator is not tested with itself.
final class ScriptedClient {
    enum Closing { case closed, cut }

    var random: SeededGenerator
    let noiseKey: KeyPair
    let local: LocalIdentity
    let signedPreKey: KeyPair
    /// Of the QR texts; a pairing by code replaces it.
    var advSecret: [UInt8]
    var preKeys: [UInt32: KeyPair] = [:]
    var nextPreKeyID: UInt32 = 1

    var connection: ConnectionID?
    var closing: Closing?
    var cutByteCount: Int?
    var received: [Node] = []
    /// Of frames that are no nodes.
    var payloads: [[UInt8]] = []

    var number = ""
    var device: UInt16 = 0
    var jid = JID.server
    var lid = JID.server
    /// As sent in `device-identity` nodes.
    var identityProof: [UInt8] = []
    /// By peer, in the text form of its LID device.
    var sessions: [String: Session] = [:]
    /// Own keys for groups, with the peers that have them.
    var ownSenderKeys: [JID: (record: SenderKeyRecord, holders: Set<String>)] = [:]
    /// By group and peer.
    var senderKeys: [String: SenderKeyRecord] = [:]
    private var requestCount = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        noiseKey = KeyPair(using: &random)
        local = LocalIdentity(keyPair: KeyPair(using: &random), registrationID: 4_711)
        signedPreKey = KeyPair(using: &random)
        advSecret = random.bytes(32)
    }

    func makeID() -> String {
        requestCount += 1
        return "23.42-\(requestCount)"
    }

    // MARK: - Payloads

    private func commonPayload() -> WAClientPayload {
        var payload = WAClientPayload()
        payload.userAgent.platform = .web
        payload.userAgent.releaseChannel = .release
        payload.userAgent.appVersion.primary = 2
        payload.userAgent.appVersion.secondary = 3_000
        payload.userAgent.appVersion.tertiary = 1_045_649_367
        payload.webInfo.webSubPlatform = .webBrowser
        payload.connectType = .wifiUnknown
        payload.connectReason = .userActivated
        return payload
    }

    func registrationPayload(_ change: (inout WAClientPayload) -> Void = { _ in }) -> [UInt8] {
        var payload = commonPayload()
        payload.passive = false
        payload.pull = false
        payload.devicePairingData.eRegid = Data([0, 0, 0x12, 0x67])
        payload.devicePairingData.eKeytype = Data([5])
        payload.devicePairingData.eIdent = Data(local.keyPair.publicKey.raw)
        payload.devicePairingData.eSkeyID = Data([0, 0, 1])
        payload.devicePairingData.eSkeyVal = Data(signedPreKey.publicKey.raw)
        payload.devicePairingData.eSkeySig = Data(local.keyPair.sign(signedPreKey.publicKey.typed))
        payload.devicePairingData.buildHash = Data(Digest.md5(Array("2.3000.1045649367".utf8)))
        var properties = WADeviceProps()
        properties.os = "Scripted"
        payload.devicePairingData.deviceProps = Data(properties.encoded())
        change(&payload)
        return payload.encoded()
    }

    func loginPayload(_ change: (inout WAClientPayload) -> Void = { _ in }) -> [UInt8] {
        var payload = commonPayload()
        payload.username = UInt64(number) ?? 0
        payload.device = UInt32(device)
        payload.passive = true
        payload.pull = true
        change(&payload)
        return payload.encoded()
    }

    // MARK: - What was received

    /// The oldest stanza with this tag that fits, taken out.
    @discardableResult
    func take(_ tag: String, _ name: String = "the stanza", where fits: (Node) -> Bool = { _ in true }) throws -> Node {
        let index = try #require(
            received.firstIndex { $0.tag == tag && fits($0) }, "\(tag): \(name) did not come, only \(received)")
        return received.remove(at: index)
    }

    func has(_ tag: String, where fits: (Node) -> Bool = { _ in true }) -> Bool {
        received.contains { $0.tag == tag && fits($0) }
    }

    // MARK: - Requests

    func request(
        _ xmlns: String, _ type: String, _ children: [Node], target: JID? = nil, on bench: SimulatorBench,
        id: String? = nil
    ) throws -> Node {
        let id = id ?? makeID()
        var request = Node(
            "iq", ["id": .text(id), "xmlns": .text(xmlns), "type": .text(type), "to": .jid(.server)], children)
        request.attributes["target"] = target.map { .jid($0) }
        try bench.send(request, from: self)
        return try take("iq", "answer to \(xmlns)") { $0["id"] == id }
    }

    func uploadNode(count: Int) -> [Node] {
        let keys = (0..<count).map { _ in
            let id = nextPreKeyID
            nextPreKeyID += 1
            let pair = KeyPair(using: &random)
            preKeys[id] = pair
            return Node(
                "key", [:],
                [
                    Node("id", [:], bytes: [0, UInt8(id >> 8), UInt8(id & 0xFF)]),
                    Node("value", [:], bytes: pair.publicKey.raw),
                ])
        }
        return [
            Node("registration", [:], bytes: [0, 0, 0x12, 0x67]),
            Node("type", [:], bytes: [5]),
            Node("identity", [:], bytes: local.keyPair.publicKey.raw),
            Node("list", [:], keys),
            signedPreKeyNode,
        ]
    }

    var signedPreKeyNode: Node {
        Node(
            "skey", [:],
            [
                Node("id", [:], bytes: [0, 0, 1]), Node("value", [:], bytes: signedPreKey.publicKey.raw),
                Node("signature", [:], bytes: local.keyPair.sign(signedPreKey.publicKey.typed)),
            ])
    }

    /// usync of users by JID.
    func userSync(_ users: [JID], protocols: [String] = ["devices", "lid"], on bench: SimulatorBench) throws -> [Node] {
        let answer = try request(
            "usync", "get",
            [
                Node(
                    "usync", ["sid": "1", "mode": "query", "last": "true", "index": "0", "context": "message"],
                    [
                        Node("query", [:], protocols.map { Node($0, $0 == "devices" ? ["version": "2"] : [:]) }),
                        Node("list", [:], users.map { Node("user", ["jid": .jid($0)], []) }),
                    ])
            ], on: bench)
        return try #require(answer.child("usync")?.child("list")).children
    }
}
