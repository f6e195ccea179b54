import FoundationEssentials
import WACrypto
import WAProto

/// The app state of one account: numbered patches per collection, made or checked with the account's keys.
///
/// The server of WhatsApp could not check anything, having no key; the phone can, and here they are one.
/// Written from section 5.14 of the protocol reference, apart from the client's own code.
struct AppStateVault {
    enum Refusal: Error, Equatable {
        /// The patch was made for another version than the present one.
        case conflict
        case unreadable
        /// It was made with a key that the account does not have.
        case unknownKey
        /// Some MAC is not right.
        case wrongMAC
    }

    private(set) var collections: [String: AppStateCollection] = [:]

    static let names = ["critical_block", "critical_unblock_low", "regular_high", "regular", "regular_low"]

    subscript(name: String) -> AppStateCollection { collections[name] ?? AppStateCollection(name: name) }

    // MARK: - Patches of the phone

    /// One change of the phone: an index set to a value, or taken out.
    struct Change {
        let index: [String]
        let version: Int32
        let value: WASyncActionValue
        var isRemoval = false

        var mutation: AppStateMutation { AppStateMutation(index: index, version: version, value: value) }
    }

    /// Adds one patch with the given changes. The newest key is the last; what an older one wrote under the same index
    /// is taken out. Returns a file for the media server when the patch is too large to be inline. Nothing is written when
    /// there is nothing to take out.
    mutating func write(
        _ changes: [Change], in name: String, with keys: [AppStateKey], spoil: AppStateSpoil? = nil,
        using random: inout SeededGenerator
    ) -> StoredFile? {
        guard let key = keys.last else { return nil }
        var collection = self[name]
        var mutations: [SealedMutation] = []
        for change in changes {
            let index = Array(change.mutation.indexText.utf8)
            for former in keys where collection.records[former.indexMAC(of: index)] != nil {
                guard former.id != key.id || change.isRemoval else { continue }
                mutations.append(change.mutation.sealed(with: former, iv: random.bytes(16), isRemoval: true))
            }
            if !change.isRemoval { mutations.append(change.mutation.sealed(with: key, iv: random.bytes(16))) }
        }
        guard !mutations.isEmpty else { return nil }
        let before = collection
        for mutation in mutations { collection.apply(mutation) }
        var patch = before.patch(mutations, hash: collection.hash, with: key)
        if let spoil { patch = spoil.spoiled(mutations, changes, of: before, with: key, using: &random) }
        var file: StoredFile?
        if patch.mutations.count > Self.inlineMutationLimit {
            var external = WASyncdMutations()
            external.mutations = patch.mutations
            let made = EncryptedFile(
                external.encoded(), mediaKey: random.bytes(32), purpose: .appState, type: "md-app-state")
            patch.mutations = []
            patch.externalMutations = made.reference
            file = made.stored
        }
        collection.append(patch, isSpoiled: spoil.map { $0 != .lostRemove } ?? false)
        collections[name] = collection
        return file
    }

    /// A patch with more mutations than this names a file that holds them.
    private static let inlineMutationLimit = 100

    // MARK: - Patches of companions

    /// Checks and stores a patch that a companion made on top of the given version.
    mutating func accept(
        _ bytes: [UInt8], on version: UInt64, in name: String, keys: [AppStateKey]
    ) throws(Refusal) -> [(mutation: AppStateMutation, isRemoval: Bool)] {
        var collection = self[name]
        guard version == collection.version else { throw .conflict }
        guard let patch = try? WASyncdPatch(decoding: bytes) else { throw .unreadable }
        func key(_ id: [UInt8]) throws(Refusal) -> AppStateKey {
            guard let key = keys.first(where: { $0.id == id }) else { throw .unknownKey }
            return key
        }
        let patchKey = try key([UInt8](patch.keyID.id))
        let mutations = patch.mutations.map(SealedMutation.init)
        var opened: [(AppStateMutation, Bool)] = []
        let before = collection
        for mutation in mutations {
            guard let plain = AppStateMutation(opening: mutation, with: try key(mutation.keyID)) else {
                throw .wrongMAC
            }
            collection.apply(mutation)
            opened.append((plain, mutation.isRemoval))
        }
        let right = before.patch(mutations, hash: collection.hash, with: patchKey)
        guard patch.snapshotMac == right.snapshotMac, patch.patchMac == right.patchMac else { throw .wrongMAC }
        collection.append(patch)
        collections[name] = collection
        return opened
    }

    /// Everything that stands in all collections, as the phone reads it.
    func contents(with keys: [AppStateKey]) -> [(collection: String, mutation: AppStateMutation)] {
        let byID = Dictionary(keys.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        return collections.values.flatMap { collection in
            collection.records.compactMap { index, record in
                let sealed = SealedMutation(
                    isRemoval: false, indexMAC: index, value: record.value, keyID: record.keyID)
                return byID[record.keyID].flatMap { AppStateMutation(opening: sealed, with: $0) }
                    .map { (collection.name, $0) }
            }
        }
    }
}

extension EncryptedFile {
    /// As app state names a file.
    var reference: WASyncdExternalBlobReference {
        var reference = WASyncdExternalBlobReference()
        reference.mediaKey = Data(mediaKey)
        reference.directPath = stored.directPath
        reference.handle = Data(stored.name.utf8).base64EncodedString()
        reference.fileSizeBytes = UInt64(clamping: summary.fileByteCount)
        reference.fileSha256 = Data(summary.fileSHA256)
        reference.fileEncSha256 = Data(summary.encryptedFileSHA256)
        return reference
    }
}
