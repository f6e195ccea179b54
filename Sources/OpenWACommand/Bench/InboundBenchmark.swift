import Foundation

/// What comes in: messages per second, and what it takes to know many chats.
struct InboundBenchmark: Sendable {
    let world: BenchGateway
    /// Linked sessions, of the phones 0 and up; the phones that write come after them.
    let sessionCount: Int

    /// 32 phones, each of which says the next thing when the last one is stored and acknowledged.
    func messages(seconds: Int, into table: inout BenchTable) async throws {
        let sessions = min(50, sessionCount)
        for connection in 0..<SendMeasurement.connections {
            _ = try await world.say("warm up", from: writer(connection), to: BenchGateway.phone(connection % sessions))
        }
        let before = world.gateway.processorSeconds
        let measurement = SendMeasurement(
            name: "messages received, 32 phones, \(sessions) sessions", seconds: seconds,
            comparison: "each stored, then acknowledged")
        let count = try await measurement.run(into: &table) { connection, turn in
            try await world.say(
                "message \(connection) \(turn)", from: writer(connection),
                to: BenchGateway.phone((connection + turn) % sessions))
        }
        let used = world.gateway.processorSeconds - before
        table.add(
            "messages received per second of one core", Figure.perSecond(count, in: .seconds(used)),
            "processor time of the gateway alone")
    }

    /// One message from each of so many people.
    func chats(_ count: Int, into table: inout BenchTable) async throws {
        let before = world.gateway.residentBytes
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= 16 { try await group.next() }
                group.addTask { _ = try await world.say("hello", from: writer(index), to: BenchGateway.phone(0)) }
            }
            try await group.waitForAll()
        }
        try await Task.sleep(for: .seconds(3))
        table.add(
            "one session with \(Figure.thousands(count)) chats known",
            Figure.megabytes(world.gateway.residentBytes - before), "more than without them")
    }

    private func writer(_ index: Int) -> String { BenchGateway.phone(sessionCount + index) }
}
