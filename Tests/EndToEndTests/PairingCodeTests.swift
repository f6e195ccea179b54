import Gateway
import SimulatorServer
import Testing
import WASimulator

@Suite("Linking by phone number")
struct PairingCodeTests {
    @Test("A code of the gateway, typed on the phone, makes the session ready under that number")
    func links() async throws {
        try await withWorld(seed: 71) { world in
            let number = "628550000002"
            try await world.drive { try $0.addPhone(number) }
            _ = try await world.gateway.createSession(name: "second")
            _ = try await world.gateway.startSession("second")
            _ = await world.gateway.waitForSession("second") { $0 == .qrReady }
            let answer = try await world.gateway.requestPairingCode(for: number, session: "second")
            #expect(answer.code.count == 8 && answer.status == .qrReady)
            try await world.drive { try $0.enter(pairingCode: answer.code, on: number) }
            let ready = await world.gateway.waitForSession("second") { $0 == .ready }
            #expect(ready?.phone == number)
            await #expect(throws: GatewayError.alreadyPaired) {
                try await world.gateway.requestPairingCode(for: number, session: "second")
            }
            await #expect(throws: GatewayError.alreadyPaired) {
                try await world.gateway.requestPairingCode(for: World.ownNumber, session: World.session)
            }
        }
    }
}
