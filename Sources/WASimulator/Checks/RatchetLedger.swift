/// Every (ratchet key, counter) a device has used, each with the ciphertext it carried: a pair may carry only one.
///
/// Eight bytes a message. Using a message key twice would show both plaintexts to whoever sees the line.
struct RatchetLedger {
    fileprivate struct Chain {
        /// Fingerprints by counter from 0; 0 where none was seen.
        var dense: [UInt64] = []
        /// Those far ahead of the rest.
        var sparse: [UInt32: UInt64] = [:]
    }

    private var chains: [UInt64: Chain] = [:]
    private var order: [UInt64] = []

    private static let rememberedChainCount = 20_000

    /// Returns false when the pair has carried another ciphertext before.
    mutating func use(ratchetKey: [UInt8], counter: UInt32, ciphertext: [UInt8]) -> Bool {
        let chainName = fingerprint(ratchetKey)
        let mark = max(fingerprint(ciphertext), 1)
        if chains[chainName] == nil {
            order.append(chainName)
            if order.count > Self.rememberedChainCount {
                for forgotten in order.prefix(Self.rememberedChainCount / 4) { chains[forgotten] = nil }
                order.removeFirst(Self.rememberedChainCount / 4)
            }
        }
        return chains[chainName, default: Chain()].use(counter, mark)
    }
}

extension RatchetLedger.Chain {
    /// How far ahead of the rest a counter may be before it is kept apart: no more than this is filled with zeros.
    private static let denseGap = 2_048

    fileprivate mutating func use(_ counter: UInt32, _ mark: UInt64) -> Bool {
        let index = Int(counter)
        guard index < dense.count + Self.denseGap else {
            defer { sparse[counter] = sparse[counter] ?? mark }
            return sparse[counter] ?? mark == mark
        }
        while dense.count <= index { dense.append(sparse[UInt32(dense.count)] ?? 0) }
        if dense[index] == 0 { dense[index] = mark }
        return dense[index] == mark
    }
}
