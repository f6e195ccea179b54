import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

/// Every check of the simulator is provoked once: one that cannot fail would be worth nothing.
@Suite("Violations")
struct ViolationTests {
    private let number = "15551234567"
    private let peer = "15557654321"

    @Test("Each kind of violation is noticed, and named by its device", arguments: Violation.Kind.allCases)
    func noticed(kind: Violation.Kind) throws {
        let bench = SimulatorBench(SimulatorConfiguration(acknowledgementMilliseconds: 10_000))
        try bench.drive {
            try $0.addPhone(number)
            try $0.addPhone(peer)
        }
        let client = try ScriptedClient.linked(to: number, seed: 41, on: bench)
        #expect(bench.violations.isEmpty)
        try provoke(kind, client, bench)
        #expect(Set(bench.violations).contains(kind), "\(bench.server.violations)")
        // Nothing else is seen in it, but what necessarily comes along.
        #expect(Set(bench.violations).isSubset(of: [kind] + companions(of: kind)), "\(bench.server.violations)")
        bench.server.forgetViolations()
        #expect(bench.server.violations.isEmpty)
    }

    private func companions(of kind: Violation.Kind) -> [Violation.Kind] {
        switch kind {
        case .deliveredTwice: [.unrequestedRetry]
        case .ratchetKeyReuse, .unknownPreKey: [.undecryptable]
        default: []
        }
    }

    private func provoke(_ kind: Violation.Kind, _ client: ScriptedClient, _ bench: SimulatorBench) throws {
        let user = JID(try bench.server.phone(peer).lid, .lid)
        func stanza(_ id: String = "3EB001") throws -> Node {
            try client.textStanza("text", to: user, id: id, on: bench)
        }
        func send(_ node: Node) throws { try bench.send(node, from: client) }
        /// The enc of the stanza's first target changed.
        func changed(_ node: Node, _ change: (inout Node) throws -> Void) rethrows -> Node {
            var targets = node.child("participants")?.children ?? []
            var encrypted = targets[0].children[0]
            try change(&encrypted)
            targets[0].content = .nodes([encrypted])
            var node = node
            node.content = .nodes([Node("participants", [:], targets)] + node.children.dropFirst())
            return node
        }
        switch kind {
        case .malformedFrame:
            let id = try #require(client.connection)
            try bench.perform(
                bench.server.receivedMalformedFrame("left over bytes", on: id, atMilliseconds: bench.nowMilliseconds))
            #expect(client.received.last?.child("xml-not-well-formed") != nil)
        case .malformedStanza:
            var node = try stanza()
            node.attributes["type"] = nil
            try send(node)
            #expect(try client.take("ack")["error"] == "479")
        case .malformedPayload:
            let other = ScriptedClient(seed: 42)
            try bench.connect(other, payload: other.registrationPayload { $0.devicePairingData.buildHash[0] ^= 1 })
            // Its unanswered pair-device is not what this is about.
            try bench.disconnect(other)
        case .malformedKeys:
            var upload = client.uploadNode(count: 1)
            upload[2] = Node("identity", [:], bytes: client.signedPreKey.publicKey.raw)
            #expect(try client.request("encrypt", "set", upload, on: bench).child("error")?["code"] == "406")
        case .signedPreKeySignature:
            var skey = client.signedPreKeyNode
            skey.content = .nodes(
                Array(skey.children.dropLast()) + [Node("signature", [:], bytes: [UInt8](repeating: 1, count: 64))])
            let answer = try client.request("encrypt", "set", [Node("rotate", [:], [skey])], on: bench)
            #expect(answer.child("error")?["code"] == "406")
        case .deviceSignature:
            let other = ScriptedClient(seed: 43)
            let refs = try other.register(on: bench)
            try bench.drive { try $0.scan(other.qrText(refs[0]), by: number) }
            try other.answerPairSuccess(on: bench) { $0.deviceSignature[0] ^= 1 }
        case .privacy:
            try bench.drive { try $0.changeProfile(of: number, privacy: ["readreceipts": "none"]) }
            try send(Node("receipt", ["id": "3A01", "to": .jid(user), "type": "read", "t": "1760000000"]))
        case .deviceIdentity:
            var node = try stanza()
            node.content = .nodes(node.children.filter { $0.tag != "device-identity" })
            try send(node)
        case .participantHash:
            var node = try stanza()
            node.attributes["phash"] = "2:47DEQpj8"
            try send(node)
        case .missingDevice:
            var node = try stanza()
            let targets = try #require(node.child("participants")).children
            node.content = .nodes([Node("participants", [:], Array(targets.dropLast()))] + node.children.dropFirst())
            try send(node)
        case .unknownDevice:
            var node = try stanza()
            var targets = try #require(node.child("participants")).children
            targets.append(Node("to", ["jid": .jid(user.with(device: 17))], targets[0].children))
            node.content = .nodes([Node("participants", [:], targets)] + node.children.dropFirst())
            try send(node)
        case .missingAcknowledgement:
            try bench.drive { _ = try $0.say("take me", from: DeviceAddress(peer), to: number) }
            try bench.pass(milliseconds: 9_000)
            #expect(bench.violations.isEmpty)
            try bench.pass(milliseconds: 9_000)
            #expect(bench.violations.count == 1, "once a stanza")
        case .missingResult:
            try bench.drive { try $0.ping(DeviceAddress(number, 1)) }
            let ping = try client.take("iq")
            #expect(ping["xmlns"] == "urn:xmpp:ping" && ping["type"] == "get")
            try bench.pass(milliseconds: 20_000)
        case .repeatedRequestID:
            _ = try client.request("w:p", "get", [], on: bench, id: "same")
            _ = try client.request("w:p", "get", [], on: bench, id: "same")
        case .repeatedMessageID:
            try send(try stanza())
            try send(try stanza())
            #expect(client.received.count { $0.tag == "ack" } == 2)
        case .ratchetKeyReuse:
            // The counter is used once more after going back to a stored session, as after a crash.
            let first = try stanza("3EB0A")
            try send(first)
            let saved = client.sessions
            try send(try stanza("3EB0B"))
            client.sessions = saved
            try send(try stanza("3EB0C"))
        case .preKeyReuse:
            _ = try client.request("encrypt", "set", client.uploadNode(count: 1), on: bench)
            client.nextPreKeyID -= 1
            _ = try client.request("encrypt", "set", client.uploadNode(count: 1), on: bench)
        case .unknownPreKey:
            let target = "\(user.user):0"
            let answer = try client.request(
                "encrypt", "get", [Node("key", [:], [Node("user", ["jid": .jid(user)])])], on: bench)
            var bundle = try client.bundle(try #require(answer.child("list")?.child("user")))
            bundle.preKeyID = 9_999
            client.sessions[target] = try Session.initiated(with: bundle, by: client.local, using: &client.random)
            try send(try stanza())
        case .unrequestedRetry:
            _ = try stanza("3EB0UNSENT")
            var message = WAMessage()
            message.conversation = "unasked"
            try send(
                Node(
                    "message", ["id": "3EB001", "to": .jid(user), "type": "text", "device_fanout": "false"],
                    [
                        try client.encNode(message, for: "\(user.user):0", count: 1),
                        Node("device-identity", [:], bytes: client.identityProof),
                    ]))
        case .deliveredTwice:
            try send(try stanza())
            var message = WAMessage()
            message.conversation = "text"
            try send(
                Node(
                    "message", ["id": "3EB001", "to": .jid(user), "type": "text", "device_fanout": "false"],
                    [
                        try client.encNode(message, for: "\(user.user):0", count: 1),
                        Node("device-identity", [:], bytes: client.identityProof),
                    ]))
            #expect(try bench.server.inbox(of: DeviceAddress(peer)).map(\.copyCount) == [2])
        case .malformedContent:
            _ = try stanza("3EB0UNSENT")
            // The copy for the own devices goes to the other party.
            var copy = WAMessage()
            copy.deviceSentMessage.destinationJid = user.description
            copy.deviceSentMessage.message.conversation = "text"
            let targets = try client.devices(of: [user, client.lid.account], on: bench)
            let participants = try targets.map {
                Node("to", ["jid": .jid($0.jid)], [try client.encNode(copy, for: $0.peer)])
            }
            try send(
                Node(
                    "message", ["id": "3EB002", "to": .jid(user), "type": "text"],
                    [
                        Node("participants", [:], participants),
                        Node("device-identity", [:], bytes: client.identityProof),
                    ]))
        case .unshowableContent:
            var message = WAMessage()
            message.locationMessage.degreesLatitude = 91
            try client.send(message, "media", mediaType: "location", to: user, id: "3EB001", on: bench)
        case .stanzaAttributes:
            var message = WAMessage()
            message.conversation = "text"
            try client.send(message, "media", mediaType: "image", to: user, id: "3EB001", on: bench)
        case .unknownTarget:
            var message = WAMessage()
            message.reactionMessage.key.remoteJid = user.description
            message.reactionMessage.key.fromMe = true
            message.reactionMessage.key.id = "3EB0NEVER"
            message.reactionMessage.text = "👍"
            message.reactionMessage.senderTimestampMs = 1
            try client.send(message, "reaction", to: user, id: "3EB001", on: bench)
        case .media:
            var message = WAMessage()
            message.documentMessage.mimetype = "application/pdf"
            message.documentMessage.mediaKey = Data(repeating: 7, count: 32)
            message.documentMessage.fileSha256 = Data(repeating: 1, count: 32)
            message.documentMessage.fileEncSha256 = Data(repeating: 2, count: 32)
            message.documentMessage.fileLength = 3
            message.documentMessage.directPath = "/v/x"
            try client.send(message, "media", mediaType: "document", to: user, id: "3EB001", on: bench)
            try bench.fetched(.failure(.wrongMAC))
        case .undecryptable:
            try send(
                try changed(try stanza()) { encrypted in
                    // A prekey message has no MAC of its own; its inner message does.
                    encrypted.content = .bytes(try spoiled(try #require(encrypted.bytes)))
                })
        case .appStateAction:
            var request = WAMessage()
            request.protocolMessage.type = .appStateSyncKeyRequest
            _ = try client.sayToPhone(request, id: "3EB0KEYS", on: bench)
            let keys = try ScriptedClient.appStateKeys(
                in: client.takePeerMessages(on: bench, milliseconds: 0).map(\.message))
            let (keyID, key) = try #require(keys.first)
            var pinned = WASyncActionValue()
            pinned.timestamp = bench.nowMilliseconds
            pinned.pinAction.pinned = true
            let patch = try Follower(name: "regular_low").patch(
                ["pin_v1", user.description], version: 4, pinned, keyID, key, iv: client.random.bytes(16))
            let collection = Node(
                "collection", ["name": "regular_low", "version": "0"], [Node("patch", [:], bytes: patch.encoded())])
            _ = try client.request("w:sync:app:state", "set", [Node("sync", [:], [collection])], on: bench)
        case .peerRequest:
            try send(Node("receipt", ["id": "3EB0LOST", "to": .jid(client.jid.account), "type": "server-error"]))
        case .appStateMAC:
            func sync(_ version: String, _ patch: [UInt8]?) throws -> Node {
                let collection = Node(
                    "collection", ["name": "critical_block", "version": .text(version)],
                    patch.map { [Node("patch", [:], bytes: $0)] } ?? [])
                return try client.request(
                    "w:sync:app:state", "set", [Node("sync", [:], [collection])], on: bench)
            }
            let patch = try sync("0", nil).child("sync")?.child("collection")?.child("patches")?.child("patch")
            _ = try sync("1", try #require(patch?.bytes))
        case .outOfOrder:
            let node = try stanza()
            try bench.disconnect(client)
            try bench.connect(client, payload: client.loginPayload())
            try send(node)
        case .notInGroup, .senderKeyNotRotated, .senderKeySignature:
            try provokeInGroup(kind, client, bench)
        }
    }

    private func provokeInGroup(_ kind: Violation.Kind, _ client: ScriptedClient, _ bench: SimulatorBench) throws {
        let third = "15559998888"
        let isMember = kind != .notInGroup
        let id = try bench.drive { server in
            try server.addPhone(third)
            return try server.addGroup("Tea", members: [number, peer] + (isMember ? [third] : []))
        }
        let group = JID(id, .group)
        var stanza = try client.groupStanza("one", to: group, id: "3EB001", on: bench)
        guard isMember else {
            let outsider = try client.devices(of: [JID(try bench.server.phone(third).lid, .lid)], on: bench)
            try client.startSessions(with: outsider, on: bench)
            var targets = try #require(stanza.child("participants")).children
            targets.append(
                Node("to", ["jid": .jid(outsider[0].jid)], [try client.encNode(WAMessage(), for: outsider[0].peer)]))
            stanza.content = .nodes([Node("participants", [:], targets)] + stanza.children.dropFirst())
            return try bench.send(stanza, from: client)
        }
        try bench.send(stanza, from: client)
        if kind == .senderKeyNotRotated {
            try bench.drive { try $0.removeMembers([third], from: id) }
            _ = try client.takeNews("remove", of: group, on: bench)
            try bench.pass(milliseconds: 6_000)
            client.ownSenderKeys[group]?.holders = []
        }
        stanza = try client.groupStanza("two", to: group, id: "3EB002", on: bench)
        var shared = try #require(stanza.children.last)
        if kind == .senderKeySignature, var bytes = shared.bytes {
            bytes[bytes.count - 40] ^= 1
            shared.content = .bytes(bytes)
        }
        stanza.content = .nodes([shared])
        try bench.send(stanza, from: client)
    }

    /// A prekey message whose inner ciphertext was changed.
    private func spoiled(_ bytes: [UInt8]) throws -> [UInt8] {
        var wire = try WASignalWirePreKeyMessage(decoding: Array(bytes.dropFirst()))
        let last = wire.message.index(before: wire.message.endIndex)
        wire.message[last] ^= 1
        return [bytes[0]] + wire.encoded()
    }
}
