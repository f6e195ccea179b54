import WABinary

/// Where each stanza goes.
extension SimulatedServer {
    func dispatch(_ node: Node, from connection: Connection) {
        switch connection.stage {
        case .registering: dispatchRegistering(node, on: connection)
        case .device(let device): dispatch(node, from: device, on: connection)
        case .ended: break
        }
    }

    private func dispatchRegistering(_ node: Node, on connection: Connection) {
        switch node.tag {
        case "iq" where node["type"] == "result" || node["type"] == "error":
            completeRequest(node, on: connection)
        case "iq":
            answerRegistering(node, on: connection)
        case "ack":
            acknowledgedRegistering(node, on: connection)
        case "ib":
            if node.child("unified_session") != nil { counters.unifiedSessions += 1 }
        default:
            report(.outOfOrder, "\(connection.id) sent \(node.tag) before it was paired")
        }
    }

    /// A stanza of a device, connected or inside the simulator.
    func dispatch(_ node: Node, from device: Device, on connection: Connection? = nil) {
        switch node.tag {
        case "iq":
            guard let connection else { return }
            if node["type"] == "result" || node["type"] == "error" {
                completeRequest(node, on: connection)
            } else {
                answerRequest(node, from: device, on: connection)
            }
        case "message": route(message: node, from: device)
        case "receipt": route(receipt: node, from: device)
        case "ack": acknowledged(node, by: device)
        case "presence": route(presence: node, from: device)
        case "chatstate": route(chatState: node, from: device)
        case "ib": receivedInformation(node, from: device, on: connection)
        case "call": route(call: node, from: device)
        default: counters.unknownStanzas[node.tag, default: 0] += 1
        }
        continueOffline(of: device)
    }

    /// Something of the stream itself, such as the wish for the next batch of what waited.
    private func receivedInformation(_ node: Node, from device: Device, on connection: Connection?) {
        if let session = node.child("unified_session") { return note(session, of: device) }
        guard let connection, let batch = node.child("offline_batch") else { return }
        guard let count = batch.integer("count"), count > 0 else {
            return report(.malformedStanza, "device \(device.address) sent an offline_batch without a count")
        }
        let window = Int(clamping: count)
        if device.isActive {
            device.offline?.window = window
        } else {
            flushQueue(of: device, on: connection, window: window)
        }
    }

    /// `<unified_session id/>`: the milliseconds of a week that begins three days late.
    private func note(_ session: Node, of device: Device) {
        let week: Int64 = 7 * 86_400_000
        guard let id = session.integer("id"), (0..<week).contains(id) else {
            return report(.malformedStanza, "device \(device.address) sent a unified_session without the time of a week")
        }
        counters.unifiedSessions += 1
    }

    /// An answer for a device: written on its connection, or handed to the endpoint inside.
    func answer(_ node: Node, to device: Device, as kind: StanzaKind) {
        if device.endpoint != nil {
            passToEndpoint(node, of: device)
        } else if let connection = liveConnection(of: device) {
            write(node, on: connection, as: kind)
        }
    }

    /// `<ack class id from [type] …>`: the server has taken the stanza.
    func acknowledge(
        _ node: Node, from device: Device, adding extra: [(String, AttributeValue?)] = [], holding children: [Node] = []
    ) {
        var ack = Node("ack", ["class": .text(node.tag)])
        ack.attributes["id"] = node["id"].map { .text($0) }
        ack.attributes["from"] = node.jid("to").map { .jid($0) } ?? .jid(.server)
        if node.tag != "message" { ack.attributes["type"] = node["type"].map { .text($0) } }
        ack.attributes["participant"] = node.jid("participant").map { .jid($0) }
        for (name, value) in extra { ack.attributes[name] = value }
        if !children.isEmpty { ack.content = .nodes(children) }
        answer(ack, to: device, as: .acknowledgement)
    }

    // MARK: - Requests of the server

    func request(_ node: Node, kind: Connection.OpenRequest.Kind, on connection: Connection) {
        guard let id = node["id"] else { return }
        connection.openRequests[id] = .init(kind: kind, sentMilliseconds: nowMilliseconds)
        armSweep()
        write(node, on: connection, as: .request)
    }

    private func completeRequest(_ node: Node, on connection: Connection) {
        guard let id = node["id"], let open = connection.openRequests.removeValue(forKey: id) else { return }
        switch open.kind {
        case .pairSuccess: completePairing(node, on: connection)
        case .pairDevice, .primaryHello, .ping: break
        }
    }

    /// `<iq xmlns="urn:xmpp:ping" type="get">`, to see whether the client is still there.
    package func ping(_ address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        guard let connection = liveConnection(of: device) else { throw .notConnected(address) }
        request(
            Node(
                "iq",
                [
                    "from": .jid(.server), "id": .text(makeID()), "type": "get", "xmlns": "urn:xmpp:ping",
                    "t": .text(String(nowSeconds)),
                ]),
            kind: .ping, on: connection)
    }
}
