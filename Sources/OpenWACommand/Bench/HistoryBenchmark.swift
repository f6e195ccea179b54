import Foundation
import NIOHTTP1

/// A phone with a long past is linked: what taking it in costs, and how fast it is read and searched afterwards.
struct HistoryBenchmark: Sendable {
    let world: BenchGateway
    let phone: String
    let chats: Int
    let messages: Int

    private static let session = "bench-history"
    private static let reads = 500

    private struct Chats: Decodable {
        struct Chat: Decodable { let number: String? }

        let chats: [Chat]
    }

    func run(into table: inout BenchTable) async throws {
        let control = "\(world.control)/phones/\(phone)/history"
        let (status, answer) = try await world.call(.PUT, control, ["chats": chats, "messages": messages])
        guard (200..<300).contains(status) else { throw BenchError.unexpectedAnswer("\(answer)") }
        let before = world.gateway.residentBytes
        let start = ContinuousClock.now
        try await world.link(Self.session, to: phone)
        let most = try await mostResident { try await isComplete(control) } - before
        let rows = try await storedCount()
        table.add(
            "history of \(Figure.thousands(messages)) messages in \(chats) chats",
            Figure.seconds(ContinuousClock.now - start),
            "\(Figure.thousands(rows)) stored; \(Figure.megabytes(most)) more at most; aim 64 MB")

        let list = try await world.raw(.GET, control + "/chats?limit=500").body
        let numbers = try JSONDecoder().decode(Chats.self, from: list).chats.compactMap(\.number)
        let page = "\(world.base)/sessions/\(Self.session)/messages?limit=50"
        try await measure("GET messages", into: &table) { turn in
            switch turn % 4 {
            case 0: page
            case 1: page + "&chatId=\(numbers[turn * 7 % numbers.count])@c.us"
            case 2: page + "&direction=incoming&offset=\(turn * 20)"
            default: page + "&chatId=\(numbers[turn % 5])@c.us&order=timestamp"
            }
        }
        let words = ["the", "order", "tomorrow", "meeting", "thanks", "please", "message", "hello"]
        try await measure("GET search", into: &table) { turn in
            "\(world.base)/search?sessionId=\(Self.session)&limit=20&q=" + words[turn % words.count]
        }
    }

    /// One request after the other.
    private func measure(_ name: String, into table: inout BenchTable, _ url: (Int) -> String) async throws {
        var latencies: [Duration] = []
        for turn in 0..<Self.reads {
            let start = ContinuousClock.now
            let (status, body) = try await world.raw(.GET, url(turn))
            guard status == 200 else { throw BenchError.unexpectedAnswer(String(decoding: body, as: UTF8.self)) }
            latencies.append(ContinuousClock.now - start)
        }
        latencies.sort()
        table.add(
            "\(name), \(Figure.thousands(messages)) messages stored",
            Figure.milliseconds(latencies[latencies.count * 99 / 100]),
            "p99; p50 \(Figure.milliseconds(latencies[latencies.count / 2])); aim 50 ms")
    }

    private func isComplete(_ control: String) async throws -> Bool {
        let (_, history) = try await world.call(.GET, control)
        let devices = history["devices"] as? [[String: Any]] ?? []
        return !devices.isEmpty && devices.allSatisfy { $0["isComplete"] as? Bool == true }
    }

    private func storedCount() async throws -> Int {
        let (_, page) = try await world.call(.GET, "\(world.base)/sessions/\(Self.session)/messages?limit=1")
        return page["total"] as? Int ?? 0
    }

    /// The most memory the gateway takes until something is over.
    private func mostResident(until isOver: () async throws -> Bool) async throws -> Double {
        var most = 0.0
        while true {
            most = max(most, world.gateway.residentBytes)
            if try await isOver() { return max(most, world.gateway.residentBytes) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
