import Synchronization
import WAProtocol

/// Those who wait for our phone to upload a file again, by message id.
///
/// Ids are unique for their writer only, so several may wait for one id; each looks whether an answer is for its file.
final class ReuploadAnswers: Sendable {
    private struct State {
        var next = 0
        var sinks: [String: [Int: AsyncStream<ReuploadAnswer>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    /// The answers that come from now on, until the stream is dropped.
    func answers(to messageID: String) -> AsyncStream<ReuploadAnswer> {
        let (stream, sink) = AsyncStream.makeStream(of: ReuploadAnswer.self, bufferingPolicy: .bufferingOldest(4))
        let number = state.withLock { state in
            state.next += 1
            state.sinks[messageID, default: [:]][state.next] = sink
            return state.next
        }
        sink.onTermination = { [weak self] _ in self?.remove(number, messageID) }
        return stream
    }

    func hand(over answer: ReuploadAnswer) {
        let sinks = state.withLock { Array(($0.sinks[answer.messageID] ?? [:]).values) }
        for sink in sinks { sink.yield(answer) }
    }

    private func remove(_ number: Int, _ messageID: String) {
        state.withLock { state in
            state.sinks[messageID]?[number] = nil
            if state.sinks[messageID]?.isEmpty == true { state.sinks[messageID] = nil }
        }
    }
}
