import Synchronization

/// Answers and notifications come by different ways: an answer may be older than the news that came while it was under way.
///
/// Whoever asks begins before the request leaves and, in the transaction that would keep the answer, leaves out those of
/// whom there was news: they stay to be asked for. The news is told here in the transaction that takes it in. Subjects are
/// groups and people as they are stored. What is remembered is bounded by the requests under way.
final class NewsWatch: Sendable {
    private struct State {
        var next: UInt64 = 0
        var watches: [UInt64: Heard] = [:]
    }

    private enum Heard {
        case of(Set<String>)
        case ofEverything
    }

    private let state = Mutex(State())

    func begin() -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.watches[state.next] = .of([])
            return state.next
        }
    }

    func end(_ watch: UInt64) { state.withLock { $0.watches[watch] = nil } }

    func heard(of subject: String) {
        state.withLock { state in
            for (watch, heard) in state.watches {
                if case .of(let subjects) = heard { state.watches[watch] = .of(subjects.union([subject])) }
            }
        }
    }

    /// Everything known may be out of date.
    func heardOfEverything() {
        state.withLock { state in for watch in state.watches.keys { state.watches[watch] = .ofEverything } }
    }

    /// Whether there was news of it since the watch began; the watch must not have ended.
    func isOutdated(_ subject: String, since watch: UInt64) -> Bool {
        state.withLock { state in
            switch state.watches[watch] {
            case .of(let subjects)?: subjects.contains(subject)
            case .ofEverything?, nil: true
            }
        }
    }
}
