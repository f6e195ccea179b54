import Foundation
import Gateway
import Testing
import WASimulator

/// Sends and receives while everything that TCP and a server can do to a client is done to it.
///
/// `OPENWA_FAULT_SEEDS=1000` runs so many seeds (20 by default), `OPENWA_FAULT_SEED=17` only that one:
///
///     OPENWA_FAULT_SEED=17 swift test --filter SeededFaultTests
@Suite("Messages survive seeded faults")
struct SeededFaultTests {
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let one = environment["OPENWA_FAULT_SEED"].flatMap(UInt64.init) { return [one] }
        return Array(1...(environment["OPENWA_FAULT_SEEDS"].flatMap(UInt64.init) ?? 20))
    }()

    private static let sendsPerPeer = 6
    private static let saidPerPeer = 4

    /// Every seed mixes the kinds of fault differently.
    private func plan(_ seed: UInt64) -> FaultPlan {
        var plan = FaultPlan(seed: seed)
        let rates = { (place: UInt64) in Int((seed &* 2_654_435_761 >> (place * 5)) % 4) * 12 }
        plan.lostFromClient = rates(0)
        plan.cutAfterStanza = rates(1)
        plan.lostToClient = rates(2)
        plan.delayed = rates(3) * 4
        plan.duplicated = rates(4) * 4
        plan.withheldAcks = rates(5)
        plan.streamErrors = rates(0) / 2
        plan.cuts = rates(2) * 4
        plan.lostSessions = rates(1)
        plan.recoveryMilliseconds = 50
        plan.delayMilliseconds = 1...50
        plan.maximumFaultCount = 40
        return plan
    }

    @Test("Every accepted text is on the phone once, every text said is stored once", arguments: seeds)
    func exactlyOnce(seed: UInt64) async throws {
        print("repeat with: OPENWA_FAULT_SEED=\(seed) swift test --filter SeededFaultTests")
        try await withWorld(seed: seed) { world in
            let plan = plan(seed)
            await world.drive { $0.setFaults(plan) }
            let said = try await withThrowingTaskGroup(of: [String].self) { group in
                for peer in World.peers {
                    group.addTask {
                        for number in 0..<Self.sendsPerPeer {
                            _ = try await world.send("\(peer) gets \(number)", to: peer)
                        }
                        return []
                    }
                    group.addTask {
                        var ids: [String] = []
                        for number in 0..<Self.saidPerPeer {
                            ids.append(
                                try await world.drive {
                                    try $0.say("\(peer) says \(number)", from: DeviceAddress(peer), to: World.ownNumber)
                                })
                        }
                        return ids
                    }
                }
                return try await group.reduce(into: [String]()) { $0 += $1 }
            }
            await world.drive { $0.setFaults(FaultPlan(seed: seed)) }
            try await checkPhones(in: world)
            let stored = try await world.received(said)
            let expected = World.peers.flatMap { peer in (0..<Self.saidPerPeer).map { "\(peer) says \($0)" } }
            #expect(stored.map(\.body).sorted() == expected.sorted())
        }
    }

    private func checkPhones(in world: World) async throws {
        for peer in World.peers {
            let inbox = try #require(await world.texts(on: peer, count: Self.sendsPerPeer))
            let expected = (0..<Self.sendsPerPeer).map { "\(peer) gets \($0)" }
            #expect(inbox.compactMap(\.text).sorted() == expected)
            // Only a message the phone had to ask for again may come late.
            let inTime = inbox.filter { $0.retryCount == 0 }.compactMap(\.text)
            #expect(inTime == inTime.sorted())
        }
    }
}
