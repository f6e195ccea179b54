/// Something that was to become true did not in time.
struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    let last: String
    var description: String { "\(what) did not happen in time; the last answer was: \(last)" }
}

/// Asks again and again, for things of another process that cannot be waited for in another way.
///
/// - Returns: The first value that `ask` gives.
/// - Throws: `NeverHappened`, and what `ask` throws.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), every interval: Duration = .milliseconds(20),
    _ ask: (_ last: inout String) async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    var last = ""
    while true {
        if let value = try await ask(&last) { return value }
        guard ContinuousClock.now < deadline else { throw NeverHappened(what: what, last: last) }
        try await Task.sleep(for: interval)
    }
}
