import Synchronization

/// What the outside was told: every send and its answer, every message a phone said.
final class CrashLedger: Sendable {
    enum Outcome: Equatable, Sendable {
        /// 201: it must reach the phone, once.
        case accepted(messageID: String)
        /// An answer of failure: nothing of it may be anywhere.
        case refused(status: UInt, text: String)
        /// The connection broke: it may reach the phone, once.
        case unanswered
    }

    struct Send: Sendable {
        let text: String
        let recipient: String
        var outcome: Outcome
    }

    struct State: Sendable {
        /// By text: every send has its own.
        var sends: [String: Send] = [:]
        /// Texts that phones said, by id.
        var said: [String: String] = [:]
    }

    private let state = Mutex(State())

    var snapshot: State { state.withLock { $0 } }

    func begin(_ text: String, to recipient: String) {
        state.withLock { $0.sends[text] = Send(text: text, recipient: recipient, outcome: .unanswered) }
    }

    func answered(_ text: String, _ outcome: Outcome) {
        state.withLock { $0.sends[text]?.outcome = outcome }
    }

    func said(_ text: String, id: String) {
        state.withLock { $0.said[id] = text }
    }
}

extension CrashLedger.State {
    var accepted: [(send: CrashLedger.Send, messageID: String)] {
        sends.values.compactMap { send in
            if case .accepted(let messageID) = send.outcome { (send, messageID) } else { nil }
        }
    }

    var unansweredCount: Int { sends.values.count { $0.outcome == .unanswered } }

    /// How often each answer of failure was given, by status and text.
    var refusals: [String: Int] {
        sends.values.reduce(into: [:]) { counts, send in
            if case .refused(let status, let text) = send.outcome { counts["\(status) \(text)", default: 0] += 1 }
        }
    }
}
