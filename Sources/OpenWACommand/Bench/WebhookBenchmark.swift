import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import SimulatorServer
import StrictJSON
import Synchronization

/// A steady stream of messages to many sessions, each with a webhook that answers and one that never does.
struct WebhookBenchmark: Sendable {
    let world: BenchGateway
    let sessionCount: Int
    /// People who write, after the sessions' phones.
    let writerCount: Int
    let messagesPerMinute: Int
    let seconds: Int

    func run(into table: inout BenchTable) async throws {
        let receiver = Receiver()
        let healthy = try await SmallHTTPServer.bind(
            address: "127.0.0.1", port: 0, tls: nil, group: MultiThreadedEventLoopGroup.singleton)
        let dead = try await SmallHTTPServer.bind(
            address: "127.0.0.1", port: 0, tls: nil, group: MultiThreadedEventLoopGroup.singleton)
        let (last, said) = try await withThrowingTaskGroup(of: (Double, Int)?.self) { group in
            group.addTask {
                await healthy.run { try await receiver.take($0) }
                return nil
            }
            group.addTask {
                await dead.run { _ in try await Task.sleep(for: .seconds(3_600)) }
                return nil
            }
            group.addTask {
                for session in 0..<sessionCount {
                    for port in [healthy.port, dead.port] {
                        try await world.addWebhook("http://127.0.0.1:\(port)/hook", session: "bench-\(session)")
                    }
                }
                return try await stream(until: receiver)
            }
            var result = (0.0, 0)
            while let next = try await group.next() {
                guard let next else { continue }
                result = next
                group.cancelAll()
                break
            }
            return result
        }
        let latencies = receiver.latencies.sorted()
        guard !latencies.isEmpty else { throw BenchError.unexpectedAnswer("no webhook came") }
        let name =
            "\(Figure.thousands(messagesPerMinute)) messages a minute to \(sessionCount) sessions for \(seconds) s"
        table.add(
            name, Figure.megabytes(last),
            "most growth of the gateway; a live and a dead webhook for each; aim 64 MB")
        table.add(
            "from the message's row to its webhook",
            Figure.milliseconds(.milliseconds(latencies[latencies.count * 99 / 100])),
            "p99; p50 \(latencies[latencies.count / 2]) ms; \(latencies.count) of \(said) came; aim 1 s")
    }

    /// - Returns: The most the gateway grew, and how many messages were said.
    private func stream(until receiver: Receiver) async throws -> (Double, Int) {
        let clock = ContinuousClock()
        let (start, before) = (clock.now, world.gateway.residentBytes)
        let total = messagesPerMinute * seconds / 60
        var most = 0.0
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<total {
                try await clock.sleep(until: start + .seconds(60) / messagesPerMinute * index)
                if index >= 64 { try await group.next() }
                group.addTask {
                    try await world.sayOnly(
                        "message \(index)", from: BenchGateway.phone(sessionCount + index % writerCount),
                        to: BenchGateway.phone(index % sessionCount))
                }
                if index.isMultiple(of: 100) { most = max(most, world.gateway.residentBytes - before) }
            }
            try await group.waitForAll()
        }
        let deadline = clock.now + .seconds(10)
        while receiver.latencies.count < total, clock.now < deadline { try await clock.sleep(for: .milliseconds(50)) }
        return (max(most, world.gateway.residentBytes - before), total)
    }
}

/// Answers 200 and notes how old each event is, in milliseconds.
private final class Receiver: Sendable {
    private let noted = Mutex<[Int64]>([])

    var latencies: [Int64] { noted.withLock { $0 } }

    @concurrent
    func take(_ exchange: HTTPExchange) async throws {
        var body = ByteBuffer()
        while let piece = try await exchange.nextBody() { body.writeImmutableBuffer(piece) }
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        try await exchange.answer(.ok)
        guard case .object(let event)? = try? JSONReader.read(Array(body.readableBytesView)),
            let text = event["timestamp"]?.string, let time = ISO8601Text.milliseconds(parsing: text)
        else { return }
        noted.withLock { $0.append(now - time) }
    }
}
