import FoundationEssentials
package import WAProto

/// One change of a collection, verified and decrypted.
package struct SyncMutation: Sendable, Equatable {
    package let isRemoval: Bool
    /// The parts of the index; empty when it is no JSON array of texts.
    package let index: [String]
    package let value: WASyncActionValue
    /// 32 bytes each: how the collection knows it.
    package let indexMAC: [UInt8]
    package let valueMAC: [UInt8]

    package init(isRemoval: Bool, data: WASyncActionData, indexMAC: [UInt8], valueMAC: [UInt8]) {
        self.isRemoval = isRemoval
        index = (try? JSONDecoder().decode([String].self, from: data.index)) ?? []
        value = data.value
        self.indexMAC = indexMAC
        self.valueMAC = valueMAC
    }
}
