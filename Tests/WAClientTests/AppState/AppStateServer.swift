import FoundationEssentials
import Logging
import Storage
import Synchronization
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

/// The server's app state and another device that writes to it, in memory; it checks no more than the real one.
final class AppStateServer: Sendable {
    struct State {
        var patches: [String: [WASyncdPatch]] = [:]
        var collections: [String: AppStateCollection] = [:]
        /// Asked of the phone.
        var peerMessages: [PeerMessage] = []
        /// Collections handed out whole, as a blob under the name of the collection.
        var snapshots: Set<String> = []
        var spoil: (@Sendable (inout WASyncdPatch) -> Void)?
        var fetches = 0
    }

    static let keyID: [UInt8] = [0, 0, 0, 0, 0, 1]
    static let keyData = [UInt8](repeating: 5, count: 32)
    let keys = try! AppStateKeys(keyData: keyData)
    let state = Mutex(State())

    /// Another device of the account changes something.
    func write(_ actions: SyncAction..., keyID: [UInt8] = keyID) throws {
        let name = actions[0].collection
        try state.withLock { state in
            let before = state.collections[name] ?? AppStateCollection(name: name)
            let (bytes, next, _) = try before.adding(
                actions, keyID: keyID, keys: keys, iv: { SecureRandom.bytes(16) })
            state.collections[name] = next
            try append(bytes, to: name, version: next.version, &state)
        }
    }

    private func append(_ patch: [UInt8], to name: String, version: UInt64, _ state: inout State) throws {
        var patch = try WASyncdPatch(decoding: patch)
        patch.version.version = version
        state.patches[name, default: []].append(patch)
    }

    func surroundings() -> AppStateSync.Surroundings {
        AppStateSync.Surroundings(
            fetch: { try self.answer($0) }, add: { try self.take($0) }, blob: { reference, _ in try self.blob(reference) },
            askPhone: { message in self.state.withLock { $0.peerMessages.append(message) } },
            nowMilliseconds: { 1_790_000_000_000 }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func answer(_ request: AppStateFetchRequest) throws -> AppStateAnswer {
        try state.withLock { state in
            state.fetches += 1
            var children: [Node] = []
            if request.version == 0, state.snapshots.contains(request.collection) {
                var reference = WASyncdExternalBlobReference()
                reference.directPath = request.collection
                children.append(Node("snapshot", bytes: reference.encoded()))
            } else {
                children.append(patches(of: request.collection, after: request.version, state))
            }
            return try request.parse(Self.reply(request.collection, [:], children))
        }
    }

    private func patches(of name: String, after version: UInt64, _ state: State) -> Node {
        Node(
            "patches", [:],
            (state.patches[name] ?? []).filter { $0.version.version > version }.map { patch in
                var patch = patch
                state.spoil?(&patch)
                return Node("patch", bytes: patch.encoded())
            })
    }

    private func take(_ request: AppStatePatchRequest) throws -> AppStateAnswer {
        try state.withLock { state in
            let name = request.collection
            var current = state.collections[name] ?? AppStateCollection(name: name)
            guard current.version == request.version else {
                let error = Node("error", ["code": "409", "text": "conflict"])
                let children = [patches(of: name, after: request.version, state), error]
                return try request.parse(Self.reply(name, ["type": "error"], children))
            }
            try append(request.patch, to: name, version: current.version + 1, &state)
            try current.apply(state.patches[name]!.last!, keys: { $0 == Self.keyID ? keys : nil })
            state.collections[name] = current.saved
            return try request.parse(Self.reply(name, [:], []))
        }
    }

    private static func reply(_ name: String, _ attributes: Attributes, _ children: [Node]) -> Node {
        var attributes = attributes
        attributes["name"] = .text(name)
        return Node("iq", [:], [Node("sync", [:], [Node("collection", attributes, children)])])
    }

    private func blob(_ reference: WASyncdExternalBlobReference) throws -> [UInt8] {
        state.withLock { state in
            let name = reference.directPath
            var snapshot = WASyncdSnapshot()
            let collection = state.collections[name] ?? AppStateCollection(name: name)
            snapshot.version.version = collection.version
            snapshot.keyID.id = Data(Self.keyID)
            var records: [[UInt8]: WASyncdRecord] = [:]
            for mutation in (state.patches[name] ?? []).flatMap(\.mutations) {
                records[[UInt8](mutation.record.index.blob)] = mutation.operation == .set ? mutation.record : nil
            }
            snapshot.records = Array(records.values)
            snapshot.mac = Data(keys.snapshotMAC(of: collection.hash, version: collection.version, collection: name))
            return snapshot.encoded()
        }
    }
}
