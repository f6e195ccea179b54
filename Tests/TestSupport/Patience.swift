import Foundation
import Synchronization
package import Testing

extension Duration {
    /// How long a test waits for what must happen. It says nothing about speed: even the busiest machine is done long before,
    /// so what has not happened by then never will.
    package static let patience = Duration.seconds(120)
}

/// What was waited for did not happen.
package struct OutOfPatience: Error, CustomStringConvertible {
    package let what: String
    package let limit: Duration

    package var description: String { "waited \(limit) for \(what)" }
}

/// Waits for `operation`, but not for ever: after `limit` it records an issue that names what was waited for, cancels the
/// operation and throws, whether or not the operation takes notice. The same when the task is cancelled, without the issue.
///
/// - Parameter what: Completes the sentence "waited for …"; asked when the limit is reached, so it may tell how far things are.
/// - Throws: `OutOfPatience`, `CancellationError`, and what `operation` throws.
package func patiently<Value: Sendable>(
    _ what: @autoclosure @escaping @Sendable () -> String, within limit: Duration = .patience,
    sourceLocation: SourceLocation = #_sourceLocation, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let wait = PatientWait<Value>()
    let task = Task {
        do { wait.end(.success(try await operation())) } catch { wait.end(.failure(error)) }
    }
    defer { task.cancel() }
    return try await wait.value(of: what, within: limit, sourceLocation)
}

/// Asks for something again and again until it is true, for what cannot be waited for in another way; not for ever either.
package func askPatiently(
    _ what: @autoclosure @escaping @Sendable () -> String, sourceLocation: SourceLocation = #_sourceLocation,
    _ isTrue: @escaping @Sendable () async throws -> Bool
) async throws {
    try await patiently(what(), sourceLocation: sourceLocation) {
        while try await !isTrue() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

/// One who waits: until somebody ends it, the task is cancelled, or its patience is over, whichever comes first.
final class PatientWait<Value: Sendable>: Sendable {
    private enum State {
        case begun
        case waiting(CheckedContinuation<Value, any Error>)
        case over(Result<Value, any Error>)
    }

    private let state = Mutex(State.begun)

    /// The first end counts.
    func end(_ result: Result<Value, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .begun: state = .over(result)
            case .over: break
            case .waiting(let waiter):
                state = .over(result)
                return waiter
            }
            return nil
        }
        waiter?.resume(with: result)
    }

    func value(
        of what: @escaping @Sendable () -> String, within limit: Duration, _ sourceLocation: SourceLocation
    ) async throws -> Value {
        let test = Test.current?.name ?? "a test"
        let alarm = Alarms.shared.add(after: limit) {
            let failure = OutOfPatience(what: what(), limit: limit)
            // Said at once: if no thread is left for the test to go on, nothing else will say it.
            FileHandle.standardError.write(Data("\(test): \(failure)\n".utf8))
            self.end(.failure(failure))
        }
        defer { Alarms.shared.remove(alarm) }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let result = state.withLock { state -> Result<Value, any Error>? in
                        if case .over(let result) = state { return result }
                        state = .waiting(continuation)
                        return nil
                    }
                    if let result { continuation.resume(with: result) }
                }
            } onCancel: {
                end(.failure(CancellationError()))
            }
        } catch let failure as OutOfPatience {
            Issue.record(failure, sourceLocation: sourceLocation)
            throw failure
        }
    }
}

/// Rings when patience is over, from a thread of its own: it works when every thread that runs tasks is blocked.
private final class Alarms: Sendable {
    static let shared = Alarms()

    private struct State {
        var next = 0
        var alarms: [Int: (deadline: ContinuousClock.Instant, ring: @Sendable () -> Void)] = [:]
    }

    private let state = Mutex(State())

    private init() {
        Thread.detachNewThread {
            while true {
                Thread.sleep(forTimeInterval: 1)
                for ring in self.takeDue() { ring() }
            }
        }
    }

    func add(after limit: Duration, _ ring: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.alarms[state.next] = (.now + limit, ring)
            return state.next
        }
    }

    func remove(_ number: Int) { state.withLock { _ = $0.alarms.removeValue(forKey: number) } }

    private func takeDue() -> [@Sendable () -> Void] {
        let now = ContinuousClock.now
        return state.withLock { state in
            let due = state.alarms.filter { $0.value.deadline <= now }
            for number in due.keys { state.alarms[number] = nil }
            return due.values.map(\.ring)
        }
    }
}
