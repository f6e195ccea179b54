import FoundationEssentials
package import WACrypto
package import WAProto

/// One collection of the account's app state, as far as it takes to add to it: its version, its hash, and the MAC of
/// each value by the MAC of its index. Values are not decrypted.
///
/// ```
/// hash     LT-hash over the value MACs of all indexes
/// snapshot MAC = HMAC(snapshot key, hash || version || name); patch MAC over it and the patch's value MACs
/// ```
/// Source: protocol reference 5.14.
package struct AppStateCollection: Sendable {
    package let name: String
    package private(set) var version: UInt64
    package private(set) var hash: LTHash
    /// Value MACs by index MAC, 32 bytes each.
    package private(set) var values: [[UInt8]: [UInt8]]

    private static let macByteCount = AppStateValue.macByteCount
    /// Versions count patches; this many no account makes.
    private static let maximumVersion: UInt64 = 1 << 53

    package init(name: String, version: UInt64 = 0, hash: LTHash = LTHash(), values: [[UInt8]: [UInt8]] = [:]) {
        self.name = name
        self.version = version
        self.hash = hash
        self.values = values
    }

    /// The keys a patch or snapshot was made with are not known.
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

    /// Begins anew from a whole collection.
    package mutating func apply(_ snapshot: WASyncdSnapshot, keys: ([UInt8]) -> AppStateKeys?) throws {
        guard snapshot.version.version < Self.maximumVersion else { throw Mismatch() }
        let keys = try Self.keys(snapshot.keyID, keys)
        var fresh = AppStateCollection(name: name, version: snapshot.version.version)
        for record in snapshot.records { try fresh.change(.set, record) }
        guard keys.snapshotMAC(of: fresh.hash, version: fresh.version, collection: name) == [UInt8](snapshot.mac) else {
            throw Mismatch()
        }
        self = fresh
    }

    /// Takes one step, whole or not at all. Patches we know already are skipped.
    package mutating func apply(_ patch: WASyncdPatch, keys: ([UInt8]) -> AppStateKeys?) throws {
        guard patch.version.version > version else { return }
        guard patch.version.version < Self.maximumVersion else { throw Mismatch() }
        let keys = try Self.keys(patch.keyID, keys)
        var next = self
        next.version = patch.version.version
        var valueMACs: [[UInt8]] = []
        for mutation in patch.mutations {
            valueMACs.append(try next.change(mutation.operation, mutation.record))
        }
        let snapshotMAC = keys.snapshotMAC(of: next.hash, version: next.version, collection: name)
        let patchMAC = keys.patchMAC(
            snapshotMAC: snapshotMAC, valueMACs: valueMACs, version: next.version, collection: name)
        guard snapshotMAC == [UInt8](patch.snapshotMac), patchMAC == [UInt8](patch.patchMac) else { throw Mismatch() }
        self = next
    }

    /// Answers the value MAC. Something removed that was never there is tolerated, as other clients do.
    @discardableResult
    private mutating func change(
        _ operation: WASyncdMutation.SyncdOperation, _ record: WASyncdRecord
    ) throws -> [UInt8] {
        let indexMAC = [UInt8](record.index.blob)
        let valueMAC = [UInt8](record.value.blob.suffix(Self.macByteCount))
        guard indexMAC.count == Self.macByteCount, valueMAC.count == Self.macByteCount else { throw Mismatch() }
        set(indexMAC, operation == .set ? valueMAC : nil)
        return valueMAC
    }

    private mutating func set(_ indexMAC: [UInt8], _ valueMAC: [UInt8]?) {
        if let previous = values.removeValue(forKey: indexMAC) { hash.subtract(valueMAC: previous) }
        guard let valueMAC else { return }
        values[indexMAC] = valueMAC
        hash.add(valueMAC: valueMAC)
    }

    private static func keys(_ id: WASyncdKeyId, _ known: ([UInt8]) -> AppStateKeys?) throws -> AppStateKeys {
        let id = [UInt8](id.id)
        guard let keys = known(id) else { throw UnknownKey(id: id) }
        return keys
    }

    // MARK: - Adding to it

    /// The patch that sets one index, and the collection once the server has taken it.
    package func setting(
        _ action: SyncAction, keyID: [UInt8], keys: AppStateKeys, iv: [UInt8]
    ) throws -> (patch: [UInt8], next: AppStateCollection) {
        let indexMAC = keys.indexMAC(of: action.index)
        let value = try keys.seal(action.data.encoded(), operation: .set, keyID: keyID, iv: iv)
        var next = self
        next.version += 1
        next.set(indexMAC, value.mac)

        var mutation = WASyncdMutation()
        mutation.operation = .set
        mutation.record.index.blob = Data(indexMAC)
        mutation.record.value.blob = Data(value.blob)
        mutation.record.keyID.id = Data(keyID)
        var patch = WASyncdPatch()
        let snapshotMAC = keys.snapshotMAC(of: next.hash, version: next.version, collection: name)
        patch.snapshotMac = Data(snapshotMAC)
        patch.patchMac = Data(
            keys.patchMAC(snapshotMAC: snapshotMAC, valueMACs: [value.mac], version: next.version, collection: name))
        patch.keyID.id = Data(keyID)
        patch.mutations = [mutation]
        return (patch.encoded(), next)
    }
}
