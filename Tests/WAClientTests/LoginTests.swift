import SimulatorServer
import Storage
import Testing
import WABinary
import WASimulator

@testable import WAClient

/// What happens at a login, and what a login can do without.
@Suite("Logging in")
struct LoginTests {
    private static let own = DeviceAddress(LinkedClient.ownNumber, 1)
    private static let peer = DeviceAddress(LinkedClient.peerNumber)

    @Test(
        "A prekey count or upload that is refused costs the account nothing, and is tried again",
        arguments: [("encrypt get count", 503), ("encrypt set registration", 500)])
    func preKeys(_ request: String, _ code: Int) async throws {
        let configure: @Sendable (inout ClientConfiguration) -> Void = { $0.loginRetryUnit = .milliseconds(20) }
        try await withLinkedClient(configure: configure) { linked in
            let before = try await linked.drive { server in
                _ = try server.exhaustPreKeys(of: Self.own)
                try server.refuseRequests(request, code: code, of: Self.own)
                return server.counters.refusedRequests
            }
            try await linked.drive { try $0.cut(Self.own) }
            try await linked.isOnline(times: 2)
            let outcome = await linked.send("without prekeys")
            guard case .acknowledged = outcome else {
                Issue.record("the send ended as \(outcome)")
                return
            }
            let refused = await linked.simulator.host.firstValue(within: .seconds(20)) {
                $0.counters.refusedRequests > before + 2 ? true : nil
            }
            #expect(refused == true, "it was not tried again")
            try await linked.drive { try $0.refuseRequests(request, code: nil, of: Self.own) }
            let filled = await linked.simulator.host.firstValue(within: .seconds(20)) { server in
                (try? server.phone(LinkedClient.ownNumber))?.devices.last { ($0.preKeyCount ?? 0) > 0 }
            }
            #expect(filled != nil, "the prekeys were not uploaded later")
        }
    }

    @Test("While active is refused the account is online; what waits comes when it is accepted")
    func active() async throws {
        let configure: @Sendable (inout ClientConfiguration) -> Void = { $0.loginRetryUnit = .milliseconds(20) }
        try await withLinkedClient(configure: configure) { linked in
            try await linked.drive { server in
                try server.refuseRequests("passive set active", code: 500, of: Self.own)
                try server.cut(Self.own)
            }
            try await linked.isOnline(times: 2)
            let id = try await linked.drive { server in
                let id = try server.say("waits", from: Self.peer, to: LinkedClient.ownNumber)
                try server.refuseRequests("passive set active", code: nil, of: Self.own)
                return id
            }
            try await linked.receives(id)
        }
    }

    @Test("A stanza that cannot be read is skipped; the connection lives, now and at every login while it waits")
    func undecodable() async throws {
        try await withLinkedClient { linked in
            let first = try await linked.drive { server in
                try server.pushUndecodable(to: Self.own)
                return try server.say("after it", from: Self.peer, to: LinkedClient.ownNumber)
            }
            try await linked.receives(first)
            #expect(await linked.drive { $0.counters.logins } == 1)
            let second = try await linked.drive { server in
                try server.cut(Self.own)
                return try server.say("after the login", from: Self.peer, to: LinkedClient.ownNumber)
            }
            try await linked.receives(second)
            #expect(await linked.drive { $0.counters.logins } == 2)
        }
    }

    @Test("A backlog of 5,000 messages, more than a client takes in at once, is worked off on one connection, each message once")
    func backlog() async throws {
        try await withLinkedClient { linked in
            let ids = try await linked.drive { server in
                try server.cut(Self.own)
                return try (0..<5_000).map {
                    try server.say("\($0)", from: Self.peer, to: LinkedClient.ownNumber)
                }
            }
            // Whatever is acknowledged was committed before.
            let done = await linked.simulator.host.firstValue(within: .seconds(120)) { server in
                (try? server.phone(LinkedClient.ownNumber))?.devices.last {
                    $0.isConnected && $0.waitingCount == 0 && !$0.isSimulated
                }
            }
            #expect(done != nil, "not everything was acknowledged")
            // Told inside the transaction, and, of the newest, after it.
            var counts: [String: Int] = [:]
            let received = linked.log.received.map(\.id).filter { counts[$0, default: 0] += 1; return counts[$0] == 1 }
            #expect(received == ids, "\(received.count) of \(ids.count) came, or not in order")
            #expect(counts.values.allSatisfy { $0 <= 2 })
            #expect(await linked.drive { $0.counters.logins } == 2)
        }
    }

    @Test("A flood of 20,000 stanzas, faster than they are worked off, is worked off on one connection")
    func flood() async throws {
        try await withLinkedClient { linked in
            let last = try await linked.drive { server in
                for number in 0..<20_000 {
                    let note = Node(
                        "notification", ["type": "unknown", "from": .jid(.server), "id": .text("n\(number)"), "t": "1"])
                    try server.push(note, to: Self.own)
                }
                return try server.say("the end", from: Self.peer, to: LinkedClient.ownNumber)
            }
            try await linked.receives(last)
            #expect(await linked.drive { $0.counters.logins } == 1)
        }
    }

    @Test("The server is told of the session after each login")
    func unifiedSession() async throws {
        try await withLinkedClient { linked in
            // What follows pair-success may come after the server has ended that connection.
            let before = await linked.drive { $0.counters.unifiedSessions }
            #expect(before >= 1)
            try await linked.drive { try $0.cut(Self.own) }
            try await linked.isOnline(times: 2)
            #expect(await linked.drive { $0.counters.unifiedSessions } > before)
        }
    }

    @Test("Presence that was asked for is asked for again on the next connection")
    func presence() async throws {
        try await withLinkedClient { linked in
            try await linked.drive { try $0.changeAppState([.pushName("Kedai")], of: LinkedClient.ownNumber) }
            _ = try await linked.log.first { event -> Bool? in
                if case .contactChanged(let news) = event, news.change == .pushName("Kedai") { true } else { nil }
            }
            try await linked.client.setPresence(isAvailable: true)
            try await linked.client.subscribePresence(to: JID(LinkedClient.peerNumber, .user))
            try await linked.hearsPresence(times: 1)
            try await linked.drive { try $0.cut(Self.own) }
            try await linked.isOnline(times: 2)
            // The server answers each subscription with how things stand.
            try await linked.hearsPresence(times: 2)
            let isAvailable = try await linked.drive { server in
                try server.phone(LinkedClient.ownNumber).devices.contains { !$0.isSimulated && $0.isAvailable }
            }
            #expect(isAvailable)
        }
    }

    @Test("Where read receipts are switched off only our own devices hear that a message was read; switched on, all do")
    func readReceipts() async throws {
        try await withLinkedClient { linked in
            let peer = JID(LinkedClient.peerNumber, .user)
            for (value, isTold) in [("none", false), ("all", true)] {
                let id = try await linked.drive { server in
                    try server.changeProfile(of: LinkedClient.ownNumber, privacy: ["readreceipts": value])
                    return try server.say("read me", from: Self.peer, to: LinkedClient.ownNumber)
                }
                try await linked.receives(id)
                try await linked.client.markRead([id], chat: peer, sender: nil)
                // Whatever is sent later arrives later.
                _ = await linked.send("I have read \(id)")
                let progress = try await linked.drive { try $0.said(id, by: Self.peer).progress[Self.own] }
                #expect((progress?.readMilliseconds != nil) == isTold, "\(value)")
            }
        }
    }

    @Test("Prekeys that the server asks to compare are uploaded anew when it has lost them, and not for a difference")
    func digest() async throws {
        try await withLinkedClient { linked in
            func ask() async throws -> Int {
                let id = "digest-\(Int.random(in: 1...1_000_000))"
                try await linked.drive { server in
                    try server.push(
                        Node(
                            "notification", ["type": "encrypt", "from": .jid(.server), "id": .text(id), "t": "1"],
                            [Node("digest")]), to: Self.own)
                }
                let device = await linked.simulator.host.firstValue(within: .seconds(20)) { server in
                    (try? server.phone(LinkedClient.ownNumber))?.devices.last { !$0.isSimulated && $0.waitingCount == 0 }
                }
                return try #require(device?.preKeyCount)
            }
            let before = try await ask()
            #expect(before > 0)
            #expect(try await ask() == before)
            let account = linked.account
            try await linked.database.write {
                try $0.execute(
                    """
                    DELETE FROM client_prekey WHERE account = $1 AND id =
                        (SELECT MAX(id) FROM client_prekey WHERE account = $1 AND uploaded = 1)
                    """, [.text(account)])
            }
            #expect(try await ask() == before)
            try await linked.drive { try $0.refuseRequests("encrypt get digest", code: 404, of: Self.own) }
            #expect(try await ask() == before + linked.configuration.preKeyBatch)
        }
    }
}

extension LinkedClient {
    func isOnline(times count: Int) async throws {
        try await log.wait(for: count) { event -> Bool? in if case .stateChanged(.online) = event { true } else { nil } }
    }

    /// Returns once the message is committed: it was recorded, and announced.
    func receives(_ id: String) async throws {
        try await log.wait(for: 2) { event -> Bool? in
            if case .received(let message) = event, message.id == id { true } else { nil }
        }
    }

    func hearsPresence(times count: Int) async throws {
        try await log.wait(for: 2 * count) { event -> Bool? in if case .presence = event { true } else { nil } }
    }
}
