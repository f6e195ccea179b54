import Synchronization
import WAClient

/// What the caller of a send waits for: WhatsApp's answer, at most so long.
///
/// The send itself does not depend on the ticket: who stops waiting misses the answer, nothing else.
final class SendTicket: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<SendOutcome?, Never>)
        case closed(SendOutcome?)
    }

    private let state = Mutex(State.open)

    /// The first answer counts; nil gives up waiting.
    func close(with outcome: SendOutcome?) {
        let waiter: CheckedContinuation<SendOutcome?, Never>? = state.withLock { state in
            switch state {
            case .open:
                state = .closed(outcome)
                return nil
            case .awaited(let continuation):
                state = .closed(outcome)
                return continuation
            case .closed: return nil
            }
        }
        waiter?.resume(returning: outcome)
    }

    /// WhatsApp's answer; nil when there is none within `limit` or the caller's task is cancelled. One caller only.
    func outcome(within limit: Duration, clock: any Clock<Duration>) async -> SendOutcome? {
        if case .closed(let outcome) = state.withLock({ $0 }) { return outcome }
        guard limit > .zero else { return nil }
        let timer = Task {
            do { try await clock.sleep(for: limit) } catch { return }
            close(with: nil)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: SendOutcome?? = state.withLock { state in
                    if case .closed(let outcome) = state { return .some(outcome) }
                    state = .awaited(continuation)
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            close(with: nil)
        }
    }
}
