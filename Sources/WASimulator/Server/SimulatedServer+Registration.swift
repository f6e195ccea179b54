import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// A device that is not paired yet: its keys, the refs it shows as QR texts, and the proof it gives at the end.
extension SimulatedServer {
    private static let refCount = 6

    func register(_ payload: WAClientPayload, on connection: Connection) {
        guard let keys = registeredKeys(payload.devicePairingData, on: connection.id) else {
            return refuse(connection, reason: 400)
        }
        counters.registrations += 1
        checkBuild(payload, on: connection.id)
        let properties = try? WADeviceProps(decoding: [UInt8](payload.devicePairingData.deviceProps))
        if properties?.hasOs != true {
            report(.malformedPayload, "\(connection.id): deviceProps are missing or unreadable")
        }
        let refs = (0..<Self.refCount).map { _ in "2@" + Data(random.bytes(48)).base64EncodedString() }
        connection.stage = .registering(
            Registration(keys: keys, deviceName: properties?.os ?? "", refs: refs, pairing: nil))
        timers.add(
            .registrationExpires(connection.id),
            atMilliseconds: nowMilliseconds + configuration.registrationMilliseconds)
        request(
            Node(
                "iq", ["from": .jid(.server), "type": "set", "id": .text(makeID()), "xmlns": "md"],
                [Node("pair-device", [:], refs.map { Node("ref", [:], bytes: Array($0.utf8)) })]),
            kind: .pairDevice, on: connection)
    }

    /// The keys of the payload, if they fit together; what does not is reported.
    private func registeredKeys(
        _ data: WAClientPayload.DevicePairingRegistrationData, on id: ConnectionID
    ) -> UploadedKeys? {
        guard data.eRegid.count == 4, [UInt8](data.eKeytype) == [5], data.eSkeyID.count == 3,
            let identity = try? PublicKey(raw: [UInt8](data.eIdent)),
            let signedPreKey = try? PublicKey(raw: [UInt8](data.eSkeyVal)),
            let registrationID = [UInt8](data.eRegid).bigEndianNumber,
            let signedPreKeyID = [UInt8](data.eSkeyID).bigEndianNumber
        else {
            report(.malformedKeys, "\(id): registration keys have wrong lengths or types")
            return nil
        }
        guard identity.isValidSignature([UInt8](data.eSkeySig), for: signedPreKey.typed) else {
            report(.signedPreKeySignature, "\(id): the signed prekey of the registration")
            return nil
        }
        return UploadedKeys(
            registrationID: UInt32(registrationID), identity: identity, signedPreKeyID: UInt32(signedPreKeyID),
            signedPreKey: signedPreKey, signedPreKeySignature: [UInt8](data.eSkeySig))
    }

    /// `buildHash` is the MD5 of the version as text.
    private func checkBuild(_ payload: WAClientPayload, on id: ConnectionID) {
        let version = payload.userAgent.appVersion
        let text = "\(version.primary).\(version.secondary).\(version.tertiary)"
        if [UInt8](payload.devicePairingData.buildHash) != Digest.md5(Array(text.utf8)) {
            report(.malformedPayload, "\(id): buildHash is not the MD5 of \(text)")
        }
    }

    func answerRegistering(_ node: Node, on connection: Connection) {
        switch node["xmlns"] {
        case "w:p", "urn:xmpp:ping": reply(to: node, on: connection)
        case "md" where node.child("link_code_companion_reg") != nil: answerLinkCode(node, on: connection)
        default: replyUnknown(to: node, on: connection)
        }
    }

    // MARK: - After the scan

    /// The phone has signed the new device: tell it, and wait for its own signature.
    func offerPairing(_ pairing: PendingPairing, sealed: [UInt8], platform: String, on connection: Connection) {
        guard case .registering(var registration) = connection.stage, let account = accounts[pairing.number] else {
            return
        }
        registration.pairing = pairing
        connection.stage = .registering(registration)
        let success = Node(
            "pair-success", [:],
            [
                Node("device-identity", [:], bytes: sealed),
                Node(
                    "device",
                    [
                        "jid": .jid(account.jid(.phoneNumber, device: pairing.device)),
                        "lid": .jid(account.jid(.lid, device: pairing.device)),
                    ]),
                Node("platform", ["name": .text(platform)]),
            ] + (account.business.map { [Node("biz", ["name": .text($0.verifiedName)])] } ?? []))
        request(
            Node(
                "iq",
                [
                    "from": .jid(.server), "type": "set", "id": .text(pairing.requestID),
                    "t": .text(String(nowSeconds)), "xmlns": "md",
                ],
                [success]),
            kind: .pairSuccess, on: connection)
    }

    /// The device answers `pair-success`: with its signature it becomes a device of the account, and must log in.
    func completePairing(_ node: Node, on connection: Connection) {
        guard case .registering(let registration) = connection.stage, let pairing = registration.pairing,
            let account = accounts[pairing.number]
        else { return }
        guard node["type"] == "result" else {
            let error = node.child("error")
            pairingRefusals.append("\(error?["code"] ?? "") \(error?["text"] ?? "")")
            perform(.close(connection.id))
            return forget(connection.id)
        }
        let proof = node.child("pair-device-sign")?.child("device-identity")
        if proof?["key-index"] != String(pairing.keyIndex) {
            report(.malformedStanza, "\(connection.id): pair-device-sign without the right key-index")
        }
        let identity: WAADVSignedDeviceIdentity
        do {
            let verified = try DeviceIdentityProof.verified(
                proof?.bytes ?? [], companion: registration.keys.identity, account: account.identity.publicKey)
            guard verified.details == pairing.identity.details else { throw DeviceIdentityProof.Failure.unreadable }
            identity = verified
        } catch {
            report(.deviceSignature, "\(connection.id): pair-device-sign was refused: \(error)")
            return endStream(connection, with: Node("stream:error", ["code": "500"]))
        }
        enroll(
            Device(
                address: DeviceAddress(account.number, pairing.device), keyIndex: pairing.keyIndex,
                name: registration.deviceName, signedIdentity: identity.encoded(),
                noiseKey: connection.clientStatic, uploadedKeys: registration.keys),
            in: account)
        endStream(connection, with: Node("stream:error", ["code": "515"]))
    }

    /// A companion joins the account, and everybody concerned is told.
    func enroll(_ device: Device, in account: Account) {
        account.add(device, nowSeconds: nowSeconds)
        announceDevices(of: account, change: .added(device))
    }
}
