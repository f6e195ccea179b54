import FoundationEssentials
import WACrypto
import WAProto

/// The app state of one account: numbered patches per collection, made or checked with the account's key.
///
/// The server of WhatsApp could not check anything, having no key; the phone can, and here they are one.
/// Written from section 5.14 of the protocol reference, apart from the client's own code.
struct AppStateVault {
    struct Collection {
        var version: UInt64 = 0
        /// Patch n+1 is at index n, as sent to clients: with its version.
        var patches: [[UInt8]] = []
        var hash = AppStateHash()
        /// The value MAC each index MAC stands for at present.
        var valueMACs: [[UInt8]: [UInt8]] = [:]
    }

    enum Refusal: Error, Equatable {
        /// The patch was made for another version than the present one.
        case conflict
        case unreadable
        /// Some MAC, or the key it was made with, is not right.
        case wrongMAC
    }

    private(set) var collections: [String: Collection] = [:]

    static let names = ["critical_block", "critical_unblock_low", "regular_high", "regular", "regular_low"]

    subscript(name: String) -> Collection { collections[name] ?? Collection() }

    // MARK: - Patches of the phone

    /// Adds one patch that sets the given values.
    mutating func set(
        _ changes: [(index: [String], version: Int32, value: WASyncActionValue)], in name: String,
        with key: AppStateKey,
        using random: inout SeededGenerator
    ) {
        var collection = self[name]
        var patch = WASyncdPatch()
        for change in changes {
            let mutation = AppStateMutation(index: change.index, version: change.version, value: change.value)
            let sealed = mutation.sealed(with: key, iv: random.bytes(16))
            collection.apply(sealed)
            patch.mutations.append(sealed.message(keyID: key.id))
        }
        collection.version += 1
        patch.version.version = collection.version
        patch.keyID.id = Data(key.id)
        let snapshotMAC = key.snapshotMAC(collection.hash, version: collection.version, name: name)
        patch.snapshotMac = Data(snapshotMAC)
        patch.patchMac = Data(
            key.patchMAC(
                snapshotMAC: snapshotMAC, valueMACs: patch.mutations.map { [UInt8]($0.record.value.blob.suffix(32)) },
                version: collection.version, name: name))
        collection.patches.append(patch.encoded())
        collections[name] = collection
    }

    // MARK: - Patches of companions

    /// Checks and stores a patch that a companion made on top of the given version.
    mutating func accept(
        _ bytes: [UInt8], on version: UInt64, in name: String, with key: AppStateKey
    ) throws(Refusal) -> [AppStateMutation] {
        var collection = self[name]
        guard version == collection.version else { throw .conflict }
        guard var patch = try? WASyncdPatch(decoding: bytes) else { throw .unreadable }
        guard [UInt8](patch.keyID.id) == key.id else { throw .wrongMAC }
        var opened: [AppStateMutation] = []
        for mutation in patch.mutations {
            let sealed = SealedMutation(
                isRemoval: mutation.operation == .remove, indexMAC: [UInt8](mutation.record.index.blob),
                value: [UInt8](mutation.record.value.blob))
            guard let plain = AppStateMutation(opening: sealed, with: key) else { throw .wrongMAC }
            collection.apply(sealed)
            opened.append(plain)
        }
        let snapshotMAC = key.snapshotMAC(collection.hash, version: version + 1, name: name)
        let valueMACs = patch.mutations.map { [UInt8]($0.record.value.blob.suffix(32)) }
        let patchMAC = key.patchMAC(snapshotMAC: snapshotMAC, valueMACs: valueMACs, version: version + 1, name: name)
        guard [UInt8](patch.snapshotMac) == snapshotMAC, [UInt8](patch.patchMac) == patchMAC else { throw .wrongMAC }
        collection.version += 1
        patch.version.version = collection.version
        collection.patches.append(patch.encoded())
        collections[name] = collection
        return opened
    }
}

extension AppStateVault.Collection {
    fileprivate mutating func apply(_ mutation: SealedMutation) {
        if let former = valueMACs[mutation.indexMAC] { hash.subtract(former) }
        if mutation.isRemoval {
            valueMACs[mutation.indexMAC] = nil
        } else {
            hash.add(mutation.valueMAC)
            valueMACs[mutation.indexMAC] = mutation.valueMAC
        }
    }
}
