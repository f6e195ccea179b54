import FoundationEssentials
import WAProto

/// How a patch of the phone is wrong on purpose. The collection itself stays right, so that a snapshot heals.
package enum AppStateSpoil: String, Sendable, CaseIterable {
    case patchMAC, snapshotMAC, valueMAC, indexMAC
    /// Everything in it was made with a key that nobody is given.
    case missingKey
    /// It also takes out something that was never set: to be survived, its MACs are right.
    case lostRemove

    /// The patch that is sent in place of the right one, on top of the collection as it was before.
    func spoiled(
        _ mutations: [SealedMutation], _ changes: [AppStateVault.Change], of before: AppStateCollection,
        with key: AppStateKey, using random: inout SeededGenerator
    ) -> WASyncdPatch {
        func patch(_ mutations: [SealedMutation], with key: AppStateKey) -> WASyncdPatch {
            var after = before
            for mutation in mutations { after.apply(mutation) }
            return before.patch(mutations, hash: after.hash, with: key)
        }
        var mutations = mutations
        switch self {
        case .patchMAC:
            var patch = patch(mutations, with: key)
            patch.patchMac[patch.patchMac.startIndex] ^= 0xFF
            return patch
        case .snapshotMAC:
            // A MAC over another collection, vouched for by a right patch MAC.
            var patch = patch(mutations, with: key)
            let other = key.snapshotMAC(before.hash, version: before.version + 2, name: before.name)
            patch.snapshotMac = Data(other)
            patch.patchMac = Data(
                key.patchMAC(
                    snapshotMAC: other, valueMACs: mutations.map(\.valueMAC), version: before.version + 1,
                    name: before.name))
            return patch
        case .valueMAC:
            if let last = mutations.indices.last, let byte = mutations[last].value.indices.last {
                mutations[last].value[byte] ^= 0xFF
            }
            return patch(mutations, with: key)
        case .indexMAC:
            if let last = mutations.indices.last { mutations[last].indexMAC[0] ^= 0xFF }
            return patch(mutations, with: key)
        case .missingKey:
            let unknown = AppStateKey(id: random.bytes(6), data: random.bytes(32), timestampMilliseconds: 0)
            let sealed = changes.map {
                $0.mutation.sealed(with: unknown, iv: random.bytes(16), isRemoval: $0.isRemoval)
            }
            return patch(sealed, with: unknown)
        case .lostRemove:
            let never = AppStateMutation(index: ["mute", "10000000000@s.whatsapp.net"], version: 2, value: .init())
            return patch([never.sealed(with: key, iv: random.bytes(16), isRemoval: true)] + mutations, with: key)
        }
    }
}
