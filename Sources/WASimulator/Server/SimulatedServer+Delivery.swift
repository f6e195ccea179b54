import WABinary

/// Writing to connections: queues, faults, ends of streams.
extension SimulatedServer {
    /// A stanza for a device: waits in its queue until it is acknowledged, and is written now if the device listens.
    func deliver(_ node: Node, to device: Device) {
        if let endpoint = device.endpoint {
            if endpoint.isPoweredOn {
                passToEndpoint(node, of: device)
            } else {
                _ = device.queue.append(node)
            }
            return
        }
        let sequence = device.queue.append(node)
        guard device.isActive, device.offline == nil, let connection = liveConnection(of: device) else { return }
        write(node, on: connection, as: .queued(sequence))
    }

    /// Presence and the like: whoever is not there misses it.
    func deliverTransient(_ node: Node, to device: Device) {
        if let endpoint = device.endpoint {
            if endpoint.isPoweredOn { passToEndpoint(node, of: device) }
            return
        }
        guard let connection = liveConnection(of: device) else { return }
        write(node, on: connection, as: .transient)
    }

    func liveConnection(of device: Device) -> Connection? {
        device.connection.flatMap { connections[$0] }
    }

    /// Begins to write what waits for the device, at most `window` stanzas ahead of its acknowledgements.
    func flushQueue(of device: Device, on connection: Connection, window: Int = .max) {
        device.isActive = true
        device.offline = OfflineDelivery(window: window)
        continueOffline(of: device)
    }

    /// Writes what the window has room for, marked as offline delivery, and after all of it the end.
    func continueOffline(of device: Device) {
        guard var offline = device.offline, let connection = liveConnection(of: device) else { return }
        var isOver = false
        while device.queue.sentCount < offline.window {
            guard let entry = device.queue.firstUnsent(from: offline.nextSequence) else {
                isOver = true
                break
            }
            var node = entry.node
            node.attributes["offline"] = .text(String(offline.writtenCount))
            offline.nextSequence = entry.sequence + 1
            offline.writtenCount += 1
            write(node, on: connection, as: .queued(entry.sequence))
        }
        guard device.offline != nil else { return }
        device.offline = isOver ? nil : offline
        guard isOver else { return }
        write(
            Node("ib", ["from": .jid(.server)], [Node("offline", ["count": .text(String(offline.writtenCount))])]),
            on: connection, as: .stream)
    }

    // MARK: - Writing

    func write(_ node: Node, on connection: Connection, as kind: StanzaKind) {
        guard connections[connection.id] != nil, !connection.isMuted else { return }
        let chat = orderedChat(of: node, kind)
        // A stanza may not pass an earlier one of its chat that is being held back.
        if let chat, let earlier = connection.held.last(where: { $0.chat == chat }) {
            hold(node, on: connection, as: kind, chat: chat, until: earlier.releaseMilliseconds)
            return
        }
        let isQueued = if case .queued = kind { true } else { false }
        guard kind != .stream else { return emit(node, on: connection, as: kind) }
        if kind == .acknowledgement, node["class"] == "message", faults.withholdsAcknowledgement() {
            return scheduleCut(connection)
        }
        switch faults.forOutgoing(isPairing: connection.device == nil, isQueued: isQueued) {
        case .none:
            emit(node, on: connection, as: kind)
        case .lost:
            scheduleCut(connection)
        case .duplicated:
            emit(node, on: connection, as: kind)
            emit(node, on: connection, as: kind)
        case .delayed(let milliseconds):
            hold(node, on: connection, as: kind, chat: chat, until: nowMilliseconds + milliseconds)
        }
    }

    private func hold(_ node: Node, on connection: Connection, as kind: StanzaKind, chat: String?, until: Int64) {
        connection.held.append(.init(node: node, kind: kind, chat: chat, releaseMilliseconds: until))
        timers.add(.release(connection.id), atMilliseconds: until)
    }

    func releaseHeld(on connection: Connection) {
        let due = connection.held.filter { $0.releaseMilliseconds <= nowMilliseconds }
        connection.held.removeAll { $0.releaseMilliseconds <= nowMilliseconds }
        for held in due { emit(held.node, on: connection, as: held.kind) }
    }

    private func emit(_ node: Node, on connection: Connection, as kind: StanzaKind) {
        guard node.fitsOnWire else {
            return report(
                .malformedStanza, "\(name(of: connection)): a \(node.tag) for it has more parts than can be sent")
        }
        if case .queued(let sequence) = kind, let device = connection.device, var entry = device.queue[sequence] {
            entry.sentMilliseconds = nowMilliseconds
            entry.deliveries += 1
            device.queue[sequence] = entry
            armSweep()
            if entry.isUndecodable { return perform(.sendPayload(Self.undecodable, to: connection.id)) }
        }
        counters.stanzasSent += 1
        perform(.send(node, to: connection.id))
    }

    /// A frame of a node whose list is cut off.
    private static let undecodable: [UInt8] = [0, 0xF8, 0x09, 0x03]

    /// Queued stanzas of one chat are kept in order; replies and acks come from other parts of a server.
    private func orderedChat(of node: Node, _ kind: StanzaKind) -> String? {
        guard case .queued = kind else { return nil }
        guard let from = node.jid("from") else { return "" }
        return from.account.description
    }

    // MARK: - Ends

    /// Says why the stream ends, and closes.
    func endStream(_ connection: Connection, with node: Node) {
        guard connections[connection.id] != nil else { return }
        releaseAll(on: connection)
        emit(node, on: connection, as: .stream)
        perform(.close(connection.id))
        forget(connection.id)
    }

    private func releaseAll(on connection: Connection) {
        for held in connection.held { emit(held.node, on: connection, as: held.kind) }
        connection.held.removeAll()
    }

    /// Drops the connection without a word.
    func cut(_ connection: Connection) {
        guard connections[connection.id] != nil else { return }
        perform(.cut(connection.id, afterByteCount: 0))
        forget(connection.id)
    }

    func scheduleCut(_ connection: Connection) {
        guard !connection.isCutScheduled else { return }
        connection.isCutScheduled = true
        timers.add(.cut(connection.id), atMilliseconds: nowMilliseconds + faults.plan.recoveryMilliseconds)
    }

    func forget(_ id: ConnectionID) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        let device = connection.device
        connection.stage = .ended
        connection.held.removeAll()
        guard let device, device.connection == id else { return }
        device.connection = nil
        device.isActive = false
        device.offline = nil
        device.queue.connectionEnded()
        endPresenceSubscriptions(of: device)
        setAvailable(false, for: device)
    }
}

extension Node {
    /// A list on the wire holds at most 65,535 items: a client can make the server keep more than that.
    fileprivate var fitsOnWire: Bool {
        guard attributes.count < 32_767 else { return false }
        guard case .nodes(let children)? = content else { return true }
        return children.count <= 65_535 && children.allSatisfy(\.fitsOnWire)
    }
}
