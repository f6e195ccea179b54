import Foundation

/// The whole gateway from outside: memory per linked session, durable sends per second, time until ready.
struct GatewayBenchmark: Sendable {
    let sessionCounts: [Int]
    let sendSeconds: Int

    func run() async throws -> BenchTable {
        var table = BenchTable(title: "The gateway, with the simulator in another process, over wss, synchronous=FULL")
        let folder = FileManager.default.temporaryDirectory.appending(path: "openwa-bench-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let most = sessionCounts.max() ?? 50
        var world = try await BenchGateway.start(phones: most + 100, dataDirectory: folder)
        table.add(
            "process start to listening", Figure.milliseconds(ContinuousClock.now - world.gateway.startedAt),
            "aim 200 ms; whatsmeow's first QR 16 ms")
        try await memory(world, &table)
        try await sends(world, sessions: 1, &table)
        try await sends(world, sessions: min(50, most), &table)

        let start = ContinuousClock.now
        world = try await world.restarted()
        try await world.waitUntilReady(most)
        table.add("\(most) sessions ready after a restart", Figure.seconds(ContinuousClock.now - start), "aim 2 s for 200")
        try await Task.sleep(for: .seconds(2))
        table.add("resident after the restart", Figure.megabytes(world.gateway.residentBytes))
        world.stop()
        return table
    }

    private func memory(_ world: BenchGateway, _ table: inout BenchTable) async throws {
        var linked = 0
        var last = (count: 0, bytes: world.gateway.residentBytes)
        table.add("resident, no session", Figure.megabytes(last.bytes))
        for count in sessionCounts.sorted() {
            let start = ContinuousClock.now
            try await inParallel(8, from: linked, to: count) { index in
                try await world.link("bench-\(index)", to: BenchGateway.phone(index))
            }
            try await world.waitUntilReady(count)
            let duration = ContinuousClock.now - start
            // What linking needed for a moment is given back.
            try await Task.sleep(for: .seconds(3))
            let bytes = world.gateway.residentBytes
            table.add(
                "resident, \(count) idle linked sessions", Figure.megabytes(bytes),
                "\(Figure.megabytes((bytes - last.bytes) / Double(count - last.count))) each further; aim 0.2 MB;"
                    + " linked in \(Figure.seconds(duration))")
            linked = count
            last = (count, bytes)
        }
    }

    private func sends(_ world: BenchGateway, sessions: Int, _ table: inout BenchTable) async throws {
        let connections = 32
        let clock = ContinuousClock()
        let most = sessionCounts.max() ?? 50
        // The first message to each phone fetches keys; that is not what is measured.
        try await inParallel(16, from: 0, to: max(sessions, connections)) { index in
            _ = try await world.send("warm up", session: "bench-\(index % sessions)", to: BenchGateway.phone(most + index))
        }
        let start = clock.now
        let deadline = start + .seconds(sendSeconds)
        let results = try await withThrowingTaskGroup(of: [Duration?].self) { group in
            for connection in 0..<connections {
                group.addTask {
                    var latencies: [Duration?] = []
                    var turn = connection
                    while clock.now < deadline {
                        let sent = clock.now
                        let isAcknowledged = try await world.send(
                            "message \(connection) \(latencies.count)", session: "bench-\(turn % sessions)",
                            to: BenchGateway.phone(most + turn % max(sessions, connections)))
                        latencies.append(isAcknowledged ? clock.now - sent : nil)
                        turn += connections
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
            "send-text, 32 connections, \(sessions) session\(sessions == 1 ? "" : "s")",
            Figure.perSecond(acknowledged.count, in: elapsed),
            "p50 \(Figure.milliseconds(acknowledged[acknowledged.count / 2])),"
                + " p99 \(Figure.milliseconds(acknowledged[acknowledged.count * 99 / 100])),"
                + " \(results.count - acknowledged.count) without ack; aim 1,500/s; whatsmeow alone 630/s in a row")
    }

    private func inParallel(
        _ width: Int, from first: Int, to end: Int, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in first..<end {
                if index >= first + width { try await group.next() }
                group.addTask { try await body(index) }
            }
            try await group.waitForAll()
        }
    }
}
