import WABinary

/// Calls, as far as servers pass them on. Section 5.11 of the protocol reference.
///
/// ```
/// <call from=caller id t notify><offer call-id call-creator caller_pn [group-jid]><audio/>[<video/>]</offer></call>
/// <call from=who id t><accept|reject call-id call-creator/></call>        to whoever calls
/// <call from=caller id t><terminate call-id call-creator [reason]/></call>
/// ```
/// When one device of an account answers, the others hear `accepted_elsewhere` or `rejected_elsewhere`.
extension SimulatedServer {
    /// Calls that are over are forgotten beyond so many.
    private static let keptCallCount = 10_000

    // MARK: - What people do

    /// Calls an account, or everybody else in a group. Returns the call's id.
    ///
    /// - Parameter isNotice: devices are only told that there is a call (`offer_notice`), as of large groups.
    package func call(
        _ number: String, from address: DeviceAddress, isVideo: Bool = false, isNotice: Bool = false
    ) throws(SimulatorError) -> String {
        _ = try reachableEndpoint(address)
        var callees = [number]
        var group: JID?
        if let called = groups[number] {
            try checkMayWrite(address.number, in: called, evenIfAnnouncement: true)
            callees = called.members.map(\.number).filter { $0 != address.number }
            group = called.jid
        } else {
            guard accounts[number] != nil, number != address.number else { throw .unknownRecipient(number) }
        }
        let made = Call(
            id: makeMessageID(), caller: address, callees: callees, group: group, isVideo: isVideo,
            startedMilliseconds: nowMilliseconds)
        remember(made)
        for device in callees.flatMap({ accounts[$0]?.sortedDevices ?? [] }) {
            deliver(isNotice ? notice(of: made) : offer(of: made), to: device)
        }
        return made.id
    }

    /// A device of the simulator answers a call.
    package func answerCall(
        _ id: String, accepting: Bool, on address: DeviceAddress
    ) throws(SimulatorError) {
        _ = try reachableEndpoint(address)
        let call = try call(id, of: address.number)
        guard call.callees.contains(address.number) else { throw .unknownCall(id) }
        guard !call.isOver, call.answers[address.number] == nil else { throw .callIsSettled(id) }
        settle(call, accepting ? .accepted(by: address) : .rejected(by: address), by: address)
    }

    /// Whoever called gives up, or somebody hangs up.
    ///
    /// - Parameter reason: `timeout` when left out and nobody has answered.
    package func endCall(
        _ id: String, on address: DeviceAddress, reason: String? = nil
    ) throws(SimulatorError) {
        _ = try reachableEndpoint(address)
        let call = try call(id, of: address.number)
        guard !call.isOver else { throw .callIsSettled(id) }
        let isAnswered = call.answers.values.contains { if case .accepted = $0 { true } else { false } }
        end(call, reason: reason ?? (isAnswered ? nil : "timeout"), by: address)
    }

    package func shownCalls(of number: String) throws(SimulatorError) -> [ShownCall] {
        _ = try account(number)
        return callOrder.compactMap { calls[$0] }.filter { $0.concerns(number) }.map { shown($0, for: number) }
    }

    package func shownCall(_ id: String, of number: String) throws(SimulatorError) -> ShownCall {
        shown(try call(id, of: number), for: number)
    }

    // MARK: - What clients do

    /// `<call to=caller id><reject call-id call-creator count/></call>`, and the like.
    func route(call node: Node, from device: Device) {
        if let wish = node.child("link_create") { return makeCallLink(wish, node, from: device) }
        acknowledge(node, from: device)
        let place = "device \(device.address)"
        guard let child = node.children.first, let id = child["call-id"], let creator = child.jid("call-creator") else {
            return report(.malformedStanza, "\(place): a call without call-id or call-creator")
        }
        guard let call = calls[id], call.concerns(device.address.number) else {
            return report(.unknownTarget, "\(place): \(child.tag) of a call that nobody offered")
        }
        guard address(of: creator)?.number == call.caller.number else {
            return report(.malformedStanza, "\(place): \(child.tag) of a call with another call-creator")
        }
        switch child.tag {
        case "accept", "reject":
            guard let to = node.jid("to").flatMap({ account(at: $0) }), to.number == call.caller.number else {
                return report(.malformedStanza, "\(place): \(child.tag) of a call to somebody who did not call")
            }
            guard !call.isOver, call.answers[device.address.number] == nil else { return }
            settle(
                call, child.tag == "accept" ? .accepted(by: device.address) : .rejected(by: device.address),
                by: device.address)
        case "terminate":
            if !call.isOver { end(call, reason: child["reason"], by: device.address) }
        default: break
        }
    }

    /// `<call to="@call" id><link_create media="audio|video"/></call>`: the token of the link is in the ack.
    private func makeCallLink(_ wish: Node, _ node: Node, from device: Device) {
        let isWellMade = node.jid("to")?.server == .call && ["audio", "video"].contains(wish["media"])
        if !isWellMade { report(.malformedStanza, "device \(device.address): link_create without medium or to @call") }
        let token = inviteCode("call link/\(makeID())")
        acknowledge(node, from: device, holding: [Node("link_create", ["token": .text(token)])])
    }

    /// `<receipt to=caller id><offer call-id call-creator/></receipt>`: the device rings.
    func route(callReceipt node: Node, from device: Device) {
        _ = device.queue.acknowledge(tag: "call", id: node["id"] ?? "")
        acknowledge(node, from: device)
    }

    // MARK: - Inside

    private func reachableEndpoint(_ address: DeviceAddress) throws(SimulatorError) -> VirtualDevice {
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn else { throw .poweredOff(address.number) }
        return endpoint
    }

    private func call(_ id: String, of number: String) throws(SimulatorError) -> Call {
        guard let call = calls[id], call.concerns(number) else { throw .unknownCall(id) }
        return call
    }

    private func remember(_ call: Call) {
        calls[call.id] = call
        callOrder.append(call.id)
        guard callOrder.count > Self.keptCallCount else { return }
        calls[callOrder.removeFirst()] = nil
    }

    private func shown(_ call: Call, for number: String) -> ShownCall {
        let peer = call.caller.number == number ? call.callees.first ?? number : call.caller.number
        return ShownCall(call, for: number, peer: JID(peer, .user))
    }

    private func settle(_ call: Call, _ answer: Call.Answer, by device: DeviceAddress) {
        call.answers[device.number] = answer
        let word = if case .accepted = answer { "accept" } else { "reject" }
        tellCaller(of: call, word, from: device)
        for other in accounts[device.number]?.sortedDevices ?? [] where other.address != device {
            deliver(stanza(of: call, "terminate", from: call.caller, reason: word + "ed_elsewhere"), to: other)
        }
        let rejections = call.answers.values.count { if case .rejected = $0 { true } else { false } }
        if rejections == call.callees.count { call.end = ("rejected", nowMilliseconds) }
    }

    private func tellCaller(of call: Call, _ word: String, from device: DeviceAddress) {
        guard let caller = accounts[call.caller.number]?.devices[call.caller.device] else { return }
        deliver(stanza(of: call, word, from: device, reason: nil), to: caller)
    }

    /// Everybody who still rings or speaks hears that it is over.
    private func end(_ call: Call, reason: String?, by address: DeviceAddress) {
        call.end = (reason, nowMilliseconds)
        for number in [call.caller.number] + call.callees {
            for device in accounts[number]?.sortedDevices ?? [] where device.address != address {
                switch call.answers[number] {
                case .rejected?: continue
                case .accepted(let answering)? where device.address != answering: continue
                case nil where number == call.caller.number && device.address != call.caller: continue
                default: deliver(stanza(of: call, "terminate", from: address, reason: reason), to: device)
                }
            }
        }
    }

    private func offer(of call: Call) -> Node {
        var node = stanza(of: call, "offer", from: call.caller, reason: nil)
        node.attributes["notify"] = .text(accounts[call.caller.number]?.name ?? "")
        node.attributes["platform"] = "android"
        node.attributes["version"] = "2.26.1"
        var offer = node.children[0]
        if let group = call.group { offer.attributes["group-jid"] = .jid(group) }
        var media = [Node("audio", ["enc": "opus", "rate": "16000"])]
        if call.isVideo { media.append(Node("video", ["enc": "h264", "dec": "h264"])) }
        offer.content = .nodes(media)
        node.content = .nodes([offer])
        return node
    }

    private func notice(of call: Call) -> Node {
        var node = offer(of: call)
        var child = node.children[0]
        child.tag = "offer_notice"
        child.attributes["media"] = call.isVideo ? "video" : "audio"
        if call.group != nil { child.attributes["type"] = "group" }
        child.content = nil
        node.content = .nodes([child])
        return node
    }

    private func stanza(of call: Call, _ word: String, from device: DeviceAddress, reason: String?) -> Node {
        func name(_ address: DeviceAddress, _ addressing: Addressing) -> JID {
            accounts[address.number]?.jid(addressing, device: address.device) ?? JID(address.number, .user)
        }
        let addressing: Addressing = accounts[call.caller.number]?.hidesLID == true ? .phoneNumber : .lid
        var child = Node(
            word, ["call-id": .text(call.id), "call-creator": .jid(name(call.caller, addressing))])
        if addressing == .lid { child.attributes["caller_pn"] = .jid(name(call.caller, .phoneNumber)) }
        child.attributes["reason"] = reason.map { .text($0) }
        return Node(
            "call",
            [
                "from": .jid(name(device, addressing)), "id": .text(makeID()), "t": .text(String(nowSeconds)),
            ], [child])
    }
}
