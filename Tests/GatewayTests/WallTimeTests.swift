import TestSupport
import Testing

@testable import Gateway

@Suite("Sleeping until a time of the wall clock")
struct WallTimeTests {
    @Test("Time that passes while the wall clock is read is not slept again")
    func passing() async throws {
        let clock = ManualClock()
        let due = clock.nowMilliseconds + 5_000
        try await patiently("the end of the sleep") {
            try await clock.sleep(untilMilliseconds: due) {
                let now = clock.nowMilliseconds
                if now < due { clock.advance(by: .seconds(5)) }
                return now
            }
        }
    }

    @Test("What wakes too early sleeps on")
    func early() async throws {
        let clock = ManualClock()
        let due = clock.nowMilliseconds + 5_000
        let reads = Watched(0)
        let sleeping = Task {
            try await clock.sleep(untilMilliseconds: due) {
                reads.withLock { $0 += 1 }
                // The wall clock was set back by three seconds meanwhile.
                return clock.nowMilliseconds - (reads.withLock { $0 } > 1 ? 3_000 : 0)
            }
        }
        try await clock.waitForSleeper(for: .seconds(5))
        clock.advance(by: .seconds(5))
        try await clock.waitForSleeper(for: .seconds(3))
        clock.advance(by: .seconds(3))
        try await sleeping.value
    }
}
