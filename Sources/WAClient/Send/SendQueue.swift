import WABinary

/// The order of an account's sends: what waits, what is on its way, and which conversations are held back. Pure.
///
/// A send leaves in the order it was submitted. One whose recipient's devices or keys must first be asked for holds back
/// its own conversation only. After a connection is lost, everything unanswered goes out again, first and in order.
struct SendQueue: Sendable {
    struct Entry: Sendable {
        let sequence: UInt64
        let envelope: OutgoingEnvelope
    }

    struct Flight: Sendable {
        let entry: Entry
        var sentAtMilliseconds: Int64
        var participantHash: String?
    }

    private var nextSequence: UInt64 = 0
    private var waiting: [Entry] = []
    private var preparing: [String: Entry] = [:]
    private var inFlight: [String: Flight] = [:]
    private var heldConversations: Set<JID> = []

    var isNothingInFlight: Bool { inFlight.isEmpty }

    mutating func submit(_ envelopes: [OutgoingEnvelope]) {
        for envelope in envelopes {
            waiting.append(Entry(sequence: nextSequence, envelope: envelope))
            nextSequence += 1
        }
    }

    /// The next sends to prepare together, oldest first, none of a held conversation; they are `preparing` from now on.
    mutating func take(limit: Int) -> [Entry] {
        var taken: [Entry] = []
        if heldConversations.isEmpty {
            taken = Array(waiting.prefix(limit))
            waiting.removeFirst(taken.count)
        } else {
            var left: [Entry] = []
            for entry in waiting {
                if taken.count < limit, !heldConversations.contains(entry.envelope.recipient) {
                    taken.append(entry)
                } else {
                    left.append(entry)
                }
            }
            waiting = left
        }
        for entry in taken { preparing[entry.envelope.id] = entry }
        return taken
    }

    mutating func sent(_ id: String, participantHash: String?, nowMilliseconds: Int64) {
        guard let entry = preparing.removeValue(forKey: id) else { return }
        inFlight[id] = Flight(entry: entry, sentAtMilliseconds: nowMilliseconds, participantHash: participantHash)
    }

    /// These wait for devices or keys of their recipients; their conversations are held until `release`.
    mutating func hold(_ entries: [Entry]) {
        for entry in entries { heldConversations.insert(entry.envelope.recipient) }
    }

    /// Devices and keys are there: the sends are prepared again, in their old place.
    mutating func release(_ entries: [Entry]) {
        for entry in entries {
            heldConversations.remove(entry.envelope.recipient)
            if preparing.removeValue(forKey: entry.envelope.id) != nil { waiting.append(entry) }
        }
        waiting.sort { $0.sequence < $1.sequence }
    }

    /// Puts entries back whose preparation failed for a reason of ours.
    mutating func putBack(_ entries: [Entry]) { release(entries) }

    /// The send has an outcome; nil when it is not under way (any more).
    mutating func settle(_ id: String) -> Flight? {
        if let flight = inFlight.removeValue(forKey: id) { return flight }
        if let entry = preparing.removeValue(forKey: id) {
            return Flight(entry: entry, sentAtMilliseconds: 0, participantHash: nil)
        }
        guard let index = waiting.firstIndex(where: { $0.envelope.id == id }) else { return nil }
        return Flight(entry: waiting.remove(at: index), sentAtMilliseconds: 0, participantHash: nil)
    }

    /// The connection is gone: nothing is held, and everything unanswered waits again.
    mutating func connectionLost() {
        waiting.append(contentsOf: preparing.values)
        waiting.append(contentsOf: inFlight.values.map(\.entry))
        waiting.sort { $0.sequence < $1.sequence }
        preparing = [:]
        inFlight = [:]
        heldConversations = []
    }

    /// Sends the server has not answered for this long wait again; their stored stanza goes out once more.
    mutating func resendOverdue(sentBeforeMilliseconds: Int64) -> Int {
        let overdue = inFlight.values.filter { $0.sentAtMilliseconds < sentBeforeMilliseconds }
        guard !overdue.isEmpty else { return 0 }
        for flight in overdue { inFlight[flight.entry.envelope.id] = nil }
        waiting.append(contentsOf: overdue.map(\.entry))
        waiting.sort { $0.sequence < $1.sequence }
        return overdue.count
    }
}
