import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// The first word on a connection: registration, login or refusal; and what follows a login.
extension SimulatedServer {
    func admit(_ id: ConnectionID, clientStatic: PublicKey, payload: [UInt8]) {
        let connection = Connection(id, clientStatic: clientStatic, stage: .ended, openedMilliseconds: nowMilliseconds)
        connections[id] = connection
        guard let payload = try? WAClientPayload(decoding: payload) else {
            report(.malformedPayload, "\(id): the payload is not a ClientPayload")
            return refuse(connection, reason: 400)
        }
        check(payload, on: id)
        if payload.userAgent.appVersion.tertiary < configuration.minimumVersion {
            return refuse(connection, reason: 405)
        }
        if payload.hasDevicePairingData {
            register(payload, on: connection)
        } else {
            logIn(payload, on: connection)
        }
        if let byteCount = faults.cutByteCount(isPairing: connection.device == nil), connections[id] != nil {
            perform(.cut(id, afterByteCount: byteCount))
        }
    }

    /// What both kinds of payload must say.
    private func check(_ payload: WAClientPayload, on id: ConnectionID) {
        let isRegistration = payload.hasDevicePairingData
        func require(_ isRight: Bool, _ text: String) {
            if !isRight { report(.malformedPayload, "\(id): \(text)") }
        }
        require(payload.hasUserAgent && payload.userAgent.hasAppVersion, "no user agent or version")
        require(payload.hasConnectType && payload.hasConnectReason, "no connect type or reason")
        require(payload.hasUsername != isRegistration, "a username belongs to a login, and only there")
        require(payload.hasDevice || isRegistration, "a login names its device")
    }

    func refuse(_ connection: Connection, reason: Int) {
        counters.refusedLogins += 1
        endStream(connection, with: Node("failure", ["reason": .text(String(reason)), "location": "sim"]))
    }

    // MARK: - Login

    private func logIn(_ payload: WAClientPayload, on connection: Connection) {
        guard let account = accounts[String(payload.username)],
            let device = account.devices[UInt16(truncatingIfNeeded: payload.device)],
            device.noiseKey == connection.clientStatic
        else { return refuse(connection, reason: 401) }
        if let reason = loginFailures.removeValue(forKey: device.address) { return refuse(connection, reason: reason) }
        if let former = liveConnection(of: device) {
            endStream(former, with: Node("stream:error", [:], [Node("conflict", ["type": "replaced"])]))
        }
        counters.logins += 1
        connection.stage = .device(device)
        device.connection = connection.id
        device.isActive = false
        write(
            Node(
                "success",
                [
                    "t": .text(String(nowSeconds)),
                    "props": "27",
                    "location": "sim",
                    "lid": .jid(account.jid(.lid, device: device.address.device)),
                    "abprops": "10",
                    "creation": .text(String(account.createdSeconds)),
                    "companion_enc_static": .text(companionEncryptionKey(of: account)),
                ]),
            on: connection, as: .stream)
        if configuration.sendsEdgeRouting {
            let routing = Node("routing_info", [:], bytes: seeds.bytes("routing/\(device.address)", 12))
            write(
                Node("ib", ["from": .jid(.server)], [Node("edge_routing", [:], [routing])]), on: connection, as: .stream
            )
        }
        for (type, timestamp) in device.dirty.sorted(by: { $0.key < $1.key }) {
            write(dirtyNode(type, timestampSeconds: timestamp), on: connection, as: .stream)
        }
        writePreview(of: device, on: connection)
        if !payload.passive { activate(device, on: connection) }
    }

    private func companionEncryptionKey(of account: Account) -> String {
        Data(seeds.bytes("companion_enc_static/\(account.number)")).base64EncodedString()
    }

    /// Tells what waits, by kind, so that the client can ask for it in batches.
    private func writePreview(of device: Device, on connection: Connection) {
        let waiting = device.queue.waiting
        guard !waiting.isEmpty else { return }
        func count(_ tag: String) -> AttributeValue { .text(String(waiting.count { $0.node.tag == tag })) }
        let preview = Node(
            "offline_preview",
            [
                "count": .text(String(waiting.count)), "appdata": "0", "message": count("message"),
                "notification": count("notification"), "receipt": count("receipt"), "call": count("call"),
                "status": "0",
            ])
        write(Node("ib", ["from": .jid(.server)], [preview]), on: connection, as: .stream)
    }

    /// The client is ready: everything that waited goes out, and a new companion hears from its phone.
    func activate(_ device: Device, on connection: Connection) {
        if !device.isActive { flushQueue(of: device, on: connection) }
        greet(device)
    }

    func dirtyNode(_ type: String, timestampSeconds: Int64) -> Node {
        Node(
            "ib", ["from": .jid(.server)],
            [
                Node("dirty", ["type": .text(type), "timestamp": .text(String(timestampSeconds))])
            ])
    }
}
