import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("App state")
struct AppStateTests {
    private let number = "628111111111"
    private let peer = "628222222222"
    private var chat: JID { JID(peer, .user) }

    private func linked() throws -> (SimulatorBench, ScriptedClient, [[UInt8]: AppStateKeys]) {
        let bench = SimulatorBench()
        try bench.drive {
            try $0.addPhone(number, name: "Budi")
            try $0.addPhone(peer, name: "Citra")
        }
        let client = ScriptedClient(seed: 41)
        try client.pair(with: number, on: bench)
        try client.logIn(on: bench)
        return (bench, client, try ScriptedClient.appStateKeys(in: client.takeGreeting(on: bench)))
    }

    private func ask(
        _ name: String, version: UInt64, snapshot: Bool = false, patch: WASyncdPatch? = nil, _ client: ScriptedClient,
        _ bench: SimulatorBench
    ) throws -> Node {
        var collection = Node("collection", ["name": .text(name), "return_snapshot": snapshot ? "true" : "false"])
        if !snapshot { collection.attributes["version"] = .text(String(version)) }
        if let patch { collection.content = .nodes([Node("patch", [:], bytes: patch.encoded())]) }
        let answer = try client.request("w:sync:app:state", "set", [Node("sync", [:], [collection])], on: bench)
        return try #require(answer.child("sync")?.child("collection"))
    }

    private func file(_ reference: WASyncdExternalBlobReference, on bench: SimulatorBench) throws -> [UInt8] {
        let stored = try #require(bench.stored[MediaPath.name(of: reference.directPath)])
        #expect(stored.status == nil)
        return try MediaCipher.decrypt(
            stored.bytes, keys: try MediaKeys(mediaKey: [UInt8](reference.mediaKey), purpose: .appState),
            fileSHA256: [UInt8](reference.fileSha256), encryptedFileSHA256: [UInt8](reference.fileEncSha256))
    }

    /// Follows a collection to its end, page by page. Returns how many answers it took.
    @discardableResult
    private func follow(
        _ follower: inout Follower, snapshot: Bool = false, _ keys: [[UInt8]: AppStateKeys], _ client: ScriptedClient,
        _ bench: SimulatorBench
    ) throws -> Int {
        var count = 0
        var wantsSnapshot = snapshot
        while true {
            count += 1
            let answer = try ask(follower.name, version: follower.version, snapshot: wantsSnapshot, client, bench)
            if let bytes = answer.child("snapshot")?.bytes {
                let snapshot = try file(try WASyncdExternalBlobReference(decoding: bytes), on: bench)
                try follower.take(try WASyncdSnapshot(decoding: snapshot), keys)
            }
            for bytes in answer.child("patches")?.children("patch").compactMap(\.bytes) ?? [] {
                let patch = try WASyncdPatch(decoding: bytes)
                let external =
                    patch.hasExternalMutations
                    ? try WASyncdMutations(decoding: try file(patch.externalMutations, on: bench)).mutations : nil
                try follower.take(patch, external: external, keys)
            }
            guard answer["has_more_patches"] == "true" else {
                #expect(answer["version"] == String(follower.version))
                return count
            }
            wantsSnapshot = false
        }
    }

    private func value(_ set: (inout WASyncActionValue) -> Void) -> WASyncActionValue {
        var value = WASyncActionValue()
        value.timestamp = SimulatorBench.firstMilliseconds
        set(&value)
        return value
    }

    // MARK: - From the phone

    @Test("What the owner changes reaches companions by server_sync, in the collection it belongs to")
    func changes() throws {
        let (bench, client, keys) = try linked()
        let message = AppStateChange.Message(id: "ABC", isFromMe: false, participant: nil)
        let changes: [AppStateChange] = [
            .archive(chat, true), .pin(chat, true), .read(chat, false), .mute(chat, true, untilMilliseconds: -1),
            .star(chat, message, true), .deleteForMe(chat, message, timestampSeconds: 1_760_000_000), .clear(chat),
            .delete(chat), .contact(chat, lid: nil, fullName: "Citra Halim", firstName: nil), .pushName("Budi B."),
            .locale("id_ID"), .label(id: "7", name: "New", color: 2, isDeleted: false), .labelChat(id: "7", chat, true),
            .labelMessage(id: "7", chat, messageID: "ABC", true), .unarchiveChats(true), .lock(chat, true),
            .raw(collection: "regular", index: ["future_thing", "1"], version: 9, value: [0x08, 0x01]),
        ]
        try bench.drive { try $0.changeAppState(changes, of: number) }
        let told = client.received.filter { $0.tag == "notification" && $0["type"] == "server_sync" }
            .compactMap { $0.child("collection")?["name"] }
        #expect(Set(told) == Set(changes.map(\.collection)))
        var indexes: Set<String> = []
        for name in Set(told) {
            var follower = Follower(name: name)
            try follow(&follower, keys, client, bench)
            indexes.formUnion(follower.contents.keys)
        }
        #expect(indexes.contains(#"["star","628222222222@s.whatsapp.net","ABC","0","0"]"#))
        #expect(indexes.count == changes.count)
        let shown = try bench.drive { try $0.appState(of: number) }
        let seen = try #require(shown.chats.first)
        #expect(shown.chats.count == 1 && seen.number == peer)
        #expect(seen.isArchived == true && seen.isPinned == true && seen.isMarkedRead == false)
        #expect(seen.mutedUntilMilliseconds == -1 && seen.isCleared && seen.isDeleted && seen.labels == ["7"])
        #expect(shown.pushName == "Budi B." && shown.contacts.map(\.fullName) == ["Citra Halim"])
        #expect(shown.others.map(\.index) == [["future_thing", "1"]])
        #expect(try bench.server.phone(number).name == "Budi B.")
        #expect(bench.violations.isEmpty)
    }

    @Test("Who is thousands of patches behind goes on from there, and is sent no snapshot that it did not ask for")
    func farBehind() throws {
        let (bench, client, _) = try linked()
        try bench.drive { server in
            for index in 0..<1_200 {
                try server.changeAppState([.pushName("Budi \(index)")], of: number)
            }
        }
        let answer = try ask("critical_block", version: 1, client, bench)
        #expect(answer.child("snapshot") == nil && answer["has_more_patches"] == "true")
        let first = try #require(answer.child("patches")?.children.first?.bytes)
        #expect(try WASyncdPatch(decoding: first).version.version == 2)
    }

    @Test("Many patches come page by page, a large one as a file, and a snapshot to whoever asks for one")
    func pagesAndSnapshots() throws {
        let (bench, client, keys) = try linked()
        try bench.drive { server in
            var behaviour = AppStateBehaviour()
            behaviour.pageLimit = 4
            try server.setAppStateBehaviour(behaviour, of: number)
            for index in 0..<10 {
                try server.changeAppState([.pin(JID("62811000000\(index)", .user), true)], of: number)
            }
            let many = (0..<150).map { AppStateChange.archive(JID("62812000\(1_000 + $0)", .user), true) }
            try server.changeAppState(many, of: number)
        }
        var follower = Follower(name: "regular_low")
        #expect(try follow(&follower, keys, client, bench) == 3)
        #expect(follower.version == 11 && follower.contents.count == 160)
        try bench.drive { server in
            var behaviour = AppStateBehaviour()
            behaviour.snapshots = .always
            try server.setAppStateBehaviour(behaviour, of: number)
        }
        var fresh = Follower(name: "regular_low")
        #expect(try follow(&fresh, snapshot: true, keys, client, bench) == 1)
        #expect(fresh.version == 11 && fresh.contents.keys == follower.contents.keys && fresh.hash == follower.hash)
    }

    @Test("A newer key is used from then on; what the older one wrote is taken out; whoever lacks it may ask")
    func rotation() throws {
        let (bench, client, keys) = try linked()
        try bench.drive { server in
            try server.changeAppState([.archive(chat, true), .pin(chat, true)], of: number)
            try server.rotateAppStateKey(of: number, isShared: false)
            try server.changeAppState([.archive(chat, false)], of: number)
        }
        var follower = Follower(name: "regular_low")
        #expect(throws: Follower.Failure.key) { try follow(&follower, keys, client, bench) }
        let last = try bench.drive { try $0.appState(of: number).keyIDs[1] }
        var request = WAMessage()
        request.protocolMessage.type = .appStateSyncKeyRequest
        var wanted = WAAppStateSyncKeyId()
        wanted.keyID = Data(last)
        request.protocolMessage.appStateSyncKeyRequest.keyIDs = [wanted]
        _ = try client.sayToPhone(request, id: "3EB0KEYREQUEST", on: bench)
        let shared = try ScriptedClient.appStateKeys(in: client.takePeerMessages(on: bench).map(\.message))
        #expect(Array(shared.keys) == [last])
        var fresh = Follower(name: "regular_low")
        try follow(&fresh, keys.merging(shared) { $1 }, client, bench)
        #expect(fresh.contents.count == 2)
        let archive = try #require(fresh.contents[#"["archive","628222222222@s.whatsapp.net"]"#])
        #expect(archive.value.archiveChatAction.archived == false)
        let shown = try bench.drive { try $0.appState(of: number).chats }
        #expect(shown.map(\.isArchived) == [false] && shown.map(\.isPinned) == [true])
        #expect(bench.violations.isEmpty)
    }

    @Test(
        "A spoiled patch fails at the place it is spoiled at, and a snapshot heals",
        arguments: [
            (AppStateSpoil.patchMAC, Follower.Failure.patchMAC), (.snapshotMAC, .snapshotMAC), (.valueMAC, .value),
            (.indexMAC, .index), (.missingKey, .key),
        ])
    func spoiled(_ spoil: AppStateSpoil, _ failure: Follower.Failure) throws {
        let (bench, client, keys) = try linked()
        try bench.drive { server in
            try server.changeAppState([.archive(chat, true)], of: number)
            try server.changeAppState([.pin(chat, true)], of: number, spoil: spoil)
            try server.changeAppState([.archive(chat, false)], of: number)
        }
        var follower = Follower(name: "regular_low")
        #expect(throws: failure) { try follow(&follower, keys, client, bench) }
        var fresh = Follower(name: "regular_low")
        try follow(&fresh, snapshot: true, keys, client, bench)
        #expect(fresh.version == 3 && fresh.contents.count == 2)
    }

    @Test("A removal of what was never set leaves all MACs right")
    func lostRemove() throws {
        let (bench, client, keys) = try linked()
        try bench.drive {
            try $0.changeAppState([.mute(chat, true, untilMilliseconds: -1)], of: number, spoil: .lostRemove)
        }
        var follower = Follower(name: "regular_high")
        try follow(&follower, keys, client, bench)
        #expect(follower.version == 1 && follower.contents.count == 1)
    }

    @Test("A collection whose snapshot is wrong too is recovered from the phone, in the clear")
    func recovery() throws {
        let (bench, client, keys) = try linked()
        try bench.drive { server in
            var behaviour = AppStateBehaviour()
            behaviour.badSnapshots = .mac
            try server.setAppStateBehaviour(behaviour, of: number)
            try server.changeAppState([.archive(chat, true)], of: number, spoil: .patchMAC)
        }
        var follower = Follower(name: "regular_low")
        #expect(throws: Follower.Failure.snapshotMAC) { try follow(&follower, snapshot: true, keys, client, bench) }
        var request = WAMessage()
        request.protocolMessage.type = .peerDataOperationRequestMessage
        request.protocolMessage.peerDataOperationRequestMessage.peerDataOperationRequestType =
            .companionSyncdSnapshotFatalRecovery
        request.protocolMessage.peerDataOperationRequestMessage.syncdCollectionFatalRecoveryRequest.collectionName =
            "regular_low"
        _ = try client.sayToPhone(request, id: "3EB0RECOVERY", on: bench)
        let response = try #require(
            try client.takePeerMessages(on: bench).first?.message.protocolMessage
                .peerDataOperationRequestResponseMessage)
        #expect(response.stanzaID == "3EB0RECOVERY")
        let result = try #require(response.peerDataOperationResult.first?.syncdSnapshotFatalRecoveryResponse)
        #expect(result.isCompressed)
        let recovery = try WASyncdSnapshotRecovery(decoding: try gunzip([UInt8](result.collectionSnapshot)))
        #expect(recovery.version.version == 1 && recovery.collectionName == "regular_low")
        let record = try #require(recovery.mutationRecords.first)
        #expect(String(decoding: record.value.index, as: UTF8.self) == #"["archive","628222222222@s.whatsapp.net"]"#)
        var hash = LTHash()
        hash.add(valueMAC: [UInt8](record.mac))
        #expect([UInt8](recovery.collectionLthash) == hash.bytes)
    }

    private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        #expect(bytes.starts(with: [0x1F, 0x8B, 8]))
        return try InflateStream.inflate(bytes, limit: 1 << 20)
    }

    // MARK: - From a client

    @Test("A client's patch is taken when its MACs are right, shown on the phone, and told to other companions")
    func accepted() throws {
        let (bench, client, keys) = try linked()
        let other = try ScriptedClient.linked(to: number, seed: 42, on: bench)
        let (keyID, key) = try #require(keys.first)
        var follower = Follower(name: "regular_low")
        func write(_ index: [String], _ version: Int32, _ value: WASyncActionValue, isRemoval: Bool = false) throws
            -> Node
        {
            let patch = try follower.patch(
                index, version: version, value, isRemoval: isRemoval, keyID, key, iv: client.random.bytes(16))
            let answer = try ask("regular_low", version: follower.version, patch: patch, client, bench)
            try follow(&follower, keys, client, bench)
            return answer
        }
        let pinned = value { $0.pinAction.pinned = true }
        #expect(try write(["pin_v1", chat.description], 5, pinned)["type"] == nil)
        #expect(try bench.drive { try $0.appState(of: number).chats.map(\.isPinned) } == [true])
        let note = try other.take("notification") { $0["type"] == "server_sync" }
        #expect(note.child("collection")?["name"] == "regular_low" && note.child("collection")?["version"] == "1")
        #expect(!client.has("notification") { $0["type"] == "server_sync" })
        _ = try write(["pin_v1", chat.description], 5, value { $0.pinAction.pinned = false })
        #expect(try bench.drive { try $0.appState(of: number).chats.map(\.isPinned) } == [false])
        _ = try write(["pin_v1", chat.description], 5, pinned, isRemoval: true)
        #expect(try bench.drive { try $0.appState(of: number).chats.isEmpty })
        #expect(bench.violations.isEmpty)
    }

    @Test("Whoever comes second is told of the first, and may write again on top of it")
    func conflict() throws {
        let (bench, client, keys) = try linked()
        let (keyID, key) = try #require(keys.first)
        try bench.drive { server in
            var behaviour = AppStateBehaviour()
            behaviour.conflictCount = 1
            try server.setAppStateBehaviour(behaviour, of: number)
        }
        var follower = Follower(name: "regular_high")
        let muted = value {
            $0.muteAction.muted = true
            $0.muteAction.muteEndTimestamp = -1
        }
        func patch() throws -> WASyncdPatch {
            try follower.patch(["mute", chat.description], version: 2, muted, keyID, key, iv: client.random.bytes(16))
        }
        let refused = try ask("regular_high", version: 0, patch: try patch(), client, bench)
        #expect(refused["type"] == "error" && refused.child("error")?["code"] == "409")
        let first = try #require(refused.child("patches")?.child("patch")?.bytes)
        try follower.take(try WASyncdPatch(decoding: first), keys)
        let taken = try ask("regular_high", version: 1, patch: try patch(), client, bench)
        #expect(taken["type"] == nil && taken["version"] == "2")
        #expect(try bench.drive { try $0.appState(of: number).chats.map(\.mutedUntilMilliseconds) } == [-1])
        #expect(bench.violations.isEmpty)
    }

    @Test(
        "An action that is not written as its row of the table says is taken, and is a violation",
        arguments: [
            (["pin_v1"], 5, "regular_low"), (["pin_v1", "628222222222@s.whatsapp.net"], 4, "regular_low"),
            (["pin_v1", "628222222222@s.whatsapp.net"], 5, "regular_high"), (["pin_v1", "nobody"], 5, "regular_low"),
            (["archive", "628222222222@s.whatsapp.net"], 3, "regular_low"),
            (["star", "628222222222@s.whatsapp.net", "ABC", "true", "0"], 2, "regular_high"),
        ] as [([String], Int32, String)])
    func wrongAction(_ index: [String], _ version: Int32, _ collection: String) throws {
        let (bench, client, keys) = try linked()
        let (keyID, key) = try #require(keys.first)
        let follower = Follower(name: collection)
        let pinned = value { $0.pinAction.pinned = true }
        let patch = try follower.patch(index, version: version, pinned, keyID, key, iv: client.random.bytes(16))
        let answer = try ask(collection, version: 0, patch: patch, client, bench)
        #expect(answer["type"] == nil)
        #expect(Set(bench.violations) == [.appStateAction])
    }

    @Test("Times in the wrong unit are violations")
    func wrongTimes() throws {
        let (bench, client, keys) = try linked()
        let (keyID, key) = try #require(keys.first)
        let follower = Follower(name: "regular_low")
        var archived = WASyncActionValue()
        archived.timestamp = 1_760_000_000
        archived.archiveChatAction.archived = true
        archived.archiveChatAction.messageRange.lastMessageTimestamp = 1_760_000_000_000
        let patch = try follower.patch(
            ["archive", chat.description], version: 3, archived, keyID, key, iv: client.random.bytes(16))
        _ = try ask("regular_low", version: 0, patch: patch, client, bench)
        #expect(bench.violations == [.appStateAction, .appStateAction])
    }
}
