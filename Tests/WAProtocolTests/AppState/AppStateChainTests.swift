import Foundation
import TestSupport
import Testing
import WACrypto
import WAProto
import WAProtocol

/// The patches another client wrote, followed by ours. The file is lent to WACryptoTests, which read all of it.
@Suite("Following a recorded chain of app state patches")
struct AppStateChainTests {
    private struct File: Decodable {
        struct Chain: Decodable {
            struct Patch: Decodable {
                let patch_proto_with_version: String
                let state_hash_after: String
            }
            struct Snapshot: Decodable {
                let syncd_snapshot: String
                let state_hash: String
            }
            let collection: String
            let key_data: String
            let key_id: String
            let patches: [Patch]
            let snapshot_after_v3: Snapshot
        }
        let patch_chain: Chain
    }

    private func bytes(_ hex: String) throws -> [UInt8] { try #require([UInt8](hex: hex)) }

    @Test("Patch by patch and from the snapshot the same collection is reached, and every change is read")
    func chain() throws {
        let path = RepositoryRoot.url.appending(path: "Tests/TestSupport/Vectors/app-state.json")
        let chain = try JSONDecoder().decode(File.self, from: Data(contentsOf: path)).patch_chain
        let keys = try AppStateKeys(keyData: bytes(chain.key_data))
        let known: ([UInt8]) -> AppStateKeys? = { $0 == (try? bytes(chain.key_id)) ? keys : nil }
        var collection = AppStateCollection(name: chain.collection)
        var told: [SyncMutation] = []
        for patch in chain.patches {
            told += try collection.apply(WASyncdPatch(decoding: bytes(patch.patch_proto_with_version)), keys: known)
            #expect(try collection.hash.bytes == bytes(patch.state_hash_after))
        }
        #expect(told.allSatisfy { !$0.index.isEmpty } && told.contains { $0.isRemoval } && told.first?.index.first == "pin_v1")

        var fresh = AppStateCollection(name: chain.collection)
        let held = try fresh.apply(WASyncdSnapshot(decoding: bytes(chain.snapshot_after_v3.syncd_snapshot)), keys: known)
        #expect(try fresh.hash.bytes == bytes(chain.snapshot_after_v3.state_hash))
        #expect(fresh.values == collection.values && fresh.version == 3 && held.count == collection.values.count)
        // Out of order: a step that is not the next one does not match.
        var lost = AppStateCollection(name: chain.collection)
        #expect(throws: AppStateCollection.Mismatch.self) {
            try lost.apply(WASyncdPatch(decoding: bytes(chain.patches[2].patch_proto_with_version)), keys: known)
        }
    }
}
