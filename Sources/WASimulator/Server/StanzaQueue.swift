import WABinary

/// What waits for one device until it acknowledges it, in order.
struct StanzaQueue {
    struct Entry {
        let sequence: Int
        let node: Node
        /// When it was written to the present connection; nil while it was not.
        var sentMilliseconds: Int64?
        /// How often it was written, over all connections.
        var deliveries = 0
        var wasReported = false
        /// Written as bytes that are no node; nobody can acknowledge it.
        var isUndecodable = false
    }

    private struct Name: Hashable {
        let tag: String
        let id: String
    }

    private var entries: [Entry?] = []
    private var firstSequence = 0
    private var emptyFrontCount = 0
    private var nextSequence = 0
    private var sequences: [Name: [Int]] = [:]
    private(set) var count = 0
    /// How many are written to the present connection and not acknowledged.
    private(set) var sentCount = 0

    /// Returns the entry's sequence number.
    mutating func append(_ node: Node, isUndecodable: Bool = false) -> Int {
        let sequence = nextSequence
        nextSequence += 1
        entries.append(Entry(sequence: sequence, node: node, isUndecodable: isUndecodable))
        sequences[Name(tag: node.tag, id: node["id"] ?? ""), default: []].append(sequence)
        count += 1
        return sequence
    }

    subscript(sequence: Int) -> Entry? {
        get {
            let index = sequence - firstSequence
            return entries.indices.contains(index) ? entries[index] : nil
        }
        set {
            let index = sequence - firstSequence
            guard entries.indices.contains(index), newValue != nil else { return }
            sentCount += (newValue?.sentMilliseconds == nil ? 0 : 1) - (entries[index]?.sentMilliseconds == nil ? 0 : 1)
            entries[index] = newValue
        }
    }

    /// The oldest that was not written to the present connection, from this sequence number on.
    func firstUnsent(from sequence: Int) -> Entry? {
        let start = max(sequence - firstSequence, 0)
        guard start < entries.count else { return nil }
        return entries[start...].lazy.compactMap { $0 }.first { $0.sentMilliseconds == nil }
    }

    /// All that waits, oldest first.
    var waiting: [Entry] { entries.compactMap { $0 } }

    /// Takes the acknowledged stanza off; of several with one id, the one whose other attributes fit, else the oldest.
    mutating func acknowledge(tag: String, id: String, where fits: (Node) -> Bool = { _ in true }) -> Node? {
        let name = Name(tag: tag, id: id)
        guard var candidates = sequences[name], let oldest = candidates.first else { return nil }
        let sequence = candidates.first { self[$0].map { fits($0.node) } ?? false } ?? oldest
        candidates.removeAll { $0 == sequence }
        sequences[name] = candidates.isEmpty ? nil : candidates
        guard let entry = self[sequence] else { return nil }
        remove(sequence)
        return entry.node
    }

    /// The connection is gone: nothing is on its way any more.
    mutating func connectionEnded() {
        for index in entries.indices where entries[index] != nil {
            entries[index]?.sentMilliseconds = nil
        }
        sentCount = 0
    }

    mutating func removeAll() {
        entries.removeAll()
        sequences.removeAll()
        firstSequence = nextSequence
        emptyFrontCount = 0
        (count, sentCount) = (0, 0)
    }

    private mutating func remove(_ sequence: Int) {
        if entries[sequence - firstSequence]?.sentMilliseconds != nil { sentCount -= 1 }
        entries[sequence - firstSequence] = nil
        count -= 1
        while emptyFrontCount < entries.count, entries[emptyFrontCount] == nil { emptyFrontCount += 1 }
        // Dropping the empty front only when it is most of the list keeps a removal cheap on average.
        guard emptyFrontCount == entries.count || emptyFrontCount * 2 > entries.count + 64 else { return }
        entries.removeFirst(emptyFrontCount)
        firstSequence += emptyFrontCount
        emptyFrontCount = 0
    }
}
