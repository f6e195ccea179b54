extension Clock where Duration == Swift.Duration {
    /// Sleeps until the wall clock shows a time, which it may do already.
    func sleep(untilMilliseconds due: Int64, by nowMilliseconds: () -> Int64) async throws {
        while true {
            // Read first: if time passes before the wall clock is read, we wake too early and look again, never too late.
            let start = now
            let left = due - nowMilliseconds()
            guard left > 0 else { return }
            try await sleep(until: start.advanced(by: .milliseconds(left)), tolerance: nil)
        }
    }
}
