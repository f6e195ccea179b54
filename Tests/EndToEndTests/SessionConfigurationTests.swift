import Gateway
import SimulatorServer
import StrictJSON
import TestSupport
import Testing
import WASimulator

/// What is set for a session does what it says.
@Suite("Settings of sessions")
struct SessionConfigurationTests {
    private let caller = World.peers[0]

    private func ring(in world: World) async throws -> String {
        try await world.drive { try $0.call(World.ownNumber, from: DeviceAddress(caller)) }
    }

    private func set(_ json: String, in world: World) async throws {
        guard case .object(let change) = try JSONReader.read(Array(json.utf8)) else { return }
        _ = try await world.gateway.configure(change, session: World.session)
    }

    @Test("Calls ring unless they are to be declined, and then are at once, also after a restart")
    func calls() async throws {
        try await withStage(seed: 71) { stage in
            try await stage.run { world in
                let ringing = try await ring(in: world)
                // A text behind it, so that what was to happen to the call has happened.
                try await world.hear("still ringing?", from: caller)
                #expect(try await world.drive { try $0.shownCall(ringing, of: caller).state } == .ringing)
                try await set(#"{"autoRejectCalls":true}"#, in: world)
                let second = try await ring(in: world)
                #expect(await declined(second, in: world))
            }
            try await stage.run { world in
                let third = try await ring(in: world)
                #expect(await declined(third, in: world))
            }
        }
    }

    private func declined(_ id: String, in world: World) async -> Bool {
        await world.simulator.host.firstValue(within: .seconds(60)) { server -> Bool? in
            (try? server.shownCall(id, of: caller).state) == .rejected ? true : nil
        } ?? false
    }

    @Test("After its number of vain attempts to connect again the session has failed")
    func attempts() async throws {
        try await withStage(seed: 72) { stage in
            try await stage.run { world in
                try await set(#"{"maxReconnectAttempts":0}"#, in: world)
                _ = try await world.gateway.stopSession(World.session)
                _ = try await world.gateway.startSession(World.session)
                try await world.waitUntilReady()
                try await world.drive { try $0.cut(World.own) }
                let failed = try #require(await world.gateway.waitForSession(World.session) { $0 == .failed })
                #expect(failed.lastError?.hasPrefix("gave up after 0 attempts") == true)
            }
        }
    }
}
