import Testing
import WASimulator

@Suite("One send for every device of both sides")
struct ManyDevicesTests {
    private let peer = World.peers[0]

    @Test("Three devices of the recipient, our phone and our second companion all decrypt one send")
    func everyDevice() async throws {
        try await withWorld(seed: 5) { world in
            let theirs = try await world.drive { server in
                [0, try server.addCompanion(to: peer), try server.addCompanion(to: peer)]
            }
            let second = try await world.drive { try $0.addCompanion(to: World.ownNumber) }
            try await world.waitUntilNothingWaits()
            _ = try await world.send("for everybody", to: peer)

            for device in theirs {
                try await expect("for everybody", isFromMe: false, on: DeviceAddress(peer, device), in: world)
            }
            for device in [0, second] {
                try await expect("for everybody", isFromMe: true, on: DeviceAddress(World.ownNumber, device), in: world)
            }
        }
    }

    @Test("A device that joins in mid-conversation decrypts the next send")
    func joiningDevice() async throws {
        try await withWorld(seed: 6) { world in
            _ = try await world.send("before", to: peer)
            let added = try await world.drive { try $0.addCompanion(to: peer) }
            try await world.waitUntilNothingWaits()
            _ = try await world.send("after", to: peer)
            try await expect("after", isFromMe: false, on: DeviceAddress(peer, added), in: world)
        }
    }

    private func expect(_ text: String, isFromMe: Bool, on device: DeviceAddress, in world: World) async throws {
        let inbox = try await world.inbox(of: device, count: 1)
        #expect(inbox.map(\.text) == [text])
        #expect(inbox.allSatisfy { $0.isFromMe == isFromMe && $0.retryCount == 0 })
    }
}
