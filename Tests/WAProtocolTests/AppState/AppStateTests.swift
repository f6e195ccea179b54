import FoundationEssentials
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@Suite("App state")
struct AppStateTests {
    private let keyID: [UInt8] = [0, 0, 0, 0, 0, 1]
    private let keys = try! AppStateKeys(keyData: [UInt8](repeating: 5, count: 32))
    private let iv = [UInt8](repeating: 9, count: 16)
    private let key = MessageKey(chat: JID("1000", .lid), id: "3A\"1", isFromMe: true)

    private func action(_ id: String = "3A") -> SyncAction {
        .deleteForMe(
            MessageKey(chat: JID("1000", .lid), id: id, isFromMe: true), sentAtSeconds: 7, deletesMedia: true,
            nowMilliseconds: 8)
    }

    private func known(_ id: [UInt8]) -> AppStateKeys? { id == keyID ? keys : nil }

    /// A patch as the server hands it to others: numbered.
    private func numbered(_ bytes: [UInt8], _ version: UInt64) throws -> WASyncdPatch {
        var patch = try WASyncdPatch(decoding: bytes)
        #expect(!patch.hasVersion)
        patch.version.version = version
        return patch
    }

    @Test("Taking a message away for ourselves is written as phones write it")
    func deletion() throws {
        let own = SyncAction.deleteForMe(key, sentAtSeconds: 7, deletesMedia: true, nowMilliseconds: 8)
        #expect(own.collection == "regular_high" && own.data.version == 3 && own.data.hasPadding)
        #expect(String(decoding: own.index, as: UTF8.self) == #"["deleteMessageForMe","1000@lid","3A\"1","1","0"]"#)
        #expect(own.data.value.timestamp == 8 && own.data.value.deleteMessageForMeAction.messageTimestamp == 7)
        #expect(own.data.value.deleteMessageForMeAction.deleteMedia)
        let theirs = MessageKey(chat: JID("1", .group), id: "A", isFromMe: false, participant: JID("2", .lid))
        let index = SyncAction.deleteForMe(theirs, sentAtSeconds: 7, deletesMedia: false, nowMilliseconds: 8).index
        #expect(String(decoding: index, as: UTF8.self) == #"["deleteMessageForMe","1@g.us","A","0","2@lid"]"#)
    }

    @Test("What one device adds another follows, patch by patch or from a snapshot")
    func following() throws {
        var ours = AppStateCollection(name: "regular_high")
        var theirs = AppStateCollection(name: "regular_high")
        var records: [[UInt8]: WASyncdRecord] = [:]
        for (index, id) in ["A", "B", "A"].enumerated() {
            let (bytes, next, _) = try ours.adding([action(id)], keyID: keyID, keys: keys, iv: { iv })
            ours = next
            let patch = try numbered(bytes, UInt64(index + 1))
            for mutation in patch.mutations { records[[UInt8](mutation.record.index.blob)] = mutation.record }
            let told = try theirs.apply(patch, keys: known)
            #expect(told.map(\.index) == [["deleteMessageForMe", "1000@lid", id, "1", "0"]])
            #expect(told.first?.value.deleteMessageForMeAction.messageTimestamp == 7)
            // Seen again, it changes nothing.
            try theirs.apply(numbered(bytes, UInt64(index + 1)), keys: known)
            #expect(theirs.hash == ours.hash && theirs.version == ours.version && theirs.values == ours.values)
        }
        #expect(ours.values.count == 2 && ours.version == 3)

        var snapshot = WASyncdSnapshot()
        snapshot.version.version = 3
        snapshot.keyID.id = Data(keyID)
        snapshot.records = Array(records.values)
        snapshot.mac = Data(keys.snapshotMAC(of: ours.hash, version: 3, collection: "regular_high"))
        var fresh = AppStateCollection(name: "regular_high")
        #expect(Set(try fresh.apply(snapshot, keys: known).map { $0.index[2] }) == ["A", "B"])
        #expect(fresh.values == ours.values && fresh.hash == ours.hash && fresh.version == 3)
        snapshot.records.removeLast()
        #expect(throws: AppStateCollection.Mismatch.self) { try fresh.apply(snapshot, keys: known) }
        #expect(fresh.values == ours.values)
    }

    @Test("A removal subtracts what was there, and one of nothing is tolerated")
    func removal() throws {
        let contact = JID("6281234567890", .user)
        let empty = AppStateCollection(name: "critical_unblock_low")
        let saving = SyncAction.saveContact(contact, lid: nil, fullName: "Ana", firstName: nil, nowMilliseconds: 8)
        let (_, one, _) = try empty.adding([saving], keyID: keyID, keys: keys, iv: { iv })
        let removing = SyncAction.removeContact(contact, nowMilliseconds: 9)
        for start in [one, AppStateCollection(name: "critical_unblock_low", version: 1)] {
            let (bytes, next, _) = try start.adding([removing], keyID: keyID, keys: keys, iv: { iv })
            var collection = start
            let told = try collection.apply(numbered(bytes, 2), keys: known)
            #expect(told.map(\.isRemoval) == [true] && told.first?.index == ["contact", contact.description])
            #expect(collection.hash == LTHash() && collection.values.isEmpty && collection.version == 2)
            #expect(next.hash == collection.hash && next.touched == collection.touched)
        }
    }

    @Test("A patch without a version is the next one, if its MACs say so")
    func withoutVersion() throws {
        let start = AppStateCollection(name: "regular_high")
        let (first, one, _) = try start.adding([action("A")], keyID: keyID, keys: keys, iv: { iv })
        let (second, two, _) = try one.adding([action("B")], keyID: keyID, keys: keys, iv: { iv })
        var collection = start
        #expect(try collection.apply(WASyncdPatch(decoding: first), keys: known).count == 1)
        #expect(try collection.apply(WASyncdPatch(decoding: second), keys: known).count == 1)
        #expect(collection.version == 2 && collection.hash == two.hash)
        var late = start
        #expect(throws: AppStateCollection.Mismatch()) { try late.apply(WASyncdPatch(decoding: second), keys: known) }
    }

    @Test("A patch of an unknown key, with a wrong MAC, or malformed changes nothing")
    func refused() throws {
        let start = AppStateCollection(name: "regular_high")
        let (bytes, _, _) = try start.adding([action()], keyID: keyID, keys: keys, iv: { iv })
        let good = try numbered(bytes, 1)
        func refuse(_ change: (inout WASyncdPatch) -> Void, _ error: some Error & Equatable) {
            var patch = good
            change(&patch)
            var collection = start
            #expect(throws: error) { try collection.apply(patch, keys: known) }
            #expect(collection.version == 0 && collection.hash == LTHash())
        }
        refuse({ $0.keyID.id = Data([7]) }, AppStateCollection.UnknownKey(id: [7]))
        let mismatch = AppStateCollection.Mismatch()
        refuse({ $0.version.version = 2 }, mismatch)
        refuse({ $0.version.version = .max }, mismatch)
        refuse({ $0.patchMac = Data() }, mismatch)
        refuse({ $0.snapshotMac = Data([1]) }, mismatch)
        refuse({ $0.mutations = [] }, mismatch)
        refuse({ $0.mutations[0].record.index.blob = Data([1]) }, mismatch)
        refuse({ $0.mutations[0].record.value.blob = Data([1]) }, mismatch)
    }

    @Test("Requests and answers have the reference's shape")
    func requests() throws {
        let fetch = AppStateFetchRequest(collection: "regular_high", version: 0).node(id: "1")
        #expect(
            fetch.child("sync")?.child("collection")
                == Node("collection", ["name": "regular_high", "return_snapshot": "true"]))
        let later = AppStateFetchRequest(collection: "regular_high", version: 7).node(id: "1")
        #expect(
            later.child("sync")?.child("collection")
                == Node("collection", ["name": "regular_high", "version": "7", "return_snapshot": "false"]))
        let add = AppStatePatchRequest(collection: "regular_high", version: 7, patch: [1])
        #expect(
            add.node(id: "1").child("sync")?.child("collection")
                == Node(
                    "collection", ["name": "regular_high", "version": "7", "return_snapshot": "false"],
                    [Node("patch", bytes: [1])]))
        let answer = try add.parse(
            Node(
                "iq", [:],
                [
                    Node(
                        "sync", [:],
                        [
                            Node(
                                "collection", ["name": "regular_high", "type": "error", "has_more_patches": "true"],
                                [
                                    Node("patches", [:], [Node("patch", bytes: [2]), Node("patch", bytes: [3])]),
                                    Node("error", ["code": "409", "text": "conflict"]),
                                ])
                        ])
                ]))
        #expect(answer.errorCode == 409 && answer.patches == [[2], [3]] && answer.hasMore && answer.snapshot == nil)
        #expect(throws: WAProtocolError.self) { try add.parse(Node("iq")) }
    }
}
