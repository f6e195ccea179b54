import Testing

/// The gateway is asked to stop while sends are under way.
@Suite("Gateways asked to stop", .serialized, .timeLimit(.minutes(5)))
struct ShutdownTests {
    @Test("SIGTERM with 50 sends in flight: each is on the phone exactly once after the restart")
    func inFlight() async throws {
        let run = CrashSeed(standardKillCount: 1)
        let repeatCommand = run.command("ShutdownTests/inFlight")
        print(repeatCommand)
        try await withCrashScene { scene in
            let api = try #require(try await scene.gateway.listening())
            let traffic = CrashTraffic(scene: scene, seed: run.seed)
            // No acknowledgement comes back, so all 50 stay in flight until the signal.
            let silence = ["withheldAcks": 1000, "recoveryMilliseconds": 600_000]
            _ = try await scene.simulator.control.put("/faults", silence).successful()
            async let sends: Void = withTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let recipient = CrashScene.recipients[number % CrashScene.recipients.count]
                        await traffic.send("in flight \(number)", to: recipient, through: api)
                    }
                }
            }
            try await eventually("50 sends in flight") { last in
                let total = try await scene.storedCount(direction: "outgoing", through: api)
                last = "\(total)"
                return total == 50 ? () : nil
            }
            let exit = try await scene.gateway.terminate()
            await sends
            #expect(exit == .code(0), "\(repeatCommand)")
            _ = try await scene.simulator.control.delete("/faults").successful()

            let told = scene.ledger.snapshot
            #expect(told.accepted.count == 50, "refused: \(told.refusals). \(repeatCommand)")
            try await scene.gateway.start()
            try await scene.waitUntilReady()
            try await scene.checkInvariants(repeatCommand)
        }
    }

    @Test("SIGTERM in the middle of traffic: what was answered 201 is on the phone exactly once after the restart")
    func inTraffic() async throws {
        let run = CrashSeed(standardKillCount: 1)
        let repeatCommand = run.command("ShutdownTests/inTraffic")
        print(repeatCommand)
        try await withCrashScene { scene in
            try await CrashTraffic(scene: scene, seed: run.seed).run {
                for _ in 1...3 {
                    let accepted = scene.ledger.snapshot.accepted.count
                    try await eventually("Some traffic") { _ in
                        scene.ledger.snapshot.accepted.count > accepted + 20 ? () : nil
                    }
                    #expect(try await scene.gateway.terminate() == .code(0), "\(repeatCommand)")
                    try await scene.gateway.start()
                    try await scene.waitUntilReady()
                }
            }
            try await scene.checkInvariants(repeatCommand)
        }
    }
}
