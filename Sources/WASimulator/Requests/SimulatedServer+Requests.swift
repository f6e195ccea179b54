import WABinary

/// The requests of a logged-in client, by namespace and child; whatever is not here is answered with 501 and counted.
extension SimulatedServer {
    func answerRequest(_ node: Node, from device: Device, on connection: Connection) {
        guard let id = node["id"], !id.isEmpty, node["type"] == "get" || node["type"] == "set" else {
            report(
                .malformedStanza,
                "device \(device.address) sent an iq without id or with type \(node["type"] ?? "none")")
            return
        }
        if !connection.isFresh(requestID: id) {
            report(.repeatedRequestID, "device \(device.address) used iq id \(id) twice on one connection")
        }
        if let code = device.refusedRequests[Self.name(of: node)] {
            counters.refusedRequests += 1
            if code != 0 { replyError(to: node, code: code, text: "refused", on: connection) }
            return
        }
        let isSet = node["type"] == "set"
        let child = node.children.first?.tag
        switch (node["xmlns"], child, isSet) {
        case ("w:p", _, _), ("urn:xmpp:ping", _, _):
            reply(to: node, on: connection)
        case ("passive", "active"?, _):
            reply(to: node, [Node("active")], on: connection)
            activate(device, on: connection)
        case ("passive", "passive"?, _):
            reply(to: node, [Node("passive")], on: connection)
            device.isActive = false
        case ("encrypt", "count"?, false): answerPreKeyCount(node, from: device, on: connection)
        case ("encrypt", "digest"?, false): answerDigest(node, from: device, on: connection)
        case ("encrypt", "key"?, false): answerBundles(node, from: device, on: connection)
        case ("encrypt", "rotate"?, true): rotateSignedPreKey(node, from: device, on: connection)
        case ("encrypt", _, true): acceptPreKeys(node, from: device, on: connection)
        case ("usync", "usync"?, _): answerUserSync(node, from: device, on: connection)
        case ("abt", "props"?, _), ("w", "props"?, _):
            reply(to: node, [Self.properties], on: connection)
        case ("blocklist", _, false): answerBlocklist(node, from: device, on: connection)
        case ("blocklist", "item"?, true): block(node, from: device, on: connection)
        case ("privacy", "privacy"?, _): answerPrivacy(node, from: device, on: connection)
        case ("privacy", "tokens"?, true): passTokens(node, from: device, on: connection)
        case ("status", "privacy"?, false):
            reply(to: node, [statusPrivacy(of: account(of: device))], on: connection)
        case ("status", "status"?, true): setAbout(node, from: device, on: connection)
        case ("disappearing_mode", "disappearing_mode"?, true): setDisappearing(node, from: device, on: connection)
        case ("w:sync:app:state", "sync"?, _): answerAppState(node, from: device, on: connection)
        case ("w:m", "media_conn"?, _): reply(to: node, [mediaConnection()], on: connection)
        case ("w:profile:picture", _, false): answerPicture(node, from: device, on: connection)
        case ("w:profile:picture", _, true): setPicture(node, from: device, on: connection)
        case ("w:biz", "business_profile"?, false): answerBusinessProfile(node, on: connection)
        case ("w:biz", "business_profile"?, true): changeBusinessProfile(node, from: device, on: connection)
        case ("md", "remove-companion-device"?, true): unlink(node, from: device, on: connection)
        case ("urn:xmpp:whatsapp:dirty", "clean"?, true):
            for clean in node.children("clean") { device.dirty[clean["type"] ?? ""] = nil }
            reply(to: node, on: connection)
        case ("w:g2", _, _): answerGroupRequest(node, from: device, on: connection)
        case ("w:mex", "query"?, _): answerMex(node, from: device, on: connection)
        case ("newsletter", _, _): answerChannelRequest(node, from: device, on: connection)
        case ("bot", "bot"?, false): answerBots(node, on: connection)
        case ("w:stats", _, _), ("w:comms", _, _), ("tos", _, _), ("w:push", _, true), ("spam", "spam_list"?, true):
            reply(to: node, on: connection)
        default:
            replyUnknown(to: node, on: connection)
        }
    }

    // MARK: - Replies

    func reply(to request: Node, _ children: [Node]? = nil, on connection: Connection) {
        var reply = children.map { Node("iq", [:], $0) } ?? Node("iq")
        reply.attributes["from"] = .jid(request.jid("to") ?? .server)
        reply.attributes["type"] = "result"
        reply.attributes["id"] = request["id"].map { .text($0) }
        if request["xmlns"] == "w:p" { reply.attributes["t"] = .text(String(nowSeconds)) }
        write(reply, on: connection, as: .request)
    }

    func replyError(to request: Node, code: Int, text: String, on connection: Connection) {
        var reply = Node("iq", [:], [Node("error", ["code": .text(String(code)), "text": .text(text)])])
        reply.attributes["from"] = .jid(request.jid("to") ?? .server)
        reply.attributes["type"] = "error"
        reply.attributes["id"] = request["id"].map { .text($0) }
        write(reply, on: connection, as: .request)
    }

    /// Nobody waits in vain: what the simulator does not know is refused, and counted.
    func replyUnknown(to request: Node, on connection: Connection) {
        counters.unknownRequests[Self.name(of: request), default: 0] += 1
        replyError(to: request, code: 501, text: "feature-not-implemented", on: connection)
    }

    /// Such as `encrypt get count`: namespace, type, and the tag of the first child.
    private static func name(of request: Node) -> String {
        "\(request["xmlns"] ?? "none") \(request["type"] ?? "none") \(request.children.first?.tag ?? "none")"
    }

    /// No property is set: clients use their defaults.
    private static let properties = Node(
        "props",
        [
            "protocol": "1", "ab_key": "simulator", "hash": "1", "refresh": "86400", "refresh_id": "0",
        ])
}
