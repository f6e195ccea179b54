/// The seeds of messages that have not come yet, oldest first.
///
/// One run of 36-byte entries, in memory as in the record: counter (4, big-endian), seed (32). Nothing is parsed when a
/// record is loaded, and a chain without gaps costs nothing.
struct SkippedKeys: Equatable, Sendable {
    static let entryByteCount = 36

    private(set) var bytes: [UInt8] = []

    init() {}

    /// Takes the run out of a record; nil when it is not whole entries.
    init?(bytes: [UInt8]) {
        guard bytes.count % Self.entryByteCount == 0 else { return nil }
        self.bytes = bytes
    }

    var count: Int { bytes.count / Self.entryByteCount }

    func seed(for counter: UInt32) -> [UInt8]? {
        offset(of: counter).map { [UInt8](bytes[($0 + 4)..<($0 + Self.entryByteCount)]) }
    }

    mutating func remove(_ counter: UInt32) {
        guard let offset = offset(of: counter) else { return }
        bytes.removeSubrange(offset..<(offset + Self.entryByteCount))
    }

    /// Adds the seeds of consecutive counters, given by their chain keys; the oldest entries make room.
    mutating func append(chainKeys: [[UInt8]], from counter: UInt32) {
        guard !chainKeys.isEmpty else { return }
        bytes.reserveCapacity(bytes.count + chainKeys.count * Self.entryByteCount)
        for (offset, key) in chainKeys.enumerated() {
            let counter = counter + UInt32(offset)
            withUnsafeBytes(of: counter.bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: ChainKey.messageSeed(of: key))
        }
        let excess = count - SignalLimits.skippedKeysPerChain
        if excess > 0 { bytes.removeFirst(excess * Self.entryByteCount) }
    }

    private func offset(of counter: UInt32) -> Int? {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: Self.entryByteCount).first {
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) == counter
            }
        }
    }
}
