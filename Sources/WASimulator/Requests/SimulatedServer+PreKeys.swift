import SignalProtocol
import WABinary
import WACrypto

/// Prekeys: uploaded, counted, given out one by one, and missed when they run low.
extension SimulatedServer {
    func answerPreKeyCount(_ node: Node, from device: Device, on connection: Connection) {
        reply(to: node, [countNode(of: device)], on: connection)
    }

    private func countNode(of device: Device) -> Node {
        Node("count", ["value": .text(String(device.uploadedKeys?.preKeys.count ?? 0))])
    }

    // MARK: - Upload

    func acceptPreKeys(_ node: Node, from device: Device, on connection: Connection) {
        guard var keys = device.uploadedKeys, let list = node.child("list"),
            let registrationID = node.child("registration")?.bytes, registrationID.count == 4,
            node.child("type")?.bytes == [PublicKey.typeByte],
            let identity = node.child("identity")?.bytes,
            let signedPreKey = node.child("skey").flatMap({ signedPreKey($0) })
        else {
            report(.malformedKeys, "device \(device.address) uploaded prekeys without all their parts")
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        guard identity == keys.identity.raw, UInt32(registrationID.bigEndianNumber ?? 0) == keys.registrationID else {
            report(.malformedKeys, "device \(device.address) uploaded prekeys of another identity or registration")
            return replyError(to: node, code: 406, text: "not-acceptable", on: connection)
        }
        guard keys.identity.isValidSignature(signedPreKey.signature, for: signedPreKey.key.typed) else {
            report(.signedPreKeySignature, "device \(device.address) uploaded a signed prekey with a wrong signature")
            return replyError(to: node, code: 406, text: "not-acceptable", on: connection)
        }
        for key in list.children("key") {
            guard let id = key.child("id")?.bytes, id.count == 3, let value = key.child("value")?.bytes,
                value.count == 32
            else {
                report(.malformedKeys, "device \(device.address) uploaded a prekey of wrong length")
                return replyError(to: node, code: 400, text: "bad-request", on: connection)
            }
            let number = UInt32(id.bigEndianNumber ?? 0)
            if keys.preKeys.add(id: number, key: value) == .conflicting {
                report(.preKeyReuse, "device \(device.address) uploaded prekey id \(number) again with another key")
            }
        }
        keys.signedPreKeyID = signedPreKey.id
        keys.signedPreKey = signedPreKey.key
        keys.signedPreKeySignature = signedPreKey.signature
        device.uploadedKeys = keys
        device.wasToldOfFewPreKeys = false
        reply(to: node, on: connection)
    }

    func rotateSignedPreKey(_ node: Node, from device: Device, on connection: Connection) {
        guard var keys = device.uploadedKeys,
            let signedPreKey = node.child("rotate")?.child("skey").flatMap({ signedPreKey($0) })
        else {
            report(.malformedKeys, "device \(device.address) rotated to a signed prekey that is not whole")
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        guard keys.identity.isValidSignature(signedPreKey.signature, for: signedPreKey.key.typed) else {
            report(.signedPreKeySignature, "device \(device.address) rotated to a signed prekey with a wrong signature")
            return replyError(to: node, code: 406, text: "not-acceptable", on: connection)
        }
        keys.signedPreKeyID = signedPreKey.id
        keys.signedPreKey = signedPreKey.key
        keys.signedPreKeySignature = signedPreKey.signature
        device.uploadedKeys = keys
        reply(to: node, on: connection)
    }

    /// `<skey><id>3 B</id><value>32 B</value><signature>64 B</signature></skey>`
    ///
    /// - Parameter mayBeTyped: whatsapp-rust's retry receipts have keys of 33 bytes, with the type byte. Reference 5.9.
    func signedPreKey(
        _ node: Node, mayBeTyped: Bool = false
    ) -> (id: UInt32, key: PublicKey, signature: [UInt8])? {
        guard let id = node.child("id")?.bytes, id.count == 3, let value = node.child("value")?.bytes,
            let key = mayBeTyped && value.count == 33 ? try? PublicKey(typed: value) : try? PublicKey(raw: value),
            let signature = node.child("signature")?.bytes, signature.count == 64
        else { return nil }
        return (UInt32(id.bigEndianNumber ?? 0), key, signature)
    }

    /// SHA-1 over identity, signed prekey, its signature, and every prekey that is still there.
    func answerDigest(_ node: Node, from device: Device, on connection: Connection) {
        guard let keys = device.uploadedKeys, keys.preKeys.count > 0 else {
            return replyError(to: node, code: 404, text: "item-not-found", on: connection)
        }
        let preKeys = keys.preKeys.remaining
        let hashed = keys.identity.raw + keys.signedPreKey.raw + keys.signedPreKeySignature + preKeys.flatMap(\.key)
        let digest = Node(
            "digest", [:],
            [
                Node("registration", [:], bytes: keys.registrationID.bigEndianBytes),
                Node("type", [:], bytes: [PublicKey.typeByte]),
                Node("identity", [:], bytes: keys.identity.raw),
                Node(
                    "skey", [:],
                    [
                        Node("id", [:], bytes: keyID(keys.signedPreKeyID)),
                        Node("value", [:], bytes: keys.signedPreKey.raw),
                        Node("signature", [:], bytes: keys.signedPreKeySignature),
                    ]),
                Node("list", [:], preKeys.map { Node("id", [:], bytes: keyID($0.id)) }),
                Node("hash", [:], bytes: Digest.sha1(hashed)),
            ])
        reply(to: node, [digest], on: connection)
    }

    // MARK: - Giving out

    func answerBundles(_ node: Node, from device: Device, on connection: Connection) {
        var users: [Node] = []
        for user in node.child("key")?.children("user") ?? [] {
            guard let jid = user.jid("jid") else {
                report(.malformedStanza, "device \(device.address) asked for keys of a user without jid")
                continue
            }
            guard let target = self.device(at: jid), let bundle = takeBundle(of: target) else {
                // One error makes some clients give up the whole list, so unknown devices are left out.
                if let address = address(of: jid) { device.toldDevices.excuse(address) }
                continue
            }
            users.append(bundleNode(bundle, for: jid))
        }
        reply(to: node, [Node("list", [:], users)], on: connection)
    }

    private func bundleNode(_ bundle: PreKeyBundle, for jid: JID) -> Node {
        var children = [
            Node("registration", [:], bytes: bundle.registrationID.bigEndianBytes),
            Node("type", [:], bytes: [PublicKey.typeByte]),
            Node("identity", [:], bytes: bundle.identityKey.raw),
            Node(
                "skey", [:],
                [
                    Node("id", [:], bytes: keyID(bundle.signedPreKeyID)),
                    Node("value", [:], bytes: bundle.signedPreKey.raw),
                    Node("signature", [:], bytes: bundle.signedPreKeySignature),
                ]),
        ]
        if let id = bundle.preKeyID, let key = bundle.preKey {
            children.append(
                Node("key", [:], [Node("id", [:], bytes: keyID(id)), Node("value", [:], bytes: key.raw)]))
        }
        return Node("user", ["jid": .jid(jid)], children)
    }

    /// What somebody needs to write to the device; takes one of its prekeys, if there is one.
    func takeBundle(of device: Device) -> PreKeyBundle? {
        counters.preKeysGivenOut += 1
        if let endpoint = device.endpoint { return endpoint.takeBundle() }
        guard var keys = device.uploadedKeys else { return nil }
        let preKey = keys.preKeys.take()
        device.uploadedKeys = keys
        tellOfFewPreKeys(device, left: keys.preKeys.count)
        return PreKeyBundle(
            registrationID: keys.registrationID, identityKey: keys.identity, signedPreKeyID: keys.signedPreKeyID,
            signedPreKey: keys.signedPreKey, signedPreKeySignature: keys.signedPreKeySignature,
            preKeyID: preKey?.id, preKey: preKey.flatMap { try? PublicKey(raw: $0.key) })
    }

    /// Gives away every one-time prekey that a client uploaded, as a crowd of strangers would. Returns how many there were.
    package func exhaustPreKeys(of address: DeviceAddress) throws(SimulatorError) -> Int {
        let device = try device(address)
        guard let count = device.uploadedKeys?.preKeys.count else { throw .unknownDevice(address) }
        for _ in 0..<count { _ = takeBundle(of: device) }
        return count
    }

    /// `<notification type="encrypt"><digest/></notification>`: the client is to see whether the server has its keys.
    package func askForDigest(of address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        guard device.uploadedKeys != nil else { throw .unknownDevice(address) }
        deliver(notification("encrypt", from: .server, [Node("digest")]), to: device)
    }

    /// `<notification type="encrypt"><count value/></notification>`, once until the next upload.
    private func tellOfFewPreKeys(_ device: Device, left: Int) {
        guard left < configuration.preKeyLowWater, !device.wasToldOfFewPreKeys else { return }
        device.wasToldOfFewPreKeys = true
        deliver(notification("encrypt", from: .server, [countNode(of: device)]), to: device)
    }

    /// Three bytes, highest first.
    func keyID(_ id: UInt32) -> [UInt8] { Array(id.bigEndianBytes.suffix(3)) }
}
