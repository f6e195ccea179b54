import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

extension ScriptedClient {
    /// One name for a peer device, whatever name it came with: `<user>:<device>` of its LID.
    private func peerName(_ jid: JID, alternative: JID?) -> String {
        let hidden = jid.server == .lid ? jid : alternative ?? jid
        return "\(hidden.user):\(hidden.device)"
    }

    // MARK: - Receiving

    /// Decrypts the first enc of a stanza.
    func open(_ node: Node) throws -> WAMessage {
        let from = try #require(node.jid("from"))
        let encrypted = try #require(node.child("enc"))
        let bytes = try #require(encrypted.bytes)
        // The own account comes under its phone number without the other name beside it.
        let alternative = node.jid("sender_lid") ?? (from.user == jid.user ? lid.with(device: from.device) : nil)
        let peer = peerName(from, alternative: alternative)
        let padded: [UInt8]
        if encrypted["type"] == "pkmsg" {
            let message = try PreKeySignalMessage(parsing: bytes)
            let result = try Session.decrypting(
                message, existing: sessions[peer], by: local, signedPreKey: signedPreKey,
                preKey: message.preKeyID.flatMap { preKeys[$0] }, using: &random)
            sessions[peer] = result.session
            if let used = result.usedPreKeyID { preKeys[used] = nil }
            padded = result.plaintext
        } else {
            var session = try #require(sessions[peer])
            padded = try session.decrypt(try SignalMessage(parsing: bytes), by: local, using: &random)
            sessions[peer] = session
        }
        return try WAMessage(decoding: try MessagePadding.unpad(padded))
    }

    func acknowledge(_ node: Node, on bench: SimulatorBench) throws {
        var ack = Node("ack", ["class": .text(node.tag), "id": .text(node["id"] ?? "")])
        ack.attributes["to"] = node.attributes["from"]
        if node.tag != "message" { ack.attributes["type"] = node.attributes["type"] }
        try bench.send(ack, from: self)
    }

    func deliveryReceipt(_ node: Node, on bench: SimulatorBench) throws {
        var receipt = Node("receipt", ["id": .text(node["id"] ?? "")])
        receipt.attributes["to"] = node.attributes["from"]
        try bench.send(receipt, from: self)
    }

    // MARK: - Sending

    /// Devices of the users, by usync, without this one; each with its LID form.
    func devices(of users: [JID], on bench: SimulatorBench) throws -> [(jid: JID, peer: String)] {
        try userSync(users, on: bench).flatMap { user -> [(jid: JID, peer: String)] in
            let account = try #require(user.jid("jid"))
            let hidden = try #require(user.child("lid")?.jid("val"))
            let list = try #require(user.child("devices")?.child("device-list"))
            let numbers = list.children("device").compactMap { UInt16($0["id"] ?? "") }
            let isOwn = account.user == jid.user || account.user == lid.user
            return numbers.filter { !isOwn || $0 != device }.map {
                (jid: account.with(device: $0), peer: "\(hidden.user):\($0)")
            }
        }
    }

    func startSessions(with devices: [(jid: JID, peer: String)], on bench: SimulatorBench) throws {
        let missing = devices.filter { sessions[$0.peer] == nil }
        guard !missing.isEmpty else { return }
        let answer = try request(
            "encrypt", "get", [Node("key", [:], missing.map { Node("user", ["jid": .jid($0.jid)]) })], on: bench)
        for user in try #require(answer.child("list")).children("user") {
            let jid = try #require(user.jid("jid"))
            let peer = try #require(missing.first { $0.jid == jid }).peer
            sessions[peer] = try Session.initiated(with: try bundle(user), by: local, using: &random)
        }
    }

    func bundle(_ user: Node) throws -> PreKeyBundle {
        func number(_ node: Node?) throws -> UInt32 {
            try #require(node?.child("id")?.bytes).reduce(0) { $0 << 8 | UInt32($1) }
        }
        let skey = try #require(user.child("skey"))
        let oneTime = user.child("key")
        return PreKeyBundle(
            registrationID: try #require(user.child("registration")?.bytes).reduce(0) { $0 << 8 | UInt32($1) },
            identityKey: try PublicKey(raw: try #require(user.child("identity")?.bytes)),
            signedPreKeyID: try number(skey),
            signedPreKey: try PublicKey(raw: try #require(skey.child("value")?.bytes)),
            signedPreKeySignature: try #require(skey.child("signature")?.bytes),
            preKeyID: try oneTime.map { try number($0) },
            preKey: try oneTime.map { try PublicKey(raw: try #require($0.child("value")?.bytes)) })
    }

    func encNode(_ message: WAMessage, for peer: String, count: Int? = nil) throws -> Node {
        var session = try #require(sessions[peer])
        let encrypted = try session.encrypt(MessagePadding.pad(message.encoded(), using: &random), by: local)
        sessions[peer] = session
        var node = Node("enc", ["v": "2", "type": .text(encrypted.kind.rawValue)], bytes: encrypted.bytes)
        if let count { node.attributes["count"] = .text(String(count)) }
        return node
    }

    /// A whole text message stanza to a user, in the user's addressing, for all devices of both sides.
    func textStanza(_ text: String, to user: JID, id: String, on bench: SimulatorBench) throws -> Node {
        var message = WAMessage()
        message.conversation = text
        return try stanza(message, "text", to: user, id: id, on: bench)
    }

    /// A message of any type, with what its stanza says openly about it.
    func stanza(
        _ message: WAMessage, _ type: String, mediaType: String? = nil, edit: String? = nil, pollType: String? = nil,
        to user: JID, id: String, on bench: SimulatorBench
    ) throws -> Node {
        let own = user.server == .lid ? lid.account : jid.account
        let targets = try devices(of: [user, own], on: bench)
        try startSessions(with: targets, on: bench)
        var copy = WAMessage()
        copy.deviceSentMessage.destinationJid = user.description
        copy.deviceSentMessage.message = message
        let participants = try targets.map { target in
            var encrypted = try encNode(target.jid.user == own.user ? copy : message, for: target.peer)
            encrypted.attributes["mediatype"] = mediaType.map { .text($0) }
            return Node("to", ["jid": .jid(target.jid)], [encrypted])
        }
        let needsProof = participants.contains { $0.child("enc")?["type"] == "pkmsg" }
        var node = Node(
            "message", ["id": .text(id), "to": .jid(user), "type": .text(type)],
            [Node("participants", [:], participants)]
                + (needsProof ? [Node("device-identity", [:], bytes: identityProof)] : [])
                + (pollType.map { [Node("meta", ["polltype": .text($0)])] } ?? []))
        node.attributes["edit"] = edit.map { .text($0) }
        return node
    }

    /// Sends a message of any type.
    func send(
        _ message: WAMessage, _ type: String, mediaType: String? = nil, edit: String? = nil, pollType: String? = nil,
        to user: JID, id: String, on bench: SimulatorBench
    ) throws {
        let node = try stanza(
            message, type, mediaType: mediaType, edit: edit, pollType: pollType, to: user, id: id, on: bench)
        try bench.send(node, from: self)
        try take("ack", "of message \(id)") { $0["class"] == "message" && $0["id"] == id }
    }

    /// Sends a text and returns the server's ack.
    func say(_ text: String, to user: JID, id: String, on bench: SimulatorBench) throws -> Node {
        try bench.send(try textStanza(text, to: user, id: id, on: bench), from: self)
        return try take("ack", "of message \(id)") { $0["class"] == "message" && $0["id"] == id }
    }
}
