/// What goes wrong, how often, and from which seed. Chances are in a thousand.
///
/// Only what TCP and a server can do to a client: a stanza is lost together with its connection, or waits in the
/// server's queue and comes again; order changes between chats, not within one.
package struct FaultPlan: Sendable, Equatable {
    package var seed: UInt64
    /// Per stanza of a client: it is lost, and the connection is cut.
    package var lostFromClient = 0
    /// Per stanza of a client: it is processed, and the connection is cut before any answer.
    package var cutAfterStanza = 0
    /// Per stanza to a client: not written; the connection is cut `recoveryMilliseconds` later. What was queued comes
    /// again.
    package var lostToClient = 0
    /// Per stanza to a client: written later, behind stanzas of other chats.
    package var delayed = 0
    package var delayMilliseconds: ClosedRange<Int64> = 20...500
    /// Per queued stanza to a client: written twice.
    package var duplicated = 0
    /// Per message of a client: accepted and routed, but the ack is not written; the connection is cut
    /// `recoveryMilliseconds` later.
    package var withheldAcks = 0
    /// Per stanza of a client: the stream ends with one of `streamErrorCodes`.
    package var streamErrors = 0
    package var streamErrorCodes = [503]
    /// Per connection: cut after some number of bytes to the client.
    package var cuts = 0
    package var cutByteCounts: ClosedRange<Int> = 1...20_000
    /// Per message to a phone: the phone loses its session with the sender first.
    package var lostSessions = 0
    /// Whether it loses the sender keys it has of the sender's groups with them.
    package var loseSenderKeys = false
    /// How long the server takes to notice that something was lost.
    package var recoveryMilliseconds: Int64 = 300
    /// Pairing goes on undisturbed.
    package var sparesPairing = true
    /// After so many faults everything goes well.
    package var maximumFaultCount = Int.max

    package init(seed: UInt64) {
        self.seed = seed
    }
}

/// Decides, stanza by stanza, what the plan does to it. Pure: the same plan and stanzas give the same decisions.
package struct FaultDecider: Sendable {
    package enum Incoming: Equatable, Sendable {
        case none, lost, cutAfterwards
        case streamError(code: Int)
    }

    package enum Outgoing: Equatable, Sendable {
        case none, lost, duplicated
        case delayed(milliseconds: Int64)
    }

    package let plan: FaultPlan
    package private(set) var faultCount = 0
    private var random: SeededGenerator

    package init(_ plan: FaultPlan) {
        self.plan = plan
        random = SeededGenerator(seed: plan.seed)
    }

    private mutating func happens(_ chance: Int) -> Bool {
        guard chance > 0, faultCount < plan.maximumFaultCount, Int.random(in: 0..<1_000, using: &random) < chance else {
            return false
        }
        faultCount += 1
        return true
    }

    package mutating func forIncoming(isPairing: Bool) -> Incoming {
        guard !(isPairing && plan.sparesPairing) else { return .none }
        if happens(plan.lostFromClient) { return .lost }
        if happens(plan.cutAfterStanza) { return .cutAfterwards }
        if happens(plan.streamErrors) {
            return .streamError(code: plan.streamErrorCodes.randomElement(using: &random) ?? 503)
        }
        return .none
    }

    package mutating func forOutgoing(isPairing: Bool, isQueued: Bool) -> Outgoing {
        guard !(isPairing && plan.sparesPairing) else { return .none }
        if happens(plan.lostToClient) { return .lost }
        if isQueued, happens(plan.duplicated) { return .duplicated }
        if happens(plan.delayed) {
            return .delayed(milliseconds: Int64.random(in: plan.delayMilliseconds, using: &random))
        }
        return .none
    }

    /// Whether the ack of a message is withheld.
    package mutating func withholdsAcknowledgement() -> Bool { happens(plan.withheldAcks) }

    /// After how many bytes to the client a new connection is cut.
    package mutating func cutByteCount(isPairing: Bool) -> Int? {
        guard !(isPairing && plan.sparesPairing), happens(plan.cuts) else { return nil }
        return Int.random(in: plan.cutByteCounts, using: &random)
    }

    /// Whether a phone loses its session with the sender of a message just before the message arrives.
    package mutating func losesSession() -> Bool { happens(plan.lostSessions) }
}
