import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("Profiles, privacy and tokens")
struct ProfileTests {
    private let number = "628111111111"
    private let peer = "628222222222"
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]

    /// A client of each of two people who know each other.
    private func linked() throws -> (SimulatorBench, ScriptedClient, ScriptedClient) {
        let bench = SimulatorBench()
        try bench.drive {
            try $0.addPhone(number, name: "Budi")
            try $0.addPhone(peer, name: "Citra")
        }
        let client = try ScriptedClient.linked(to: number, seed: 51, on: bench)
        let other = try ScriptedClient.linked(to: peer, seed: 52, on: bench)
        _ = try client.userSync([JID(peer, .user)], on: bench)
        return (bench, client, other)
    }

    private func picture(
        of jid: JID, id: String? = nil, by client: ScriptedClient, _ bench: SimulatorBench
    ) throws -> Node {
        var asked = Node("picture", ["type": "preview", "query": "url"])
        asked.attributes["id"] = id.map { .text($0) }
        return try client.request("w:profile:picture", "get", [asked], target: jid, on: bench)
    }

    @Test("A picture is set, seen, found unchanged, hidden and removed; contacts and own devices hear of it")
    func pictures() throws {
        let (bench, client, other) = try linked()
        #expect(try picture(of: JID(peer, .user), by: client, bench).child("error")?["code"] == "404")
        let set = try other.request(
            "w:profile:picture", "set", [Node("picture", ["type": "image"], bytes: Self.jpeg)], on: bench)
        let id = try #require(set.child("picture")?["id"])
        let note = try client.take("notification") { $0["type"] == "picture" }
        #expect(note.child("set")?["id"] == id && note.attributes["from"] == .jid(JID(peer, .user)))
        let seen = try #require(try picture(of: JID(peer, .user), by: client, bench).child("picture"))
        #expect(seen["id"] == id && seen["type"] == "preview")
        #expect(bench.stored[MediaPath.name(of: seen["direct_path"] ?? "")]?.bytes == Self.jpeg)
        #expect(seen["url"]?.hasPrefix("https://") == true)
        let hash = Data(Digest.sha256(Self.jpeg)).base64EncodedString()
        #expect(seen["hash"] == hash && note.child("set")?["hash"] == hash)
        #expect(try picture(of: JID(peer, .user), id: id, by: client, bench).child("picture")?["status"] == "304")
        try bench.drive { try $0.changeProfile(of: peer, privacy: ["profile": "contacts"]) }
        #expect(try other.take("notification") { $0["type"] == "account_sync" }.child("privacy") != nil)
        #expect(try picture(of: JID(peer, .user), by: client, bench).child("error")?["code"] == "401")
        try bench.drive { server in
            try server.changeAppState(
                [.contact(JID(number, .user), lid: nil, fullName: "Budi", firstName: nil)], of: peer)
        }
        #expect(try picture(of: JID(peer, .user), by: client, bench).child("picture")?["id"] == id)
        try bench.drive { try $0.setPicture(nil, of: peer) }
        #expect(try client.take("notification") { $0["type"] == "picture" }.child("delete") != nil)
        #expect(try bench.server.profile(of: peer).picture == nil)
        #expect(bench.violations.isEmpty)
    }

    @Test("Privacy, about and the time after which messages disappear are settled, refused when wrong, and told")
    func settings() throws {
        let (bench, client, other) = try linked()
        let answer = try client.request(
            "privacy", "set", [Node("privacy", [:], [Node("category", ["name": "last", "value": "contacts"])])],
            on: bench)
        #expect(answer.child("privacy")?.children("category").first { $0["name"] == "last" }?["value"] == "contacts")
        let refused = try client.request(
            "privacy", "set", [Node("privacy", [:], [Node("category", ["name": "last", "value": "maybe"])])], on: bench)
        #expect(refused.child("error")?["code"] == "400")
        _ = try client.request("status", "set", [Node("status", [:], bytes: Array("At work".utf8))], on: bench)
        #expect(try other.take("notification") { $0["type"] == "status" }.child("set")?.text == "At work")
        _ = try client.request(
            "disappearing_mode", "set", [Node("disappearing_mode", ["duration": "604800"])], on: bench)
        #expect(
            try other.take("notification") { $0["type"] == "disappearing_mode" }.child("disappearing_mode")?["duration"]
                == "604800")
        let user = try #require(
            try other.userSync([JID(number, .user)], protocols: ["status", "disappearing_mode"], on: bench).first)
        #expect(user.child("status")?.text == "At work")
        #expect(user.child("disappearing_mode")?["duration"] == "604800")
        let profile = try bench.server.profile(of: number)
        #expect(profile.privacy["last"] == "contacts" && profile.disappearingSeconds == 604_800)
    }

    @Test("A group shows its picture to members, to who has its link, and to a community")
    func groupPictures() throws {
        let (bench, client, other) = try linked()
        let id = try bench.drive { server in
            let id = try server.addGroup("Tea", members: [peer])
            try server.setPicture(Self.jpeg, ofGroup: id)
            return id
        }
        let group = JID(id, .group)
        #expect(try picture(of: group, by: client, bench).child("error")?["code"] == "401")
        func asked(_ code: String) throws -> Node {
            let picture = Node("picture", ["type": "preview", "query": "url", "invite": .text(code)])
            return try client.request("w:profile:picture", "get", [picture], target: group, on: bench)
        }
        #expect(try asked("wrong").child("error")?["code"] == "401")
        #expect(try asked(try bench.server.group(id).inviteCode).child("picture")?["direct_path"] != nil)
        #expect(try picture(of: group, by: other, bench).child("picture")?["id"] != nil)
        let made = try other.groupRequest(
            "set", Node("create", ["subject": "Street"], [Node("parent")]), on: bench)
        let parent = JID(try #require(made.child("group")?["id"]), .group)
        try bench.drive { try $0.setPicture(Self.jpeg, ofGroup: parent.user) }
        let wish = Node("picture", ["parent_group_jid": .jid(parent), "type": "image", "query": "url"])
        let shown = try other.groupRequest("get", to: parent, Node("pictures", [:], [wish]), on: bench)
        #expect(shown.child("pictures")?.child("picture")?["type"] == "image")
    }

    @Test("The about text of whatsmeow comes by GraphQL")
    func aboutByGraphQL() throws {
        let (bench, client, other) = try linked()
        let json = #"{"variables":{"input":{"text":"At work","ephemeral_duration_sec":0}}}"#
        let answer = try client.request(
            "w:mex", "get", [Node("query", ["query_id": "9152604461510864"], bytes: Array(json.utf8))], on: bench)
        #expect(answer["type"] == "result" && answer.child("result")?.text?.contains("errors") == false)
        #expect(try other.take("notification") { $0["type"] == "status" }.child("set")?.text == "At work")
        #expect(try bench.server.profile(of: number).about == "At work")
    }

    @Test("A restriction is told by GraphQL, asked for or not")
    func restriction() throws {
        let (bench, client, _) = try linked()
        func told() throws -> String? {
            let query = Node("query", ["query_id": "23983697327930364"], bytes: Array(#"{"variables":{}}"#.utf8))
            return try client.request("w:mex", "get", [query], on: bench).child("result")?.text
        }
        #expect(try told()?.contains(#""is_active":false"#) == true)
        try bench.drive { try $0.setRefusal(463, of: number) }
        let update = try #require(try client.take("notification") { $0["type"] == "mex" }.child("update"))
        #expect(update["op_name"] == "NotificationUserReachoutTimelockUpdate")
        #expect(update.text?.contains(#""is_active":true"#) == true)
        #expect(try told()?.contains(#""enforcement_type":"WEB_COMPANION_ONLY""#) == true)
        let query = Node("query", ["query_id": "24503548349331633"], bytes: Array(#"{"variables":{}}"#.utf8))
        let cap = try client.request("w:mex", "get", [query], on: bench).child("result")?.text
        #expect(cap?.contains(#""capping_status":"NONE""#) == true)
    }

    @Test("Whom a setting leaves out is kept, told to the account's devices, and sees nothing")
    func exceptions() throws {
        let (bench, client, other) = try linked()
        let contact = AppStateChange.contact(JID(number, .user), lid: nil, fullName: "Budi", firstName: nil)
        try bench.drive { server in
            try server.changeAppState([contact], of: peer)
            try server.setPicture(Self.jpeg, of: peer)
        }
        func set(_ action: String) throws -> Node? {
            let user = Node(
                "user",
                ["action": .text(action), "jid": .jid(client.lid.account), "pn_jid": .jid(client.jid.account)])
            let category = Node("category", ["name": "profile", "value": "contact_blacklist", "dhash": "none"], [user])
            return try other.request(
                "privacy", "set", [Node("privacy", ["addressing_mode": "lid"], [category])], on: bench
            ).child("privacy")?.child("category")
        }
        let hash = try #require(try set("add")?["dhash"])
        #expect(try picture(of: JID(peer, .user), by: client, bench).child("error")?["code"] == "401")
        func list(_ hash: String? = nil) throws -> Node {
            var asked = Node("list", ["name": "profile", "value": "contact_blacklist"])
            asked.attributes["dhash"] = hash.map { .text($0) }
            let answer = try other.request("privacy", "get", [Node("privacy", [:], [asked])], on: bench)
            return try #require(answer.child("privacy")?.child("list"))
        }
        #expect(try list().children.map { $0.attributes["jid"] } == [.jid(client.lid.account)])
        #expect(try list()["dhash"] == hash && list(hash)["matched"] == "true")
        #expect(try set("remove")?["dhash"] != hash)
        #expect(try picture(of: JID(peer, .user), by: client, bench).child("picture") != nil)
        let refused = try other.request(
            "privacy", "set",
            [
                Node(
                    "privacy", [:],
                    [Node("category", ["name": "online", "value": "all"], [Node("user", ["action": "add"])])])
            ], on: bench)
        #expect(refused.child("error")?["code"] == "400", "not every category has such a list")
    }

    @Test("The block list is by LID with a hash that grows with it; who is blocked is not heard")
    func blocking() throws {
        let (bench, client, other) = try linked()
        let empty = try #require(try client.request("blocklist", "get", [], on: bench).child("list"))
        #expect(empty["addressing_mode"] == "lid" && empty.children.isEmpty)
        func block(_ item: Attributes) throws -> Node {
            try client.request("blocklist", "set", [Node("item", item)], on: bench)
        }
        let refused = try block(["action": "block", "jid": .jid(other.lid.account)])
        #expect(refused.child("error")?["code"] == "400", "to block, pn_jid is needed")
        let list = try #require(
            try block([
                "action": "block", "jid": .jid(other.lid.account), "pn_jid": .jid(JID(peer, .user)),
                "dhash": .text(empty["dhash"] ?? ""),
            ]).child("list"))
        #expect(list["matched"] == "true" && list["dhash"] != empty["dhash"])
        let now = try #require(try client.request("blocklist", "get", [], on: bench).child("list"))
        #expect(now.children("item").map { $0.attributes["jid"] } == [.jid(other.lid.account)])
        #expect(now["dhash"] == list["dhash"])
        _ = try other.say("hello", to: client.lid.account, id: "3EB0BLOCKED", on: bench)
        #expect(try bench.server.inbox(of: DeviceAddress(number)).isEmpty)
        #expect(!client.has("message") { $0["id"] == "3EB0BLOCKED" })
        try bench.drive { try $0.setBlocked(false, peer, of: number) }
        let note = try client.take("notification") { $0["type"] == "account_sync" && $0.child("blocklist") != nil }
        #expect(note.child("blocklist")?.child("item")?["action"] == "unblock")
        _ = try other.say("hello again", to: client.lid.account, id: "3EB0UNBLOCKED", on: bench)
        #expect(try bench.server.inbox(of: DeviceAddress(number)).map(\.id) == ["3EB0UNBLOCKED"])
    }

    // MARK: - Tokens

    @Test("Where tokens are needed, a message without a good one is refused with 463; each kind of token is taken")
    func tokens() throws {
        let (bench, client, other) = try linked()
        try bench.drive { try $0.setTokensRequired(true, of: peer) }
        func error(_ id: String, _ token: Node?) throws -> String? {
            var node = try client.textStanza("hi", to: other.lid.account, id: id, on: bench)
            if let token { node.content = .nodes(node.children + [token]) }
            try bench.send(node, from: client)
            return try client.take("ack") { $0["class"] == "message" && $0["id"] == id }["error"]
        }
        #expect(try error("3EB0A", nil) == "463")
        #expect(try error("3EB0B", Node("tctoken", [:], bytes: [1, 2, 3])) == "463")
        let now = SimulatorBench.firstMilliseconds / 1_000
        try bench.drive { try $0.giveToken(of: peer, to: number, atSeconds: now - 5 * 604_800) }
        func received() throws -> Node {
            let note = try client.take("notification") { $0["type"] == "privacy_token" }
            try client.acknowledge(note, on: bench)
            return try #require(note.child("tokens")?.child("token"))
        }
        let old = try received()
        #expect(try error("3EB0C", Node("tctoken", [:], bytes: old.bytes ?? [])) == "463", "it has expired")
        try bench.drive { try $0.giveToken(of: peer, to: number) }
        let good = try received()
        #expect(try error("3EB0D", Node("tctoken", [:], bytes: good.bytes ?? [])) == nil)
        let salted = HMAC.sha256(key: try salt(bench), Array(other.lid.account.description.utf8))
        #expect(try error("3EB0E", Node("cstoken", [:], bytes: salted)) == nil)
        let tokens = try bench.server.tokens(of: number)
        #expect(tokens.seen.map(\.isValid) == [false, false, true, true])
        #expect(tokens.held.map(\.isGood) == [false, true])
        #expect(bench.violations.isEmpty)
    }

    @Test("Who issues a token is told which were made, and the token names its holder")
    func issuedTokens() throws {
        let (bench, client, other) = try linked()
        let wish = Node("token", ["jid": .jid(other.lid.account), "t": "1759999999", "type": "trusted_contact"])
        let answer = try client.request("privacy", "set", [Node("tokens", [:], [wish])], on: bench)
        #expect(answer.child("tokens")?.children == [wish])
        let note = try other.take("notification") { $0["type"] == "privacy_token" }
        let token = try #require(note.child("tokens")?.child("token"))
        #expect(token.attributes["jid"] == .jid(other.jid.account) && token["t"] == "1759999999")
    }

    /// The salt for contacts without a token, which comes with the first history.
    private func salt(_ bench: SimulatorBench) throws -> [UInt8] {
        let third = ScriptedClient(seed: 53)
        try third.pair(with: number, on: bench)
        try third.logIn(on: bench)
        let history = try #require(try third.takeHistory(on: bench).first)
        #expect(history.history.nctSalt.count == 32)
        return [UInt8](history.history.nctSalt)
    }

    @Test("A token on a peer message is refused with 479, and is a violation")
    func tokenOnPeerMessage() throws {
        let (bench, client, _) = try linked()
        var message = WAMessage()
        message.protocolMessage.type = .appStateSyncKeyRequest
        let ack = try client.sayToPhone(message, id: "3EB0PEER", token: Node("tctoken", [:], bytes: [1]), on: bench)
        #expect(ack["error"] == "479")
        #expect(bench.violations == [.malformedStanza])
    }

    @Test("A phone that issues tokens by itself does so once in a bucket of seven days")
    func issuing() throws {
        let (bench, client, _) = try linked()
        try bench.drive { server in
            try server.setTokensRequired(false, issuesByItself: true, of: peer)
            _ = try server.say("one", from: DeviceAddress(peer), to: number)
            _ = try server.say("two", from: DeviceAddress(peer), to: number)
        }
        #expect(client.received.count { $0["type"] == "privacy_token" } == 1)
        try bench.pass(milliseconds: 8 * 86_400_000)
        try bench.drive { _ = try $0.say("three", from: DeviceAddress(peer), to: number) }
        #expect(client.received.count { $0["type"] == "privacy_token" } == 2)
    }

    // MARK: - Requests to the phone

    @Test("A placeholder is resent with its envelope; a message the phone does not have has an empty result")
    func placeholders() throws {
        let (bench, client, _) = try linked()
        let id = try bench.drive { try $0.say("only here", from: DeviceAddress(peer), to: number) }
        client.received.removeAll()
        var request = WAMessage()
        request.protocolMessage.type = .peerDataOperationRequestMessage
        request.protocolMessage.peerDataOperationRequestMessage.peerDataOperationRequestType = .placeholderMessageResend
        request.protocolMessage.peerDataOperationRequestMessage.placeholderMessageResendRequest = [id, "NEVER"].map {
            id in
            var wanted = WAPeerDataOperationRequestMessage.PlaceholderMessageResendRequest()
            wanted.messageKey.id = id
            wanted.messageKey.remoteJid = JID(peer, .user).description
            return wanted
        }
        _ = try client.sayToPhone(request, id: "3EB0PLACEHOLDER", on: bench)
        let response = try #require(
            try client.takePeerMessages(on: bench).first?.message.protocolMessage
                .peerDataOperationRequestResponseMessage)
        #expect(response.stanzaID == "3EB0PLACEHOLDER" && response.peerDataOperationResult.count == 2)
        let bytes = [UInt8](response.peerDataOperationResult[0].placeholderMessageResendResponse.webMessageInfoBytes)
        let info = try WAWebMessageInfo(decoding: bytes)
        #expect(info.key.id == id && !info.key.fromMe && info.message.conversation == "only here")
        #expect(info.pushName == "Citra")
        #expect(!response.peerDataOperationResult[1].placeholderMessageResendResponse.hasWebMessageInfoBytes)
        let asked = try bench.server.companionRequests(of: number)
        #expect(asked.map(\.kind) == [.placeholder] && asked.map(\.isAnswered) == [false])
    }

    @Test(
        "A re-upload is answered as the test wants it",
        arguments: [MediaRetryAnswer.success, .notFound, .generalError, .decryptionError, .notOnPhone, .silence])
    func mediaRetry(_ answer: MediaRetryAnswer) throws {
        let (bench, client, _) = try linked()
        let key = [UInt8](repeating: 7, count: 32)
        let (bytes, summary) = try MediaCipher.encrypt([1, 2, 3], keys: MediaKeys(mediaKey: key, purpose: .document))
        let file = StoredFile(
            name: MediaPath.base64url(summary.encryptedFileSHA256), type: "document", bytes: bytes)
        try bench.perform([.store(file)])
        let media = ShownMedia(
            file: MediaFile(
                directPath: file.directPath, url: nil, mediaKey: key, fileSHA256: summary.fileSHA256,
                encryptedFileSHA256: summary.encryptedFileSHA256, byteCount: 3, purpose: .document),
            mimetype: "text/plain")
        let id = try bench.drive { server in
            try server.setMediaAnswer(answer, of: number)
            return try server.say(Utterance(.media(media, .document)), from: DeviceAddress(peer), to: number)
        }
        let rmr = Node("rmr", ["jid": .jid(JID(peer, .user)), "from_me": "false"])
        try client.askForReupload(id, mediaKey: key, rmr: rmr, on: bench)
        guard answer != .silence else {
            #expect(!client.has("notification") { $0["type"] == "mediaretry" })
            return
        }
        let (retry, node) = try client.takeReupload(id, mediaKey: key, on: bench)
        #expect(node.attributes["from"] == .jid(JID(number, .user)) && node.child("rmr") == rmr)
        switch answer {
        case .success:
            #expect(retry?.result == .success)
            let path = try #require(retry?.directPath)
            #expect(path != file.directPath && bench.stored[MediaPath.name(of: path)]?.bytes == bytes)
        case .notOnPhone: #expect(retry == nil && node.child("error")?["code"] == "2")
        default: #expect(retry?.directPath.isEmpty == true && retry?.result != .success)
        }
        #expect(bench.violations.isEmpty)
    }

    @Test(
        "The LID of every number the account knows comes in each form", arguments: SimulatedServer.PayloadForm.allCases)
    func lidMapping(_ form: SimulatedServer.PayloadForm) throws {
        let (bench, client, other) = try linked()
        try bench.drive { try $0.sendLIDMapping(of: number, as: form) }
        let message = try #require(try client.takePeerMessages(on: bench).first?.message)
        #expect(message.protocolMessage.type == .lidMigrationMappingSync)
        var bytes = [UInt8](message.protocolMessage.lidMigrationMappingSyncMessage.encodedMappingPayload)
        if form != .plain { bytes = try InflateStream.inflate(bytes, limit: 1 << 20) }
        let payload = try WALIDMigrationMappingSyncPayload(decoding: bytes)
        #expect(payload.pnToLidMappings.contains { String($0.pn) == peer && String($0.assignedLid) == other.lid.user })
    }
}
