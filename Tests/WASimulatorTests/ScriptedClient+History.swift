import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

/// What a companion does with the past of its phone, by hand from the reference.
extension ScriptedClient {
    /// One notification of history, with the message it came in.
    struct HistoryNote {
        let id: String
        let note: WAHistorySyncNotification
    }

    /// Decrypts and acknowledges everything the phone says to this companion, until it is silent.
    func takePeerMessages(on bench: SimulatorBench, milliseconds: Int64 = 200) throws -> [(
        id: String, message: WAMessage
    )] {
        var taken: [(String, WAMessage)] = []
        var isSilent = false
        while !isSilent {
            isSilent = true
            while let index = received.firstIndex(where: { $0["category"] == "peer" }) {
                let node = received.remove(at: index)
                taken.append((node["id"] ?? "", try open(node)))
                try sayReceived(node["id"] ?? "", "peer_msg", on: bench)
                isSilent = false
            }
            try bench.pass(milliseconds: isSilent ? milliseconds : 20)
            if received.contains(where: { $0["category"] == "peer" }) { isSilent = false }
        }
        return taken
    }

    func sayReceived(_ id: String, _ type: String, on bench: SimulatorBench) throws {
        try bench.send(
            Node("receipt", ["id": .text(id), "to": .jid(jid.account), "type": .text(type)]), from: self)
    }

    /// Everything of the past that the phone sends, opened, each acknowledged with `hist_sync`.
    func takeHistory(on bench: SimulatorBench) throws -> [(note: HistoryNote, history: WAHistorySync)] {
        try takePeerMessages(on: bench).filter { $0.message.protocolMessage.hasHistorySyncNotification }
            .map { id, message in
                let note = HistoryNote(id: id, note: message.protocolMessage.historySyncNotification)
                let history = try open(note, on: bench)
                try sayReceived(id, "hist_sync", on: bench)
                return (note, history)
            }
    }

    func open(_ note: HistoryNote, on bench: SimulatorBench) throws -> WAHistorySync {
        if note.note.hasInitialHistBootstrapInlinePayload {
            return try WAHistorySync(
                decoding: try Zlib.inflate([UInt8](note.note.initialHistBootstrapInlinePayload), limit: 1 << 26))
        }
        let file = try #require(bench.stored[MediaPath.name(of: note.note.directPath)])
        let keys = try MediaKeys(mediaKey: [UInt8](note.note.mediaKey), purpose: .history)
        let plain = try MediaCipher.decrypt(
            file.bytes, keys: keys, fileSHA256: [UInt8](note.note.fileSha256),
            encryptedFileSHA256: [UInt8](note.note.fileEncSha256))
        #expect(UInt64(plain.count) == note.note.fileLength)
        return try WAHistorySync(decoding: try Zlib.inflate(plain, limit: 1 << 26))
    }

    /// Sends a protocol message to the own phone. Returns its id.
    @discardableResult
    func sayToPhone(_ message: WAMessage, id: String, token: Node? = nil, on bench: SimulatorBench) throws -> Node {
        let phone = lid.account
        try startSessions(with: [(jid: phone, peer: "\(phone.user):0")], on: bench)
        let encrypted = try encNode(message, for: "\(phone.user):0")
        let proof =
            encrypted["type"] == "pkmsg" ? [Node("device-identity", [:], bytes: identityProof)] : []
        try bench.send(
            Node(
                "message",
                [
                    "id": .text(id), "to": .jid(jid.account), "type": "text", "category": "peer",
                    "push_priority": "high_force",
                ], [Node("meta", ["appdata": "default"]), encrypted] + proof + [token].compactMap { $0 }), from: self)
        return try take("ack", "of peer message \(id)") { $0["id"] == id }
    }

    /// Asks for a re-upload, as reference 7.6 has it.
    func askForReupload(
        _ id: String, mediaKey: [UInt8], naming named: String? = nil, rmr: Node? = nil, on bench: SimulatorBench
    ) throws {
        var wish = WAServerErrorReceipt()
        wish.stanzaID = named ?? id
        let iv = random.bytes(12)
        let sealed = try MediaRetryCipher(mediaKey: mediaKey, messageID: id).seal(wish.encoded(), iv: iv)
        var receipt = Node(
            "receipt", ["id": .text(id), "to": .jid(jid.account), "type": "server-error"],
            [Node("encrypt", [:], [Node("enc_p", [:], bytes: sealed), Node("enc_iv", [:], bytes: iv)])]
                + [rmr].compactMap { $0 })
        if rmr == nil { receipt.attributes["category"] = "peer" }
        try bench.send(receipt, from: self)
    }

    /// The answer to it, opened and acknowledged; nil where it is an error code.
    func takeReupload(
        _ id: String, mediaKey: [UInt8], on bench: SimulatorBench
    ) throws -> (answer: WAMediaRetryNotification?, node: Node) {
        let node = try take("notification", "answer to \(id)") { $0["type"] == "mediaretry" && $0["id"] == id }
        try acknowledge(node, on: bench)
        guard let encrypt = node.child("encrypt") else { return (nil, node) }
        let opened = try MediaRetryCipher(mediaKey: mediaKey, messageID: id).open(
            try #require(encrypt.child("enc_p")?.bytes), iv: try #require(encrypt.child("enc_iv")?.bytes))
        return (try WAMediaRetryNotification(decoding: opened), node)
    }
}
