import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

/// A companion's side of app state, from reference 5.14, with the ciphers that published vectors pin.
struct Follower {
    var version: UInt64 = 0
    var hash = LTHash()
    var values: [[UInt8]: [UInt8]] = [:]
    /// By index, what stands there.
    var contents: [String: WASyncActionData] = [:]
    let name: String

    enum Failure: Error, Equatable { case key, value, index, snapshotMAC, patchMAC }

    mutating func take(_ mutation: WASyncdMutation, _ keys: [[UInt8]: AppStateKeys]) throws {
        let keyID = [UInt8](mutation.record.keyID.id)
        guard let key = keys[keyID] else { throw Failure.key }
        let operation: AppStateKeys.Operation = mutation.operation == .remove ? .remove : .set
        guard let opened = try? key.open([UInt8](mutation.record.value.blob), operation: operation, keyID: keyID) else {
            throw Failure.value
        }
        let data = try WASyncActionData(decoding: opened.syncActionData)
        let index = [UInt8](mutation.record.index.blob)
        guard key.indexMAC(of: [UInt8](data.index)) == index else { throw Failure.index }
        if let former = values[index] { hash.subtract(valueMAC: former) }
        values[index] = operation == .set ? opened.valueMAC : nil
        contents[String(decoding: data.index, as: UTF8.self)] = operation == .set ? data : nil
        if operation == .set { hash.add(valueMAC: opened.valueMAC) }
    }

    mutating func take(_ patch: WASyncdPatch, external: [WASyncdMutation]? = nil, _ keys: [[UInt8]: AppStateKeys])
        throws
    {
        guard let key = keys[[UInt8](patch.keyID.id)] else { throw Failure.key }
        let mutations = external ?? patch.mutations
        for mutation in mutations { try take(mutation, keys) }
        version += 1
        #expect(patch.version.version == version)
        guard [UInt8](patch.snapshotMac) == key.snapshotMAC(of: hash, version: version, collection: name) else {
            throw Failure.snapshotMAC
        }
        let macs = mutations.map { [UInt8]($0.record.value.blob.suffix(32)) }
        let expected = key.patchMAC(
            snapshotMAC: [UInt8](patch.snapshotMac), valueMACs: macs, version: version, collection: name)
        guard [UInt8](patch.patchMac) == expected else { throw Failure.patchMAC }
    }

    mutating func take(_ snapshot: WASyncdSnapshot, _ keys: [[UInt8]: AppStateKeys]) throws {
        self = Follower(name: name)
        for record in snapshot.records {
            var mutation = WASyncdMutation()
            mutation.record = record
            try take(mutation, keys)
        }
        version = snapshot.version.version
        guard let key = keys[[UInt8](snapshot.keyID.id)] else { throw Failure.key }
        guard [UInt8](snapshot.mac) == key.snapshotMAC(of: hash, version: version, collection: name) else {
            throw Failure.snapshotMAC
        }
    }

    /// A patch as a client makes it: without a version.
    func patch(
        _ index: [String], version actionVersion: Int32, _ value: WASyncActionValue, isRemoval: Bool = false,
        _ keyID: [UInt8], _ key: AppStateKeys, iv: [UInt8]
    ) throws -> WASyncdPatch {
        var data = WASyncActionData()
        data.index = try JSONEncoder.plain.encode(index)
        data.value = value
        data.padding = Data()
        data.version = actionVersion
        let operation: AppStateKeys.Operation = isRemoval ? .remove : .set
        let sealed = try key.seal(data.encoded(), operation: operation, keyID: keyID, iv: iv)
        var mutation = WASyncdMutation()
        mutation.operation = isRemoval ? .remove : .set
        mutation.record.index.blob = Data(key.indexMAC(of: [UInt8](data.index)))
        mutation.record.value.blob = Data(sealed.blob)
        mutation.record.keyID.id = Data(keyID)
        var after = hash
        if let former = values[[UInt8](mutation.record.index.blob)] { after.subtract(valueMAC: former) }
        if !isRemoval { after.add(valueMAC: sealed.mac) }
        var patch = WASyncdPatch()
        patch.mutations = [mutation]
        patch.keyID.id = Data(keyID)
        let snapshotMAC = key.snapshotMAC(of: after, version: version + 1, collection: name)
        patch.snapshotMac = Data(snapshotMAC)
        patch.patchMac = Data(
            key.patchMAC(snapshotMAC: snapshotMAC, valueMACs: [sealed.mac], version: version + 1, collection: name))
        return patch
    }
}

extension JSONEncoder {
    fileprivate static var plain: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }
}

extension ScriptedClient {
    /// The keys that messages of the phone share.
    static func appStateKeys(in messages: [WAMessage]) throws -> [[UInt8]: AppStateKeys] {
        let shared = messages.flatMap { $0.protocolMessage.appStateSyncKeyShare.keys }.filter(\.hasKeyData)
        return Dictionary(
            try shared.map { ([UInt8]($0.keyID.keyID), try AppStateKeys(keyData: [UInt8]($0.keyData.keyData))) },
            uniquingKeysWith: { $1 })
    }
}
