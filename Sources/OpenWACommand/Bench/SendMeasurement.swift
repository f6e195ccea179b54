/// Many connections that each send the next message when the last one is acknowledged.
struct SendMeasurement: Sendable {
    static let connections = 32

    let name: String
    let seconds: Int
    /// It ends after so many messages, if the time does not end first.
    var most = Int.max
    /// What the figure is to be compared with.
    let comparison: String

    /// - Parameter send: Sends the message of a connection's turn; true when it was acknowledged.
    /// - Returns: How many were acknowledged.
    @discardableResult
    func run(
        into table: inout BenchTable,
        _ send: @escaping @Sendable (_ connection: Int, _ turn: Int) async throws -> Bool
    ) async throws -> Int {
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = start + .seconds(seconds)
        let turns = most / Self.connections
        let results = try await withThrowingTaskGroup(of: [Duration?].self) { group in
            for connection in 0..<Self.connections {
                group.addTask {
                    var latencies: [Duration?] = []
                    while clock.now < deadline, latencies.count < turns {
                        let sent = clock.now
                        let isAcknowledged = try await send(connection, latencies.count)
                        latencies.append(isAcknowledged ? clock.now - sent : nil)
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = clock.now - start
        let acknowledged = results.compactMap(\.self).sorted()
        guard !acknowledged.isEmpty else { throw BenchError.unexpectedAnswer("no send was acknowledged") }
        table.add(
            name, Figure.perSecond(acknowledged.count, in: elapsed),
            "p50 \(Figure.milliseconds(acknowledged[acknowledged.count / 2])),"
                + " p99 \(Figure.milliseconds(acknowledged[acknowledged.count * 99 / 100])),"
                + " \(results.count - acknowledged.count) without ack; \(comparison)")
        return acknowledged.count
    }
}
