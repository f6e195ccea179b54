/// The one-time prekeys a device uploaded, in order; each is given out once.
///
/// Flat: 36 bytes a key (4 id, 32 public key). Keys already given out stay, to notice an id that comes again with
/// another key.
struct PreKeyPool {
    private var stored: [UInt8] = []
    private var givenOutCount = 0
    private var forgottenCount = 0
    private var givenDirectly: Set<UInt32> = []
    private var highestID: UInt32?

    private static let entryByteCount = 36
    /// Given-out keys kept for comparison; older ones are forgotten.
    private static let rememberedCount = 2_000

    enum Outcome: Equatable {
        case added
        /// The same key under the same id is known: an upload whose answer was lost.
        case known
        /// The id is known with another key.
        case conflicting
    }

    /// How many can still be given out.
    var count: Int { stored.count / Self.entryByteCount - givenOutCount }

    mutating func add(id: UInt32, key: [UInt8]) -> Outcome {
        if let highestID, id <= highestID, let index = index(of: id) {
            return Array(stored[(index * 36 + 4)..<(index * 36 + 36)]) == key ? .known : .conflicting
        }
        highestID = max(highestID ?? 0, id)
        stored += id.bigEndianBytes + key
        return .added
    }

    mutating func take() -> (id: UInt32, key: [UInt8])? {
        guard count > 0 else { return nil }
        let entry = entry(givenOutCount)
        givenOutCount += 1
        if givenOutCount > Self.rememberedCount {
            stored.removeFirst(Self.rememberedCount / 2 * Self.entryByteCount)
            givenOutCount -= Self.rememberedCount / 2
            forgottenCount += Self.rememberedCount / 2
        }
        return entry
    }

    /// The device gave the key to somebody itself, in a retry receipt.
    mutating func noteGivenOut(_ id: UInt32) {
        givenDirectly.insert(id)
    }

    /// Whether somebody may hold this key. Keys given out so long ago that they are forgotten count too.
    func wasGivenOut(_ id: UInt32) -> Bool {
        if givenDirectly.contains(id) { return true }
        guard let index = index(of: id) else { return forgottenCount > 0 }
        return index < givenOutCount
    }

    /// The keys that can still be given out, in order.
    var remaining: [(id: UInt32, key: [UInt8])] {
        (givenOutCount..<stored.count / Self.entryByteCount).map(entry)
    }

    private func entry(_ index: Int) -> (id: UInt32, key: [UInt8]) {
        let start = index * Self.entryByteCount
        let id = stored[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        return (id, Array(stored[start + 4..<start + 36]))
    }

    private func index(of id: UInt32) -> Int? {
        let bytes = id.bigEndianBytes
        return stride(from: 0, to: stored.count, by: Self.entryByteCount)
            .first { stored[$0..<$0 + 4].elementsEqual(bytes) }
            .map { $0 / Self.entryByteCount }
    }
}
