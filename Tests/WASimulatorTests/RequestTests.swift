import Foundation
import SignalProtocol
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Requests")
struct RequestTests {
    private let number = "15551234567"
    private let peer = "15557654321"

    private func linked(
        _ configuration: SimulatorConfiguration = SimulatorConfiguration()
    ) throws -> (SimulatorBench, ScriptedClient) {
        let bench = SimulatorBench(configuration)
        try bench.drive {
            try $0.addPhone(number, name: "Ada")
            try $0.addPhone(peer, name: "Bob")
        }
        return (bench, try ScriptedClient.linked(to: number, seed: 21, on: bench))
    }

    @Test("Prekeys run down one by one, with one warning below five, and none left after the last")
    func preKeyPool() throws {
        let bench = SimulatorBench()
        try bench.drive {
            try $0.addPhone(number)
            try $0.addPhone(peer)
        }
        let client = ScriptedClient(seed: 22)
        try client.pair(with: number, on: bench)
        try client.logIn(on: bench, preKeyCount: 8)
        try client.takeGreeting(on: bench)
        let other = try ScriptedClient.linked(to: peer, seed: 23, on: bench)
        func count() throws -> String? {
            try client.request("encrypt", "get", [Node("count")], on: bench).child("count")?["value"]
        }
        #expect(try count() == "7", "the phone's greeting took one")
        var ids: [[UInt8]?] = []
        for _ in 0..<8 {
            let answer = try other.request(
                "encrypt", "get", [Node("key", [:], [Node("user", ["jid": .jid(client.lid)])])], on: bench)
            let user = try #require(answer.child("list")?.child("user"))
            #expect(user.attributes["jid"] == .jid(client.lid))
            ids.append(user.child("key")?.child("id")?.bytes)
        }
        #expect(ids == [[0, 0, 2], [0, 0, 3], [0, 0, 4], [0, 0, 5], [0, 0, 6], [0, 0, 7], [0, 0, 8], nil])
        #expect(try count() == "0")
        let warnings = client.received.filter { $0.tag == "notification" && $0["type"] == "encrypt" }
        #expect(warnings.map { $0.child("count")?["value"] } == ["4"])
        #expect(warnings.first?.attributes["from"] == .jid(.server))
        _ = try client.request("encrypt", "set", client.uploadNode(count: 5), on: bench)
        #expect(try count() == "5")
        #expect(bench.violations.isEmpty)
    }

    @Test("A client is asked whether the server has its keys")
    func digestWish() throws {
        let (bench, client) = try linked()
        try bench.drive { try $0.askForDigest(of: DeviceAddress(number, client.device)) }
        let note = try client.take("notification") { $0["type"] == "encrypt" }
        #expect(note.child("digest") != nil && note.jid("from") == .server)
        #expect(throws: SimulatorError.unknownDevice(DeviceAddress(number))) {
            try bench.server.askForDigest(of: DeviceAddress(number))
        }
    }

    @Test("The bots there are can be listed and looked at; reports of spam are taken")
    func botsAndSpam() throws {
        let (bench, client) = try linked()
        let list = try #require(
            try client.request("bot", "get", [Node("bot", ["v": "2"])], on: bench).child("bot"))
        let bot = try #require(list.children("section").first { $0["type"] == "all" }?.child("bot"))
        #expect(list.child("default")?["persona_id"] == bot["persona_id"])
        let jid = try #require(bot.jid("jid"))
        let user = try #require(try client.userSync([jid], protocols: ["bot"], on: bench).first)
        let profile = try #require(user.child("bot")?.child("profile"))
        for tag in ["name", "attributes", "description", "category"] {
            #expect(profile.child(tag)?.bytes != nil, "whatsmeow reads \(tag) without looking")
        }
        #expect(profile.child("commands")?.child("description")?.bytes != nil)
        #expect(profile.child("prompts")?.child("prompt")?.child("emoji")?.bytes != nil)
        let report = Node("spam_list", ["spam_flow": "chat", "jid": .jid(JID(peer, .user))], [Node("message")])
        #expect(try client.request("spam", "set", [report], on: bench)["type"] == "result")
        #expect(bench.server.counters.unknownRequests.isEmpty)
    }

    @Test("What does not fit on the wire is not sent, however a client brought it about")
    func tooLong() throws {
        let (bench, client) = try linked()
        var users: [Node] = []
        for index in 0..<40_000 {
            users.append(Node("user", ["action": "add", "jid": .jid(JID(String(1_000_000 + index), .lid))]))
        }
        for start in [0, 40_000] {
            let people = users.map { user -> Node in
                var user = user
                user.attributes["jid"] = user.jid("jid").map { .jid(JID(String((Int($0.user) ?? 0) + start), .lid)) }
                return user
            }
            let category = Node("category", ["name": "last", "value": "contact_blacklist"], people)
            _ = try client.request("privacy", "set", [Node("privacy", [:], [category])], on: bench)
        }
        let list = Node("list", ["name": "last", "value": "contact_blacklist"])
        try bench.send(
            Node(
                "iq", ["id": "L1", "xmlns": "privacy", "type": "get", "to": .jid(.server)],
                [Node("privacy", [:], [list])]),
            from: client)
        #expect(!client.has("iq") { $0["id"] == "L1" })
        #expect(bench.violations == [.malformedStanza])
    }

    @Test("An upload whose answer was lost may be repeated without doubling the pool")
    func repeatedUpload() throws {
        let (bench, client) = try linked()
        let upload = client.uploadNode(count: 3)
        let before = bench.server.snapshot().phones[0].devices[1].preKeyCount ?? 0
        _ = try client.request("encrypt", "set", upload, on: bench)
        _ = try client.request("encrypt", "set", upload, on: bench)
        #expect(bench.server.snapshot().phones[0].devices[1].preKeyCount == before + 3)
        #expect(bench.violations.isEmpty)
    }

    @Test("The digest covers identity, signed prekey and all remaining prekeys")
    func digest() throws {
        let (bench, client) = try linked()
        let digest = try #require(
            try client.request("encrypt", "get", [Node("digest")], on: bench).child("digest"))
        let ids = try #require(digest.child("list")).children("id").compactMap(\.bytes)
        let signature = try #require(digest.child("skey")?.child("signature")?.bytes)
        let keys = ids.compactMap { client.preKeys[UInt32($0[1]) << 8 | UInt32($0[2])]?.publicKey.raw }
        #expect(keys.count == ids.count)
        let expected = Digest.sha1(
            client.local.keyPair.publicKey.raw + client.signedPreKey.publicKey.raw + signature + keys.flatMap { $0 })
        #expect(digest.child("hash")?.bytes == expected)
    }

    @Test("Users are found by JID in both names, with devices, signed indexes and hidden id")
    func userSync() throws {
        let (bench, client) = try linked()
        let companion = try bench.drive { try $0.addCompanion(to: peer) }
        let hidden = JID(try bench.server.phone(peer).lid, .lid)
        for asked in [JID(peer, .user), hidden] {
            let user = try #require(try client.userSync([asked], on: bench).first)
            #expect(user.attributes["jid"] == .jid(asked))
            #expect(user.child("lid")?.attributes["val"] == .jid(hidden))
            let devices = try #require(user.child("devices"))
            #expect(devices.child("device-list")?.children("device").map { $0["id"] } == ["0", String(companion)])
            #expect(devices.child("device-list")?.children("device").map { $0["key-index"] } == ["0", "1"])
            let list = try WAADVSignedKeyIndexList(
                decoding: try #require(devices.child("key-index-list")?.bytes))
            #expect(try WAADVKeyIndexList(decoding: [UInt8](list.details)).validIndexes == [1])
            let answer = try client.request(
                "encrypt", "get", [Node("key", [:], [Node("user", ["jid": .jid(asked)])])], on: bench)
            let identity = try PublicKey(
                raw: try #require(answer.child("list")?.child("user")?.child("identity")?.bytes))
            #expect(identity.isValidSignature([UInt8](list.accountSignature), for: [6, 2] + [UInt8](list.details)))
        }
        let unknown = try #require(try client.userSync([JID("15550009999", .user)], on: bench).first)
        #expect(unknown.child("lid") == nil)
        #expect(unknown.child("devices")?.child("device-list")?.children.isEmpty == true)
    }

    @Test("Numbers are looked up as typed, and the text is given back as bytes")
    func contacts() throws {
        let (bench, client) = try linked()
        let hidden = JID(try bench.server.phone(peer).lid, .lid)
        func ask(_ text: String, _ contact: Node) throws -> Node {
            let answer = try client.request(
                "usync", "get",
                [
                    Node(
                        "usync", ["sid": "7", "mode": "query", "last": "true", "index": "0", "context": "interactive"],
                        [
                            Node("query", [:], [contact]),
                            Node("list", [:], [Node("user", [:], [Node("contact", [:], bytes: Array(text.utf8))])]),
                        ])
                ], on: bench)
            #expect(answer.child("usync")?["sid"] == "7")
            return try #require(answer.child("usync")?.child("list")?.child("user"))
        }
        let plain = try ask("+\(peer)", Node("contact"))
        #expect(plain.attributes["jid"] == .jid(JID(peer, .user)))
        #expect(plain.child("contact") == Node("contact", ["type": "in"], bytes: Array("+\(peer)".utf8)))
        let lidFirst = try ask("\(peer)@c.us", Node("contact", ["addressing_mode": "lid"]))
        #expect(lidFirst.attributes["jid"] == .jid(hidden))
        #expect(lidFirst.attributes["pn_jid"] == .jid(JID(peer, .user)))
        #expect(lidFirst.child("contact")?.text == "\(peer)@c.us")
        #expect(try ask("+15550009999", Node("contact")).child("contact")?["type"] == "out")
        #expect(try ask("12", Node("contact")).child("contact")?["type"] == "invalid")
    }

    @Test("A request nobody knows is refused with 501 and counted; every id is answered")
    func unknown() throws {
        let (bench, client) = try linked()
        let answer = try client.request("w:future", "get", [Node("what")], on: bench)
        #expect(answer["type"] == "error")
        #expect(answer.attributes["from"] == .jid(.server))
        #expect(answer.child("error")?["code"] == "501")
        #expect(bench.server.counters.unknownRequests == ["w:future get what": 1])
    }

    @Test(
        "Each of these is answered with a result",
        arguments: [
            ("w:p", "get", "", ""), ("urn:xmpp:ping", "get", "ping", ""), ("abt", "get", "props", "props"),
            ("w", "get", "props", "props"), ("blocklist", "get", "", "list"), ("privacy", "get", "privacy", "privacy"),
            ("status", "get", "privacy", "privacy"), ("w:m", "set", "media_conn", "media_conn"),
            ("w:stats", "set", "add", ""), ("tos", "set", "notice", ""),
            ("passive", "set", "passive", "passive"), ("urn:xmpp:whatsapp:dirty", "set", "clean", ""),
        ])
    func known(xmlns: String, type: String, child: String, expected: String) throws {
        let (bench, client) = try linked()
        let answer = try client.request(xmlns, type, child.isEmpty ? [] : [Node(child)], on: bench)
        #expect(answer["type"] == "result")
        #expect(answer.attributes["from"] == .jid(.server))
        #expect(answer.children.first?.tag == (expected.isEmpty ? nil : expected))
        #expect(bench.server.counters.unknownRequests.isEmpty)
    }

    @Test("Media hosts are the configured ones")
    func mediaHosts() throws {
        let (bench, client) = try linked(SimulatorConfiguration(mediaHosts: ["localhost:8443", "localhost:8444"]))
        let answer = try client.request("w:m", "set", [Node("media_conn")], on: bench)
        let connection = try #require(answer.child("media_conn"))
        #expect(connection.children("host").map { $0["hostname"] } == ["localhost:8443", "localhost:8444"])
        for name in ["auth", "ttl", "auth_ttl", "max_buckets"] { #expect(connection[name] != nil) }
    }

    @Test("A trusted-contact token reaches the contact's devices, with the issuer's other name")
    func tokens() throws {
        let (bench, client) = try linked()
        let contact = try ScriptedClient.linked(to: peer, seed: 24, on: bench)
        _ = try client.request(
            "privacy", "set",
            [
                Node(
                    "tokens", [:],
                    [
                        Node("token", ["jid": .jid(JID(peer, .user)), "t": "1760000000", "type": "trusted_contact"])
                    ])
            ], on: bench)
        let note = try contact.take("notification") { $0["type"] == "privacy_token" }
        #expect(note.attributes["from"] == .jid(JID(number, .user)))
        #expect(note.attributes["sender_lid"] == .jid(client.lid.account))
        let token = try #require(note.child("tokens")?.child("token"))
        #expect(token["type"] == "trusted_contact" && token["t"] == "1760000000")
        #expect(token.bytes?.isEmpty == false)
    }

    // MARK: - App state

    private func appState(
        _ name: String, version: Int?, patch: [UInt8]? = nil, _ client: ScriptedClient, _ bench: SimulatorBench
    ) throws -> Node {
        var collection = Node("collection", ["name": .text(name), "return_snapshot": .boolean(version == nil)])
        if let version { collection.attributes["version"] = .integer(version) }
        if let patch { collection.content = .nodes([Node("patch", [:], bytes: patch)]) }
        let answer = try client.request(
            "w:sync:app:state", "set", [Node("sync", [:], [collection])], on: bench)
        return try #require(answer.child("sync")?.child("collection"))
    }

    @Test("The phone's name and language are in critical_block, with MACs made by the shared key")
    func criticalBlock() throws {
        let (bench, client) = try linked()
        let collection = try appState("critical_block", version: nil, client, bench)
        #expect(collection["version"] == "1")
        let patch = try WASyncdPatch(
            decoding: try #require(collection.child("patches")?.child("patch")?.bytes))
        #expect(patch.version.version == 1)
        #expect(patch.mutations.count == 2)
        #expect(patch.snapshotMac.count == 32 && patch.patchMac.count == 32)
        let empty = try appState("regular", version: 0, client, bench)
        #expect(empty["version"] == "0")
        #expect(empty.child("patches") == nil)
        let current = try appState("critical_block", version: 1, client, bench)
        #expect(current.child("patches") == nil)
    }

    @Test("A patch for an old version is a conflict, one with a wrong MAC a violation")
    func refusedPatches() throws {
        let (bench, client) = try linked()
        let first = try #require(
            try appState("critical_block", version: nil, client, bench).child("patches")?.child("patch")?.bytes)
        let conflict = try appState("critical_block", version: 0, patch: first, client, bench)
        #expect(conflict["type"] == "error")
        #expect(conflict.child("error")?["code"] == "409")
        #expect(conflict.child("patches")?.children.count == 1)
        #expect(bench.violations.isEmpty)
        let refused = try appState("critical_block", version: 1, patch: first, client, bench)
        #expect(refused.child("error")?["code"] == "400")
        #expect(bench.violations == [.appStateMAC])
    }
}
