import ArgumentParser
import Foundation

/// The whole gateway from outside: memory per linked session, durable sends per second, time until ready.
struct GatewayBenchmark: Sendable {
    /// What can be measured by itself; sessions are linked for all of them.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case memory, sends, media, group, inbound, chats, history, webhooks, restart
    }

    let sessionCounts: [Int]
    let sendSeconds: Int
    let fileByteCount: Int
    let groupSize: Int
    let webhookSeconds: Int
    let parts: Set<Part>
    private static let chatCount = 1_000

    private var mostSessions: Int { sessionCounts.max() ?? 50 }

    func run() async throws -> BenchTable {
        var table = BenchTable(title: "The gateway, with the simulator in another process, over wss, synchronous=FULL")
        let folder = FileManager.default.temporaryDirectory.appending(path: "openwa-bench-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let most = mostSessions
        var world = try await BenchGateway.start(phones: most + Self.chatCount + groupSize, dataDirectory: folder)
        do {
            try await measure(&world, &table)
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
        return table
    }

    /// - Parameter world: The gateway that runs at the end.
    private func measure(_ world: inout BenchGateway, _ table: inout BenchTable) async throws {
        let most = mostSessions
        table.add(
            "process start to listening", Figure.milliseconds(ContinuousClock.now - world.gateway.startedAt),
            "aim 200 ms; whatsmeow's first QR 16 ms")
        try await link(world, &table)
        if parts.contains(.sends) {
            try await sends(world, sessions: 1, &table)
            try await sends(world, sessions: min(50, most), &table)
        }
        if parts.contains(.media) { try await media(world, &table) }
        if parts.contains(.group) { try await group(world, &table) }
        let inbound = InboundBenchmark(world: world, sessionCount: most)
        if parts.contains(.inbound) { try await inbound.messages(seconds: sendSeconds, into: &table) }
        if parts.contains(.chats) { try await inbound.chats(Self.chatCount, into: &table) }
        if parts.contains(.history) {
            try await HistoryBenchmark(
                world: world, phone: BenchGateway.phone(most + Self.chatCount - 1), chats: 500, messages: 50_000
            ).run(into: &table)
        }
        if parts.contains(.webhooks) {
            try await WebhookBenchmark(
                world: world, sessionCount: min(100, most), writerCount: 100, messagesPerMinute: 10_000,
                seconds: webhookSeconds
            ).run(into: &table)
        }
        guard parts.contains(.restart) else { return }

        let start = ContinuousClock.now
        world = try await world.restarted()
        try await world.waitUntilReady(most)
        table.add(
            "\(most) sessions ready after a restart", Figure.seconds(ContinuousClock.now - start), "aim 2 s for 200")
        try await Task.sleep(for: .seconds(2))
        table.add("resident after the restart", Figure.megabytes(world.gateway.residentBytes))
    }

    /// Links all sessions, and says what memory they take.
    private func link(_ world: BenchGateway, _ table: inout BenchTable) async throws {
        var linked = 0
        var last = (count: 0, bytes: world.gateway.residentBytes)
        let isMeasured = parts.contains(.memory)
        if isMeasured { table.add("resident, no session", Figure.megabytes(last.bytes)) }
        for count in sessionCounts.sorted() {
            let start = ContinuousClock.now
            try await inParallel(8, from: linked, to: count) { index in
                try await world.link("bench-\(index)", to: BenchGateway.phone(index))
            }
            try await world.waitUntilReady(count)
            let duration = ContinuousClock.now - start
            linked = count
            guard isMeasured else { continue }
            // What linking needed for a moment is given back.
            try await Task.sleep(for: .seconds(3))
            let bytes = world.gateway.residentBytes
            table.add(
                "resident, \(count) idle linked sessions", Figure.megabytes(bytes),
                "\(Figure.megabytes((bytes - last.bytes) / Double(count - last.count))) each further; aim 0.2 MB;"
                    + " linked in \(Figure.seconds(duration))")
            last = (count, bytes)
        }
    }

    private func sends(_ world: BenchGateway, sessions: Int, _ table: inout BenchTable) async throws {
        let most = mostSessions
        let phones = max(sessions, SendMeasurement.connections)
        // The first message to each phone fetches keys; that is not what is measured.
        try await inParallel(16, from: 0, to: phones) { index in
            _ = try await world.send(
                "warm up", session: "bench-\(index % sessions)", to: BenchGateway.phone(most + index) + "@c.us")
        }
        let measurement = SendMeasurement(
            name: "send-text, 32 connections, \(sessions) session\(sessions == 1 ? "" : "s")", seconds: sendSeconds,
            comparison: "aim 1,500/s; whatsmeow alone 630/s in a row")
        try await measurement.run(into: &table) { connection, turn in
            let index = connection + turn * SendMeasurement.connections
            return try await world.send(
                "message \(connection) \(turn)", session: "bench-\(index % sessions)",
                to: BenchGateway.phone(most + index % phones) + "@c.us")
        }
    }

    /// The same file again and again: it comes as base64, is spooled and hashed, and found to be uploaded already.
    private func media(_ world: BenchGateway, _ table: inout BenchTable) async throws {
        let most = mostSessions
        let file = Data((0..<fileByteCount).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
        let base64 = file.base64EncodedString()
        try await inParallel(16, from: 0, to: SendMeasurement.connections) { index in
            _ = try await world.sendDocument(
                base64, session: "bench-0", to: BenchGateway.phone(most + index) + "@c.us")
        }
        let uploads = try await world.uploadCount()
        let measurement = SendMeasurement(
            name: "send-document, the same \(fileByteCount / 1_000) KB as base64, 32 connections, 1 session",
            seconds: sendSeconds, comparison: "by reference")
        try await measurement.run(into: &table) { connection, _ in
            try await world.sendDocument(
                base64, session: "bench-0", to: BenchGateway.phone(most + connection) + "@c.us")
        }
        let more = try await world.uploadCount() - uploads
        table.add("uploads meanwhile", "\(more)", "\(uploads) before, for the same file to 32 phones")
    }

    /// Phones are switched off once they have our key: a simulator that decrypts for all of them would be what is measured.
    private func group(_ world: BenchGateway, _ table: inout BenchTable) async throws {
        // Behind all phones that the other parts need.
        let members = (1..<groupSize).map { BenchGateway.phone(mostSessions + Self.chatCount + $0) }
        let group = try await world.makeGroup(members: [BenchGateway.phone(0)] + members)
        let start = ContinuousClock.now
        guard try await world.send("first", session: "bench-0", to: group, within: 60_000) else {
            throw BenchError.unexpectedAnswer("the first text to a group was not acknowledged")
        }
        table.add(
            "first text to a group of \(groupSize)", Figure.milliseconds(ContinuousClock.now - start),
            "members, devices and keys of everybody asked for, our key handed to each")
        try await inParallel(16, from: 0, to: members.count) { try await world.switchOff(members[$0]) }
        let measurement = SendMeasurement(
            name: "send-text to a group of \(groupSize), 32 connections, 1 session", seconds: sendSeconds,
            most: Self.mostGroupMessages, comparison: "at most \(Self.mostGroupMessages) messages")
        try await measurement.run(into: &table) { connection, turn in
            try await world.send("message \(connection) \(turn)", session: "bench-0", to: group)
        }
    }

    /// The simulator keeps each of them for every member.
    private static let mostGroupMessages = 1_600

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
