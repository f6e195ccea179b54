package import WABinary

/// What a server does to its connections of its own accord: for tests, and for people who want to see it.
extension SimulatedServer {
    /// The present connection of a device, if there is one.
    package func connection(of address: DeviceAddress) throws(SimulatorError) -> ConnectionID? {
        try device(address).connection
    }

    /// Replaces the fault plan; its decisions start anew.
    package func setFaults(_ plan: FaultPlan) {
        formerFaultCount += faults.faultCount
        faults = FaultDecider(plan)
    }

    package var faultPlan: FaultPlan { faults.plan }

    /// How many faults the present plan has caused.
    package var faultCount: Int { faults.faultCount }

    /// The phone removes a companion from its linked devices.
    package func unlink(_ address: DeviceAddress) throws(SimulatorError) {
        guard address.device != 0 else { throw .unknownDevice(address) }
        let device = try device(address)
        remove(device, from: try account(address.number), isOwnWish: false)
    }

    /// Ends a device's stream with `<stream:error code>`, or without a code with the given child.
    package func endStream(of address: DeviceAddress, code: Int?, child: Node? = nil) throws(SimulatorError) {
        guard let connection = liveConnection(of: try device(address)) else { throw .notConnected(address) }
        var error = Node("stream:error")
        error.attributes["code"] = code.map { .text(String($0)) }
        if let child { error.content = .nodes([child]) }
        endStream(connection, with: error)
    }

    /// Drops a device's connection without a word.
    package func cut(_ address: DeviceAddress) throws(SimulatorError) {
        guard let connection = liveConnection(of: try device(address)) else { throw .notConnected(address) }
        cut(connection)
    }

    /// Refuses the device's next login with `<failure reason>`.
    package func failNextLogin(of address: DeviceAddress, reason: Int) throws(SimulatorError) {
        loginFailures[try device(address).address] = reason
    }

    /// Tells a device that it has to fetch a kind of data again, now or at its next login, until it says that it has.
    package func markDirty(_ type: String, for address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        device.dirty[type] = nowSeconds
        if let connection = liveConnection(of: device) {
            write(dirtyNode(type, timestampSeconds: nowSeconds), on: connection, as: .stream)
        }
    }

    /// Any stanza for one device, in its queue like everything else: for what the simulator does not do by itself.
    package func push(_ node: Node, to address: DeviceAddress) throws(SimulatorError) {
        deliver(node, to: try device(address))
    }

    /// A stanza for one device that arrives as bytes which are no node, again on every connection.
    package func pushUndecodable(to address: DeviceAddress) throws(SimulatorError) {
        let device = try device(address)
        guard device.endpoint == nil else { throw .unknownDevice(address) }
        let node = Node("notification", ["id": .text(makeID()), "from": .jid(.server)])
        let sequence = device.queue.append(node, isUndecodable: true)
        guard device.isActive, device.offline == nil, let connection = liveConnection(of: device) else { return }
        write(node, on: connection, as: .queued(sequence))
    }

    /// From now on requests of a name, such as `encrypt get count`, are refused with a code, or left unanswered with 0; nil
    /// ends it.
    package func refuseRequests(
        _ name: String, code: Int?, of address: DeviceAddress
    ) throws(SimulatorError) {
        try device(address).refusedRequests[name] = code
    }

    /// Violations that were explained, so that later ones stand out.
    package func forgetViolations() {
        violations.removeAll()
    }
}
