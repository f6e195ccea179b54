import Gateway
import Testing
import WABinary
import WASimulator

/// A contact is known by phone number alone, and in mid-conversation its hidden id comes to light.
@Suite("A contact moves from phone number to hidden id")
struct AddressChangeTests {
    private let peer = World.peers[0]

    @Test("Their message is the first under the hidden id: sessions go on, and it is one chat")
    func theySpeakFirst() async throws {
        try await check(seed: 9) { world in
            try await world.hear("under the hidden id", from: peer)
            _ = try await world.send("answered there", to: peer)
        }
    }

    @Test("We hear of the hidden id and write there first: sessions go on, and it is one chat")
    func weSpeakFirst() async throws {
        try await check(seed: 10) { world in
            let answer = try await world.gateway.checkContact(peer, session: World.session)
            #expect(answer.exists)
            _ = try await world.send("answered there", to: peer)
            try await world.hear("under the hidden id", from: peer)
        }
    }

    /// Talks under the phone number, lets the hidden id come to light by `moving`, and looks at what that changed.
    private func check(seed: UInt64, moving: @Sendable (World) async throws -> Void) async throws {
        let device = DeviceAddress(peer)
        try await withWorld(seed: seed) { world in
            try await world.drive { try $0.setHidesLID(true, of: peer) }
            _ = try await world.send("under the number", to: peer)
            try await world.hear("likewise", from: peer, addressing: .phoneNumber)
            _ = try await world.send("still there", to: peer)
            #expect(try await world.inbox(of: device, count: 2).map(\.chat.server) == [.user, .user])
            let before = await world.drive { $0.counters }

            try await world.drive { try $0.setHidesLID(false, of: peer) }
            try await moving(world)

            let inbox = try await world.inbox(of: device, count: 3)
            #expect(inbox.map(\.text) == ["under the number", "still there", "answered there"])
            #expect(inbox.last?.chat.server == .lid)
            let after = await world.drive { $0.counters }
            #expect(after.preKeysGivenOut == before.preKeysGivenOut, "a session was made anew")
            #expect(after.messagesUndecryptable == 0)
            #expect(after.retriesRequested == 0)

            let page = try await world.gateway.messages(MessageQuery(session: World.session, chatID: "\(peer)@c.us"))
            #expect(page.total == 5)
            let all = try await world.gateway.messages(MessageQuery(session: World.session))
            #expect(Set(all.messages.map(\.chatID)) == ["\(peer)@c.us"])
        }
    }
}
