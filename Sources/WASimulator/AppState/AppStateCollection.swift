import FoundationEssentials
import WACrypto
import WAProto

/// One collection as the server keeps it: what it holds at present, and the patches that led there.
struct AppStateCollection {
    struct Record: Equatable {
        let value: [UInt8]
        let keyID: [UInt8]

        var valueMAC: [UInt8] { Array(value.suffix(32)) }
    }

    let name: String
    private(set) var version: UInt64 = 0
    /// All patches from version 1, as sent to clients: each with its version. None is dropped: who has some version
    /// goes on from there, and a snapshot comes only to who asks for one.
    private(set) var patches: [[UInt8]] = []
    private(set) var hash = AppStateHash()
    /// By index MAC.
    private(set) var records: [[UInt8]: Record] = [:]
    /// Some patch among them is wrong on purpose, so whoever starts from nothing needs a snapshot.
    private(set) var hasSpoiledPatch = false

    init(name: String) {
        self.name = name
    }

    func patches(after version: UInt64) -> ArraySlice<[UInt8]> {
        patches.dropFirst(Int(min(version, self.version)))
    }

    /// Takes in a mutation: what stood under its index is subtracted.
    mutating func apply(_ mutation: SealedMutation) {
        if let former = records[mutation.indexMAC] { hash.subtract(former.valueMAC) }
        if mutation.isRemoval {
            records[mutation.indexMAC] = nil
        } else {
            hash.add(mutation.valueMAC)
            records[mutation.indexMAC] = Record(value: mutation.value, keyID: mutation.keyID)
        }
    }

    /// Numbers a patch and keeps it.
    mutating func append(_ patch: WASyncdPatch, isSpoiled: Bool = false) {
        version += 1
        var numbered = patch
        numbered.version.version = version
        patches.append(numbered.encoded())
        if isSpoiled { hasSpoiledPatch = true }
    }

    /// A patch with its two MACs, for the version after this one, which must have been applied to `hash`.
    func patch(_ mutations: [SealedMutation], hash: AppStateHash, with key: AppStateKey) -> WASyncdPatch {
        let next = version + 1
        let snapshotMAC = key.snapshotMAC(hash, version: next, name: name)
        var patch = WASyncdPatch()
        patch.mutations = mutations.map(\.message)
        patch.keyID.id = Data(key.id)
        patch.snapshotMac = Data(snapshotMAC)
        patch.patchMac = Data(
            key.patchMAC(snapshotMAC: snapshotMAC, valueMACs: mutations.map(\.valueMAC), version: next, name: name))
        return patch
    }

    /// The whole collection at its present version.
    func snapshot(with key: AppStateKey) -> WASyncdSnapshot {
        var snapshot = WASyncdSnapshot()
        snapshot.version.version = version
        snapshot.records = records.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { index, record in
            var made = WASyncdRecord()
            made.index.blob = Data(index)
            made.value.blob = Data(record.value)
            made.keyID.id = Data(record.keyID)
            return made
        }
        snapshot.mac = Data(key.snapshotMAC(hash, version: version, name: name))
        snapshot.keyID.id = Data(key.id)
        return snapshot
    }
}
