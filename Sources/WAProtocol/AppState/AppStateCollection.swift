import FoundationEssentials
package import WACrypto
package import WAProto

/// One collection of the account's app state, as far as it takes to follow it and to add to it: its version, its hash, and
/// the MAC of each value by the MAC of its index. Values pass through as ``SyncMutation`` and are not kept.
///
/// ```
/// hash     LT-hash over the value MACs of all indexes
/// snapshot MAC = HMAC(snapshot key, hash || version || name); patch MAC over it and the patch's value MACs
/// ```
/// Source: protocol reference 5.14.
package struct AppStateCollection: Sendable {
    /// The collections there are; others are not asked for.
    package enum Name: String, CaseIterable, Sendable {
        case criticalBlock = "critical_block"
        case criticalUnblockLow = "critical_unblock_low"
        case regularHigh = "regular_high"
        case regular
        case regularLow = "regular_low"
    }

    package let name: String
    package private(set) var version: UInt64
    package private(set) var hash: LTHash
    /// Value MACs by index MAC, 32 bytes each.
    package private(set) var values: [[UInt8]: [UInt8]]
    /// The index MACs whose values changed since it was made.
    package private(set) var touched: Set<[UInt8]> = []
    /// Nothing of what was stored of it holds any more: it began anew from a snapshot.
    package private(set) var isAnew = false

    private static let macByteCount = AppStateValue.macByteCount
    /// Versions count patches; this many no account makes.
    private static let maximumVersion: UInt64 = 1 << 53

    package init(name: String, version: UInt64 = 0, hash: LTHash = LTHash(), values: [[UInt8]: [UInt8]] = [:]) {
        self.name = name
        self.version = version
        self.hash = hash
        self.values = values
    }

    /// The empty collection, to follow from the beginning in place of what is stored.
    package static func anew(_ name: String) -> AppStateCollection {
        var collection = AppStateCollection(name: name)
        collection.isAnew = true
        return collection
    }

    /// The same, once it is stored as it is now.
    package var saved: AppStateCollection {
        AppStateCollection(name: name, version: version, hash: hash, values: values)
    }

    /// The keys a patch, a snapshot or a value was made with are not known.
    package struct UnknownKey: Error, Equatable {
        package let id: [UInt8]

        package init(id: [UInt8]) {
            self.id = id
        }
    }

    /// A MAC does not match: what we know and what the server says are not the same collection.
    package struct Mismatch: Error, Equatable {
        package init() {}
    }

    // MARK: - Following the server

    /// Begins anew from a whole collection; answers what it holds.
    @discardableResult
    package mutating func apply(
        _ snapshot: WASyncdSnapshot, keys: ([UInt8]) -> AppStateKeys?
    ) throws -> [SyncMutation] {
        guard snapshot.version.version < Self.maximumVersion else { throw Mismatch() }
        var fresh = AppStateCollection.anew(name)
        var step = Step(of: fresh)
        let mutations = try snapshot.records.map { try step.change(.set, $0, keys) }
        let snapshotMAC = try Self.keys(snapshot.keyID, keys)
            .snapshotMAC(of: step.hash, version: snapshot.version.version, collection: name)
        guard constantTimeEqual(snapshotMAC, [UInt8](snapshot.mac)) else { throw Mismatch() }
        fresh.take(step, version: snapshot.version.version)
        self = fresh
        return mutations
    }

    /// Takes one step, whole or not at all; answers its changes. Patches we know already are skipped; one that does not say
    /// its version is the next, as its MACs must confirm.
    @discardableResult
    package mutating func apply(_ patch: WASyncdPatch, keys: ([UInt8]) -> AppStateKeys?) throws -> [SyncMutation] {
        let patchVersion = patch.hasVersion ? patch.version.version : version + 1
        guard patchVersion > version else { return [] }
        guard patchVersion < Self.maximumVersion else { throw Mismatch() }
        let patchKeys = try Self.keys(patch.keyID, keys)
        var step = Step(of: self)
        let mutations = try patch.mutations.map { try step.change($0.operation, $0.record, keys) }
        let snapshotMAC = patchKeys.snapshotMAC(of: step.hash, version: patchVersion, collection: name)
        let patchMAC = patchKeys.patchMAC(
            snapshotMAC: snapshotMAC, valueMACs: mutations.map(\.valueMAC), version: patchVersion, collection: name)
        guard constantTimeEqual(snapshotMAC, [UInt8](patch.snapshotMac)),
            constantTimeEqual(patchMAC, [UInt8](patch.patchMac))
        else { throw Mismatch() }
        take(step, version: patchVersion)
        return mutations
    }

    /// Begins anew from what the phone says the collection is: the one way without a server's MAC, believed from our own
    /// phone alone. Records whose key is not known are an error.
    package mutating func apply(
        _ recovery: WASyncdSnapshotRecovery, keys: ([UInt8]) -> AppStateKeys?
    ) throws -> [SyncMutation] {
        guard recovery.version.version < Self.maximumVersion, recovery.collectionName == name else { throw Mismatch() }
        var fresh = AppStateCollection.anew(name)
        var step = Step(of: fresh)
        let mutations = try recovery.mutationRecords.map { record in
            var keyID = WASyncdKeyId()
            keyID.id = record.keyID
            let indexMAC = try Self.keys(keyID, keys).indexMAC(of: [UInt8](record.value.index))
            let valueMAC = [UInt8](record.mac)
            guard valueMAC.count == Self.macByteCount else { throw Mismatch() }
            step.set(indexMAC, valueMAC)
            return SyncMutation(isRemoval: false, data: record.value, indexMAC: indexMAC, valueMAC: valueMAC)
        }
        guard step.hash.bytes == [UInt8](recovery.collectionLthash) else { throw Mismatch() }
        fresh.take(step, version: recovery.version.version)
        self = fresh
        return mutations
    }

    private static func keys(_ id: WASyncdKeyId, _ known: ([UInt8]) -> AppStateKeys?) throws -> AppStateKeys {
        let id = [UInt8](id.id)
        guard let keys = known(id) else { throw UnknownKey(id: id) }
        return keys
    }

    private mutating func take(_ step: Step, version: UInt64) {
        for (index, value) in step.changes { values[index] = value }
        touched.formUnion(step.changes.keys)
        hash = step.hash
        self.version = version
    }

    /// The changes of one patch before they are known to be right.
    private struct Step {
        private let values: [[UInt8]: [UInt8]]
        private(set) var hash: LTHash
        private(set) var changes: [[UInt8]: [UInt8]?] = [:]

        init(of collection: AppStateCollection) {
            values = collection.values
            hash = collection.hash
        }

        /// Checks and opens a record. Something removed that was never there is tolerated, as other clients do.
        mutating func change(
            _ operation: WASyncdMutation.SyncdOperation, _ record: WASyncdRecord, _ known: ([UInt8]) -> AppStateKeys?
        ) throws -> SyncMutation {
            let keys = try AppStateCollection.keys(record.keyID, known)
            let indexMAC = [UInt8](record.index.blob)
            guard indexMAC.count == AppStateCollection.macByteCount,
                let (plaintext, valueMAC) = try? keys.open(
                    [UInt8](record.value.blob), operation: operation == .set ? .set : .remove,
                    keyID: [UInt8](record.keyID.id)),
                let data = try? WASyncActionData(decoding: plaintext),
                constantTimeEqual(keys.indexMAC(of: [UInt8](data.index)), indexMAC)
            else { throw Mismatch() }
            set(indexMAC, operation == .set ? valueMAC : nil)
            return SyncMutation(isRemoval: operation != .set, data: data, indexMAC: indexMAC, valueMAC: valueMAC)
        }

        mutating func set(_ indexMAC: [UInt8], _ valueMAC: [UInt8]?) {
            if let previous = changes[indexMAC] ?? values[indexMAC] { hash.subtract(valueMAC: previous) }
            changes[indexMAC] = .some(valueMAC)
            if let valueMAC { hash.add(valueMAC: valueMAC) }
        }
    }

    // MARK: - Adding to it

    /// The patch that carries these actions, none of them twice, and the collection once the server has taken it.
    ///
    /// `iv` draws 16 random bytes for each.
    package func adding(
        _ actions: [SyncAction], keyID: [UInt8], keys: AppStateKeys, iv: () -> [UInt8]
    ) throws -> (patch: [UInt8], next: AppStateCollection, mutations: [SyncMutation]) {
        var step = Step(of: self)
        var patch = WASyncdPatch()
        var mutations: [SyncMutation] = []
        for action in actions {
            let indexMAC = keys.indexMAC(of: action.index)
            let value = try keys.seal(
                action.data.encoded(), operation: action.removes ? .remove : .set, keyID: keyID, iv: iv())
            step.set(indexMAC, action.removes ? nil : value.mac)
            var mutation = WASyncdMutation()
            mutation.operation = action.removes ? .remove : .set
            mutation.record.index.blob = Data(indexMAC)
            mutation.record.value.blob = Data(value.blob)
            mutation.record.keyID.id = Data(keyID)
            patch.mutations.append(mutation)
            mutations.append(
                SyncMutation(isRemoval: action.removes, data: action.data, indexMAC: indexMAC, valueMAC: value.mac))
        }
        var next = self
        next.take(step, version: version + 1)
        let snapshotMAC = keys.snapshotMAC(of: next.hash, version: next.version, collection: name)
        patch.snapshotMac = Data(snapshotMAC)
        patch.patchMac = Data(
            keys.patchMAC(
                snapshotMAC: snapshotMAC, valueMACs: mutations.map(\.valueMAC), version: next.version, collection: name))
        patch.keyID.id = Data(keyID)
        return (patch.encoded(), next, mutations)
    }
}
