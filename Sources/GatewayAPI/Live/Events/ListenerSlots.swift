import Gateway
import Synchronization

/// How many requests wait for events at the same time: in all, and for each key.
final class ListenerSlots: Sendable {
    /// One listener's place, as long as somebody holds it.
    final class Place: Sendable {
        private let slots: ListenerSlots
        private let keyID: String

        fileprivate init(_ slots: ListenerSlots, _ keyID: String) {
            self.slots = slots
            self.keyID = keyID
        }

        deinit { slots.leave(keyID) }
    }

    private struct State {
        var total = 0
        var byKey: [String: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerKey: Int
    private let state = Mutex(State())

    init(maximum: Int = 2_000, maximumPerKey: Int = 100) {
        self.maximum = maximum
        self.maximumPerKey = maximumPerKey
    }

    /// - Throws: `APIError.tooManyListeners`.
    func take(for caller: Caller?) throws(APIError) -> Place {
        let keyID = caller?.key.id ?? ""
        let isFree = state.withLock { state in
            guard state.total < maximum, state.byKey[keyID, default: 0] < maximumPerKey else { return false }
            state.total += 1
            state.byKey[keyID, default: 0] += 1
            return true
        }
        guard isFree else { throw .tooManyListeners }
        return Place(self, keyID)
    }

    private func leave(_ keyID: String) {
        state.withLock { state in
            state.total -= 1
            let left = state.byKey[keyID, default: 1] - 1
            state.byKey[keyID] = left > 0 ? left : nil
        }
    }
}
