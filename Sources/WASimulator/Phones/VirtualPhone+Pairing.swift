import FoundationEssentials
import SignalProtocol
import WACrypto
import WAProto

/// The phone's part of pairing: it reads the QR text and signs the new device.
extension SimulatedServer {
    /// A phone scans the text of a QR code. The new device finishes by itself; `devices(of:)` shows it then.
    package func scan(_ text: String, by number: String) throws(SimulatorError) {
        let account = try account(number)
        guard let phone = account.phone?.endpoint, phone.isPoweredOn else { throw .poweredOff(number) }
        let code = try PairingQRText(text)
        if code.clientType == nil, !configuration.acceptsFourFieldQRCodes { throw .outdatedQRCode }
        guard let (connection, registration) = registration(showing: code.ref), registration.pairing == nil else {
            throw .expiredQRCode
        }
        guard code.noiseKey == connection.clientStatic, code.identityKey == registration.keys.identity else {
            throw .foreignQRCode
        }
        try sign(code.identityKey, secret: code.secret, as: account, on: connection)
    }

    /// The phone takes the new device into its account.
    func sign(
        _ companion: PublicKey, secret: [UInt8], as account: Account, on connection: Connection
    ) throws(SimulatorError) {
        let device = try account.takeDeviceNumber()
        let keyIndex = account.takeKeyIndex()
        let identity = DeviceIdentityProof.made(
            for: companion, keyIndex: keyIndex, rawID: account.rawID, timestampSeconds: nowSeconds,
            signedBy: account.identity, randomness: random.bytes(64))
        offerPairing(
            PendingPairing(
                number: account.number, device: device, keyIndex: keyIndex, identity: identity, requestID: makeID()),
            sealed: DeviceIdentityProof.sealed(identity, secret: secret),
            platform: account.business == nil ? "android" : "smba", on: connection)
    }

    private func registration(showing ref: String) -> (Connection, Registration)? {
        for id in connections.keys.sorted() {
            guard let connection = connections[id], case .registering(let registration) = connection.stage,
                registration.refs.contains(ref)
            else { continue }
            return (connection, registration)
        }
        return nil
    }

    /// A further companion that lives in the simulator, as a full Signal endpoint. Returns its device number.
    package func addCompanion(to number: String, name: String = "Simulated companion") throws(SimulatorError) -> UInt16
    {
        let account = try account(number)
        let address = DeviceAddress(number, try account.takeDeviceNumber())
        let keyIndex = account.takeKeyIndex()
        let isReused = account.formerDevices.contains(address.device)
        let endpoint = VirtualDevice(
            address: address, generation: account.generation, reuse: isReused ? keyIndex : nil, seeds: seeds)
        let companion = endpoint.local.keyPair
        var identity = DeviceIdentityProof.made(
            for: companion.publicKey, keyIndex: keyIndex, rawID: account.rawID, timestampSeconds: nowSeconds,
            signedBy: account.identity, randomness: random.bytes(64))
        let signed = DeviceIdentityProof.deviceMessage(
            [UInt8](identity.details), companion: companion.publicKey, account: account.identity.publicKey)
        identity.deviceSignature = Data(companion.sign(signed, randomness: random.bytes(64)))
        enroll(
            Device(
                address: address, keyIndex: keyIndex, name: name, signedIdentity: identity.encoded(), endpoint: endpoint
            ),
            in: account)
        return address.device
    }
}
