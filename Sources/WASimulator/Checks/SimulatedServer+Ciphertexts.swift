import SignalProtocol
import WABinary
import WACrypto

/// What a server can see of a Signal message without any key: its shape, its ratchet key and counter, and the
/// identity that a prekey message claims.
extension SimulatedServer {
    /// What the `participants` of a message under a sender key hold for each device, checked.
    ///
    /// - Parameter isConcerned: whether a device's account is among those the message is for; reports what it has to.
    func ciphertexts(
        of node: Node, _ place: String, from device: Device, isConcerned: (DeviceAddress) -> Bool
    ) -> [DeviceAddress: Node] {
        var own: [DeviceAddress: Node] = [:]
        var targets: [(device: Device, encrypted: Node)] = []
        for entry in node.child("participants")?.children("to") ?? [] {
            guard let jid = entry.jid("jid"), let encrypted = entry.child("enc") else {
                report(.malformedStanza, "\(place): an empty target")
                continue
            }
            guard let address = address(of: jid) else {
                if formerNames.contains(jid.user) { continue }
                report(.unknownDevice, "\(place): encrypted for \(jid)")
                continue
            }
            guard isConcerned(address) else { continue }
            if address == device.address || own[address] != nil {
                report(.malformedStanza, "\(place): encrypted for itself, or twice for \(address)")
            } else if let target = self.device(at: jid) {
                own[address] = encrypted
                targets.append((target, encrypted))
            } else if account(at: jid)?.formerDevices.contains(jid.device) != true {
                report(.unknownDevice, "\(place): encrypted for \(address)")
            }
        }
        checkCiphertexts(targets, in: node, from: device)
        return own
    }

    /// What can be seen of a sender-key message without its key: no iteration may carry two messages.
    ///
    /// - Parameter group: names the key among those of the device; status posts have one of their own.
    @discardableResult
    func checkSenderKey(_ shared: Node, _ place: String, group: String, from device: Device) -> SenderKeyMessage? {
        guard shared["v"] == "2", let bytes = shared.bytes, let message = try? SenderKeyMessage(parsing: bytes) else {
            report(.malformedStanza, "\(place): not a sender-key message")
            return nil
        }
        let key = Array("sender key \(message.id) in \(group)".utf8)
        if !device.ratchets.use(ratchetKey: key, counter: message.iteration, ciphertext: bytes) {
            report(
                .ratchetKeyReuse, "\(place): iteration \(message.iteration) of its sender key carried another message")
        }
        return message
    }

    func checkCiphertexts(_ targets: [(device: Device, encrypted: Node)], in node: Node, from device: Device) {
        let id = node["id"] ?? ""
        var needsIdentity = false
        for (target, encrypted) in targets {
            let place = "message \(id) of device \(device.address) for \(target.address)"
            guard encrypted["v"] == "2", let bytes = encrypted.bytes else {
                report(.malformedStanza, "\(place): enc without v=2 or content")
                continue
            }
            switch encrypted["type"] {
            case "msg": check(message: bytes, place, from: device)
            case "pkmsg":
                needsIdentity = true
                check(preKeyMessage: bytes, place, from: device, to: target)
            default: report(.malformedStanza, "\(place): enc of type \(encrypted["type"] ?? "none")")
            }
        }
        if needsIdentity, device.address.device != 0 { checkIdentity(in: node, from: device) }
    }

    private func check(message bytes: [UInt8], _ place: String, from device: Device) {
        guard let message = try? SignalMessage(parsing: bytes) else {
            return report(.malformedStanza, "\(place): not a Signal message")
        }
        if !device.ratchets.use(ratchetKey: message.ratchetKey.raw, counter: message.counter, ciphertext: bytes) {
            report(.ratchetKeyReuse, "\(place): counter \(message.counter) carried another ciphertext before")
        }
    }

    private func check(preKeyMessage bytes: [UInt8], _ place: String, from device: Device, to target: Device) {
        guard let message = try? PreKeySignalMessage(parsing: bytes) else {
            return report(.malformedStanza, "\(place): not a prekey message")
        }
        let (identity, registrationID) = identityAndRegistration(of: device)
        if message.identityKey != identity || message.registrationID != registrationID {
            report(.malformedKeys, "\(place): identity or registration id is not the device's")
        }
        check(message: message.message.bytes, place, from: device)
        guard let keys = target.uploadedKeys, let preKeyID = message.preKeyID else { return }
        if !keys.preKeys.wasGivenOut(preKeyID) {
            report(.unknownPreKey, "\(place): prekey \(preKeyID) was not given out")
        }
    }

    private func identityAndRegistration(of device: Device) -> (PublicKey?, UInt32?) {
        if let endpoint = device.endpoint {
            return (endpoint.local.keyPair.publicKey, endpoint.local.registrationID)
        }
        return (device.uploadedKeys?.identity, device.uploadedKeys?.registrationID)
    }

    private func checkIdentity(in node: Node, from device: Device) {
        let place = "message \(node["id"] ?? "") of device \(device.address)"
        guard let bytes = node.child("device-identity")?.bytes else {
            return report(.deviceIdentity, "\(place): a prekey message without device-identity")
        }
        guard bytes != device.signedIdentity, let identity = identityAndRegistration(of: device).0 else { return }
        let account = account(of: device).identity.publicKey
        do {
            _ = try DeviceIdentityProof.verified(bytes, companion: identity, account: account)
        } catch {
            report(.deviceIdentity, "\(place): \(error)")
        }
    }
}
