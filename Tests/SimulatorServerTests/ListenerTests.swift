import Foundation
import Logging
import NIOCore
import SimulatorServer
import TestSupport
import Testing
import WABinary
import WACrypto
import WANoise
import WAProto
import WASimulator

@Suite("The simulator's ports")
struct ListenerTests {
    private static let now = Int64(Date().timeIntervalSince1970)

    private func options(_ simulator: RunningSimulator) -> BareClient.Options {
        BareClient.Options(trust: ServerTrust(rootKey: simulator.rootKey), nowSeconds: Self.now)
    }

    @Test("A client that trusts the root key shakes hands over ws and is asked to pair")
    func plain() async throws {
        try await withSimulator { simulator in
            let first = try await BareClient.connect(
                to: simulator.webSocketURL, payload: Registration.payload(), options: options(simulator)
            ) { try await $0.next() }
            #expect(first.tag == "iq")
            #expect(first.child("pair-device")?.children("ref").isEmpty == false)
        }
    }

    @Test("The same over wss, with the generated authority as the only TLS root")
    func secure() async throws {
        try await withSimulator(tlsPort: 0) { simulator in
            var options = options(simulator)
            options.authorityPEM = simulator.authorityPEM
            let first = try await BareClient.connect(
                to: try #require(simulator.secureWebSocketURL), payload: Registration.payload(), options: options
            ) { try await $0.next() }
            #expect(first.child("pair-device") != nil)
        }
    }

    @Test("A client with another root key refuses the server")
    func foreignRoot() async throws {
        try await withSimulator { simulator in
            var options = options(simulator)
            options.trust = ServerTrust(rootKey: KeyPair().publicKey)
            let refused = options
            await #expect(throws: NoiseError.self) {
                try await BareClient.connect(
                    to: simulator.webSocketURL, payload: Registration.payload(), options: refused
                ) { _ in }
            }
        }
    }

    @Test("Any path, a routing preamble and one byte to a WebSocket message are all taken")
    func pieces() async throws {
        try await withSimulator { simulator in
            var options = options(simulator)
            options.path = "/ws/chat?ED=AAA"
            options.routingInfo = [1, 2, 3]
            options.writesBytewise = true
            let first = try await BareClient.connect(
                to: simulator.webSocketURL, payload: Registration.payload(), options: options
            ) { try await $0.next() }
            #expect(first.child("pair-device") != nil)
        }
    }

    @Test("A WebSocket ping is answered with its own payload")
    func pong() async throws {
        try await withSimulator { simulator in
            let answer = try await BareClient.connect(
                to: simulator.webSocketURL, payload: Registration.payload(), options: options(simulator)
            ) { client in
                try await client.ping("are you there")
                return try await client.nextPong()
            }
            #expect(answer == "are you there")
        }
    }

    @Test("A frame that is no node is answered with a stream error, and reported")
    func malformed() async throws {
        try await withSimulator { simulator in
            let error = try await BareClient.connect(
                to: simulator.webSocketURL, payload: Registration.payload(), options: options(simulator)
            ) { client in
                try await client.sendPlaintext([0, 0xF8, 0xFF, 0x01])
                return try await client.next { $0.tag == "stream:error" }
            }
            #expect(error.child("xml-not-well-formed") != nil)
            let violations = await simulator.violations()
            #expect(violations.map(\.kind) == [.malformedFrame])
        }
    }

    @Test("A connection that the fault plan cuts delivers exactly so many bytes and then ends")
    func cut() async throws {
        try await withSimulator { simulator in
            await simulator.host.drive { server, _ in
                var plan = server.faultPlan
                plan.cuts = 1_000
                plan.cutByteCounts = 40...40
                plan.sparesPairing = false
                server.setFaults(plan)
            }
            // The first node is longer than 40 bytes, so it never arrives whole.
            await #expect(throws: BareClient.Failure.ended) {
                try await BareClient.connect(
                    to: simulator.webSocketURL, payload: Registration.payload(), options: options(simulator)
                ) { try await $0.next() }
            }
        }
    }

    @Test("Two hundred connections at once are all asked to pair", .timeLimit(.minutes(5)))
    func many() async throws {
        try await withSimulator { simulator in
            let options = options(simulator)
            let asked = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await BareClient.connect(
                            to: simulator.webSocketURL, payload: Registration.payload(), options: options
                        ) { try await $0.next().child("pair-device") != nil }
                    }
                }
                return try await group.reduce(into: 0) { count, isAsked in count += isAsked ? 1 : 0 }
            }
            #expect(asked == 200)
        }
    }

    @Test("A connection that is accepted by a server about to stop is closed")
    func dropped() async throws {
        let channel = CarefulHTTP1Channel { _, _, _ in }
        try await dropConnection { channel.setup(channel: $0, logger: Logger(label: "test")).map { _ in } }
    }
}
