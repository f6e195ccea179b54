import Foundation
import TestSupport
import Testing
import WAProto

@testable import WACrypto

@Suite("App state")
struct AppStateTests {
    @Test("Keys, hashes, MACs, values and a chain of patches are those of the vectors")
    func vectors() throws {
        try withVectors("app-state") { vectors in
            try checkHash(vectors)
            try checkKnownPatchMAC(vectors["patch_mac_known_answer"])
            let keys = try checkKeys(vectors["expand_keys"])
            try checkMutation(vectors["mutation"], keys: keys)
            try checkChain(vectors["patch_chain"])
        }
    }

    private func checkHash(_ vectors: VectorValue) throws {
        let pointwise = vectors["pointwise"]
        var lanes = try pointwise["base"].bytes
        LTHash.combine(&lanes, with: try pointwise["add"].bytes, &+)
        #expect(try lanes == pointwise["after_add"].bytes)
        LTHash.combine(&lanes, with: try pointwise["add"].bytes, &-)
        #expect(try lanes == pointwise["base"].bytes)

        let vector = vectors["lthash"]
        let (one, two) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        #expect(try LTHash.expanded(one) == vector["expand_of_01x32"].bytes)
        var hash = LTHash()
        hash.add(valueMAC: one)
        hash.add(valueMAC: two)
        #expect(try hash.bytes == vector["add_01_then_02"].bytes)
        hash.subtract(valueMAC: one)
        #expect(try hash.bytes == vector["then_subtract_01"].bytes)
    }

    private func checkKnownPatchMAC(_ vector: VectorValue) throws {
        let mac = AppStateKeys.patchMAC(
            key: try vector["key"].bytes, snapshotMAC: try vector["snapshot_mac"].bytes,
            valueMACs: try vector["value_macs"].list.map { try $0.bytes },
            version: UInt64(try vector["version"].integer), collection: try vector["name"].text)
        #expect(try mac == vector["patch_mac"].bytes)
    }

    private func checkKeys(_ vector: VectorValue) throws -> AppStateKeys {
        let keys = try AppStateKeys(keyData: vector["key_data"].bytes)
        #expect(try keys.index == vector["index"].bytes)
        #expect(try keys.valueEncryption == vector["valueEnc"].bytes)
        #expect(try keys.valueMAC == vector["valueMac"].bytes)
        #expect(try keys.snapshotMAC == vector["snapshotMac"].bytes)
        #expect(try keys.patchMAC == vector["patchMac"].bytes)
        return keys
    }

    private func checkMutation(_ vector: VectorValue, keys: AppStateKeys) throws {
        let keyID = try vector["key_id"].bytes
        let data = try vector["sync_action_data"].bytes
        #expect(try WASyncActionData(decoding: data).index == Data(vector["index_json"].utf8))
        #expect(try keys.indexMAC(of: vector["index_json"].utf8) == vector["index_mac"].bytes)
        let value = try keys.seal(data, operation: .set, keyID: keyID, iv: vector["iv"].bytes)
        #expect(try [UInt8](value.blob.dropLast(32)) == vector["encrypted_with_iv"].bytes)
        #expect(try value.mac == vector["value_mac"].bytes)
        #expect(try value.blob == vector["value_blob"].bytes)
        let opened = try keys.open(value.blob, operation: .set, keyID: keyID)
        #expect(opened.syncActionData == data && opened.valueMAC == value.mac)

        var hash = LTHash()
        hash.add(valueMAC: value.mac)
        #expect(try hash.bytes == vector["state_hash_v1"].bytes)
        let version = UInt64(try vector["version"].integer)
        let collection = try vector["collection"].text
        let snapshotMAC = keys.snapshotMAC(of: hash, version: version, collection: collection)
        #expect(try snapshotMAC == vector["snapshot_mac_v1"].bytes)
        let patchMAC = keys.patchMAC(
            snapshotMAC: snapshotMAC, valueMACs: [value.mac], version: version, collection: collection)
        #expect(try patchMAC == vector["patch_mac_v1"].bytes)

        let patch = try WASyncdPatch(decoding: vector["patch_proto_without_version"].bytes)
        #expect(!patch.hasVersion && patch.mutations.count == 1)
        #expect(patch.mutations[0].operation == .set)
        #expect(try patch.mutations[0].record.index.blob == Data(vector["index_mac"].bytes))
        #expect(patch.mutations[0].record.value.blob == Data(value.blob))
        #expect(patch.mutations[0].record.keyID.id == Data(keyID))
        #expect(patch.snapshotMac == Data(snapshotMAC) && patch.patchMac == Data(patchMAC))
    }

    private func checkChain(_ vector: VectorValue) throws {
        let keys = try AppStateKeys(keyData: vector["key_data"].bytes)
        let keyID = try vector["key_id"].bytes
        let collection = try vector["collection"].text
        var hash = LTHash()
        var valueMACs: [[UInt8]: [UInt8]] = [:]
        for step in try vector["patches"].list {
            let patch = try WASyncdPatch(decoding: step["patch_proto_with_version"].bytes)
            var numberless = patch
            numberless.clearVersion()
            #expect(try numberless == WASyncdPatch(decoding: step["patch_proto_without_version"].bytes))
            let mutations = try step["mutations"].list
            #expect(mutations.count == patch.mutations.count)
            for (mutation, received) in zip(mutations, patch.mutations) {
                let isSet = try mutation["operation"].text == "SET"
                #expect(received.operation == (isSet ? .set : .remove))
                let data = try mutation["sync_action_data"].bytes
                let value = try keys.seal(
                    data, operation: isSet ? .set : .remove, keyID: keyID, iv: mutation["iv"].bytes)
                #expect(Data(value.blob) == received.record.value.blob)
                #expect(try value.mac == mutation["value_mac"].bytes)

                let action = try WASyncActionData(decoding: data)
                #expect(try Int(action.version) == mutation["action_version"].integer)
                let names = try JSONDecoder().decode([String].self, from: action.index)
                #expect(try names == mutation["index"].list.map { try $0.text })
                let indexMAC = keys.indexMAC(of: [UInt8](action.index))
                #expect(try indexMAC == mutation["index_mac"].bytes)
                #expect(Data(indexMAC) == received.record.index.blob)

                if let previous = valueMACs[indexMAC] { hash.subtract(valueMAC: previous) }
                if isSet { hash.add(valueMAC: value.mac) }
                valueMACs[indexMAC] = isSet ? value.mac : nil
            }
            let version = UInt64(try step["version"].integer)
            #expect(patch.version.version == version)
            #expect(try hash.bytes == step["state_hash_after"].bytes)
            let snapshotMAC = keys.snapshotMAC(of: hash, version: version, collection: collection)
            #expect(try snapshotMAC == step["snapshot_mac"].bytes)
            let patchMAC = keys.patchMAC(
                snapshotMAC: snapshotMAC, valueMACs: try mutations.map { try $0["value_mac"].bytes },
                version: version, collection: collection)
            #expect(try patchMAC == step["patch_mac"].bytes)
            #expect(patch.snapshotMac == Data(snapshotMAC) && patch.patchMac == Data(patchMAC))
        }
        try checkSnapshot(vector["snapshot_after_v3"], keys: keys, keyID: keyID, collection: collection, hash: hash)
    }

    private func checkSnapshot(
        _ vector: VectorValue, keys: AppStateKeys, keyID: [UInt8], collection: String, hash: LTHash
    ) throws {
        let snapshot = try WASyncdSnapshot(decoding: vector["syncd_snapshot"].bytes)
        #expect(try snapshot.records.count == vector["records"].integer)
        var fromNothing = LTHash()
        for record in snapshot.records {
            let opened = try keys.open([UInt8](record.value.blob), operation: .set, keyID: keyID)
            fromNothing.add(valueMAC: opened.valueMAC)
        }
        #expect(try fromNothing.bytes == vector["state_hash"].bytes)
        #expect(fromNothing == hash, "a snapshot and the patches that led to it agree")
        let mac = keys.snapshotMAC(of: fromNothing, version: snapshot.version.version, collection: collection)
        #expect(try mac == vector["mac"].bytes)
        #expect(snapshot.mac == Data(mac))
    }

    @Test("Elements come off the hash in any order, and the empty hash is left", arguments: [61, 62] as [UInt64])
    func orderless(seed: UInt64) throws {
        var rng = SeededRandom(seed: seed)
        let elements = (0..<12).map { _ in SecureRandom.bytes(32, using: &rng) }
        var hash = LTHash()
        for element in elements { hash.add(valueMAC: element) }
        var shuffled = LTHash()
        for element in elements.shuffled(using: &rng) { shuffled.add(valueMAC: element) }
        #expect(hash == shuffled, "seed \(seed)")
        for element in elements.shuffled(using: &rng) { hash.subtract(valueMAC: element) }
        #expect(hash == LTHash(), "seed \(seed)")
        #expect(try LTHash(bytes: shuffled.bytes) == shuffled)
    }

    @Test("A value is refused when a byte, its operation or its key id is another")
    func hostile() throws {
        let keys = try AppStateKeys(keyData: [UInt8](repeating: 5, count: 32))
        let value = try keys.seal([1, 2, 3], operation: .set, keyID: [0, 1], iv: [UInt8](0..<16))
        for index in value.blob.indices {
            var spoilt = value.blob
            spoilt[index] ^= 0x80
            #expect(throws: CryptoError.authenticationFailed) { try keys.open(spoilt, operation: .set, keyID: [0, 1]) }
        }
        #expect(throws: CryptoError.authenticationFailed) { try keys.open(value.blob, operation: .remove, keyID: [0, 1]) }
        #expect(throws: CryptoError.authenticationFailed) { try keys.open(value.blob, operation: .set, keyID: [0, 2]) }
        for count in [0, 16, 32, 63] {
            let short = [UInt8](value.blob.prefix(count))
            #expect(throws: CryptoError.wrongLength) { try keys.open(short, operation: .set, keyID: [0, 1]) }
        }
        #expect(throws: CryptoError.wrongLength) { try AppStateKeys(keyData: [1]) }
        #expect(throws: CryptoError.wrongLength) { try LTHash(bytes: [UInt8](repeating: 0, count: 127)) }
    }
}
