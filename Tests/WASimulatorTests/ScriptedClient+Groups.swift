import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

/// Groups, by hand from sections 4.6, 5.4 and 8 of the protocol reference.
extension ScriptedClient {
    // MARK: - Requests

    func groupRequest(
        _ type: String, to group: JID = .groupServer, _ child: Node, on bench: SimulatorBench
    ) throws -> Node {
        let id = makeID()
        try bench.send(
            Node("iq", ["id": .text(id), "xmlns": "w:g2", "type": .text(type), "to": .jid(group)], [child]), from: self)
        let answer = try take("iq", "answer to w:g2 \(child.tag)") { $0["id"] == id }
        #expect(answer.attributes["from"] == .jid(group))
        return answer
    }

    func errorCode(
        _ type: String, to group: JID = .groupServer, _ child: Node, on bench: SimulatorBench
    ) throws -> String? {
        try groupRequest(type, to: group, child, on: bench).child("error")?["code"]
    }

    func groupInfo(_ group: JID, on bench: SimulatorBench) throws -> Node {
        let answer = try groupRequest("get", to: group, Node("query", ["request": "interactive"]), on: bench)
        return try #require(answer.child("group"), "\(answer)")
    }

    /// The next notification of a group, acknowledged.
    func takeNews(_ child: String, of group: JID, on bench: SimulatorBench) throws -> Node {
        let note = try take("notification", child) { note in
            note["type"] == "w:gp2" && note.jid("from") == group && note.child(child) != nil
        }
        try acknowledge(note, on: bench)
        return note
    }

    // MARK: - Sending

    /// A whole text message stanza to a group, in the group's addressing, with its sender key for all devices that do
    /// not have it yet.
    ///
    /// - Parameter everybody: gives the key to all devices again.
    func groupStanza(
        _ text: String, to group: JID, id: String, everybody: Bool = false, on bench: SimulatorBench
    ) throws -> Node {
        let info = try groupInfo(group, on: bench)
        let isLID = info["addressing_mode"] == "lid"
        let members = info.children("participant").compactMap { $0.jid("jid") }
        let targets = try devices(of: members, on: bench)
        var key = ownSenderKeys[group] ?? (record: .created(using: &random), holders: [])
        if !key.holders.isSubset(of: Set(targets.map(\.peer))) { key = (.created(using: &random), []) }
        var gift = WAMessage()
        gift.senderKeyDistributionMessage.groupID = group.description
        gift.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(
            try key.record.distribution().bytes)
        let receivers = targets.filter { everybody || !key.holders.contains($0.peer) }
        try startSessions(with: receivers, on: bench)
        let participants = try receivers.map { target in
            key.holders.insert(target.peer)
            return Node("to", ["jid": .jid(target.jid)], [try encNode(gift, for: target.peer)])
        }
        var message = WAMessage()
        message.conversation = text
        let shared = try key.record.encrypt(MessagePadding.pad(message.encoded(), using: &random), using: &random)
        ownSenderKeys[group] = key
        var children = participants.isEmpty ? [] : [Node("participants", [:], participants)]
        if participants.contains(where: { $0.child("enc")?["type"] == "pkmsg" }) {
            children.append(Node("device-identity", [:], bytes: identityProof))
        }
        children.append(Node("enc", ["v": "2", "type": "skmsg"], bytes: shared))
        let own = isLID ? lid : jid
        let hash = Self.hash(of: targets.map(\.jid) + [own.with(device: device)])
        return Node(
            "message",
            [
                "id": .text(id), "to": .jid(group), "type": "text", "phash": .text(hash),
                "addressing_mode": isLID ? "lid" : "pn",
            ], children)
    }

    static func hash(of devices: [JID]) -> String {
        let texts = devices.map { "\($0.user).0:\($0.device)@\($0.server.rawValue)" }.sorted()
        return "2:" + Data(Digest.sha256(Array(texts.joined().utf8)).prefix(6)).base64EncodedString()
    }

    func say(_ text: String, inGroup group: JID, id: String, on bench: SimulatorBench) throws -> Node {
        try send(try groupStanza(text, to: group, id: id, on: bench), on: bench)
    }

    /// Sends a message and returns its ack.
    func send(_ message: Node, on bench: SimulatorBench) throws -> Node {
        try bench.send(message, from: self)
        return try take("ack", "of message \(message["id"] ?? "")") {
            $0["class"] == "message" && $0["id"] == message["id"]
        }
    }

    // MARK: - Receiving

    /// Decrypts a group message: its own part first, which may bring the key. Nil when the key is not there.
    func openGroup(_ node: Node) throws -> WAMessage? {
        let group = try #require(node.jid("from"))
        let author = try #require(node.jid("participant"))
        let other = try #require(node.jid("participant_pn") ?? node.jid("participant_lid"))
        let hidden = author.server == .lid ? author : other
        let name = "\(group) \(hidden.user):\(hidden.device)"
        var content: WAMessage?
        for encrypted in node.children("enc") {
            if encrypted["type"] == "skmsg" {
                guard var record = senderKeys[name] else { return nil }
                let padded = try record.decrypt(try SenderKeyMessage(parsing: try #require(encrypted.bytes)))
                senderKeys[name] = record
                content = try WAMessage(decoding: try MessagePadding.unpad(padded))
            } else {
                var alone = Node("message", ["from": .jid(hidden)], [encrypted])
                alone.attributes["id"] = node.attributes["id"]
                let message = try open(alone)
                if message.hasSenderKeyDistributionMessage {
                    let bytes = [UInt8](message.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage)
                    senderKeys[name, default: .init()].process(try SenderKeyDistribution(parsing: bytes))
                }
                if message.hasConversation { content = message }
            }
        }
        return content
    }

    func groupReceipt(_ node: Node, type: String? = nil, on bench: SimulatorBench) throws {
        var receipt = Node("receipt", ["id": .text(node["id"] ?? "")])
        receipt.attributes["to"] = node.attributes["from"]
        receipt.attributes["participant"] = node.attributes["participant"]
        receipt.attributes["type"] = type.map { .text($0) }
        try bench.send(receipt, from: self)
    }

    /// A retry receipt without keys.
    func groupRetry(_ node: Node, count: Int = 1, on bench: SimulatorBench) throws {
        let id = node["id"] ?? ""
        var receipt = Node(
            "receipt", ["id": .text(id), "type": "retry"],
            [
                Node("retry", ["count": .text(String(count)), "id": .text(id), "t": "1760000000", "v": "1"]),
                Node("registration", [:], bytes: [0, 0, 0x12, 0x67]),
            ])
        receipt.attributes["to"] = node.attributes["from"]
        receipt.attributes["participant"] = node.attributes["participant"]
        try bench.send(receipt, from: self)
    }
}
