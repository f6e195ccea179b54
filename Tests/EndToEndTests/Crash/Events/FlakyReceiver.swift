import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import SimulatorServer
import StrictJSON
import Synchronization
import TestSupport

/// A webhook receiver that fails a third of the time: with a 500, or by hanging up without an answer.
///
/// It fails the same event at most four times, which is as often as a webhook with five attempts bears.
final class FlakyReceiver: Sendable {
    /// One request, as it was when it came.
    struct Delivery: Sendable {
        let event: String
        let idempotencyKey: String
        let deliveryID: String
        let data: JSONObject
        /// Answered with 200.
        let isTaken: Bool
    }

    private static let mostFailures = 4

    private struct State {
        var random: SeededRandom
        var deliveries: [Delivery] = []
        var failures: [String: Int] = [:]
        /// What is no event of ours.
        var nonsense: [String] = []
    }

    private let state: Mutex<State>
    private let server: SmallHTTPServer

    var url: String { "http://127.0.0.1:\(server.port)/hook" }
    /// In the order of their arrival.
    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    var nonsense: [String] { state.withLock { $0.nonsense } }

    private init(seed: UInt64, server: SmallHTTPServer) {
        state = Mutex(State(random: SeededRandom(seed: seed ^ 0xF1A4)))
        self.server = server
    }

    /// Lends a running receiver.
    static func serving(seed: UInt64, _ body: @escaping @Sendable (FlakyReceiver) async throws -> Void) async throws {
        let server = try await SmallHTTPServer.bind(
            address: "127.0.0.1", port: 0, tls: nil, group: MultiThreadedEventLoopGroup.singleton)
        let receiver = FlakyReceiver(seed: seed, server: server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run { try await receiver.take($0) } }
            group.addTask { try await body(receiver) }
            // The server only ends when it is told to.
            try await group.next()
            group.cancelAll()
        }
    }

    @concurrent
    private func take(_ exchange: HTTPExchange) async throws {
        var body = ByteBuffer()
        while let piece = try await exchange.nextBody() { body.writeImmutableBuffer(piece) }
        switch note(Array(body.readableBytesView)) {
        case .taken: try await exchange.answer(.ok)
        case .refused: try await exchange.answer(.internalServerError)
        // Nothing is answered, and so the connection ends.
        case .hungUp: break
        }
    }

    private enum Verdict { case taken, refused, hungUp }

    private func note(_ body: [UInt8]) -> Verdict {
        guard case .object(let event)? = try? JSONReader.read(body), let name = event["event"]?.string,
            let key = event["idempotencyKey"]?.string, let delivery = event["deliveryId"]?.string,
            case .object(let data)? = event["data"]
        else {
            state.withLock { $0.nonsense.append(String(decoding: body.prefix(300), as: UTF8.self)) }
            return .refused
        }
        return state.withLock { state in
            let fails =
                Int.random(in: 0..<3, using: &state.random) == 0 && state.failures[key, default: 0] < Self.mostFailures
            if fails { state.failures[key, default: 0] += 1 }
            state.deliveries.append(
                Delivery(event: name, idempotencyKey: key, deliveryID: delivery, data: data, isTaken: !fails))
            guard fails else { return .taken }
            return Bool.random(using: &state.random) ? .refused : .hungUp
        }
    }
}
