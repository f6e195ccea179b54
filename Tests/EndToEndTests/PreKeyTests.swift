import Gateway
import SimulatorServer
import TestSupport
import Testing
import WASimulator

@Suite("One-time prekeys run out and come back")
struct PreKeyTests {
    private let peer = World.peers[0]
    private let stranger = World.peers[1]

    @Test("A recipient that has run out of one-time prekeys is written to all the same")
    func recipientWithout() async throws {
        try await withWorld(seed: 7) { world in
            try await world.drive { try $0.setHasPreKeys(false, of: DeviceAddress(peer)) }
            _ = try await world.send("without a one-time prekey", to: peer)
            #expect(try await world.inbox(of: DeviceAddress(peer), count: 1).map(\.retryCount) == [0])
            try await world.hear("and back", from: peer)
            _ = try await world.send("on the same session", to: peer)
            #expect(try await world.inbox(of: DeviceAddress(peer), count: 2).map(\.retryCount) == [0, 0])
        }
    }

    @Test("Our own pool runs out, strangers still reach us, and it is filled up when the server says so")
    func ownPool() async throws {
        try await withWorld(seed: 8) { world in
            // In one breath: our device cannot fill up before the first stranger has asked.
            let (drained, id) = try await world.drive { server in
                (
                    try server.exhaustPreKeys(of: World.own),
                    try server.say("no prekey left for me", from: DeviceAddress(peer), to: World.ownNumber)
                )
            }
            #expect(drained >= 800)
            #expect(try await world.received([id]).map(\.body) == ["no prekey left for me"])

            let refilled = await world.simulator.host.firstValue(within: .patience) { server -> Int? in
                let device = try? server.phone(World.ownNumber).devices.first { $0.address == World.own }
                return device?.preKeyCount.flatMap { $0 > 0 ? $0 : nil }
            }
            #expect(refilled == 812)
            try await world.waitUntilNothingWaits()
            #expect(try await world.hear("one for me again", from: stranger).body == "one for me again")
            let left = try await world.drive { server in
                try server.phone(World.ownNumber).devices.first { $0.address == World.own }?.preKeyCount
            }
            #expect(left == 811)
        }
    }
}
