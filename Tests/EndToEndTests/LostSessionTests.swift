import Gateway
import Storage
import Testing
import TestSupport
import WASimulator

/// One side has lost its Signal session; the other is asked to send again.
@Suite("Lost sessions")
struct LostSessionTests {
    private let peer = World.peers[0]
    private var phone: DeviceAddress { DeviceAddress(peer) }

    @Test("Lost on the phone: its retry receipt is answered, and the text is decrypted")
    func onThePhone() async throws {
        try await withWorld(seed: 11) { world in
            try await talk(in: world)
            try await world.drive { try $0.loseSessions(of: phone) }
            _ = try await world.send("asked for again", to: peer)
            let inbox = try await world.inbox(of: phone, count: 2)
            #expect(inbox.last?.text == "asked for again")
            #expect(inbox.last?.retryCount == 1)
        }
    }

    @Test("Lost on our side: we ask again, and the text is stored once")
    func onOurs() async throws {
        try await withWorld(seed: 12) { world in
            try await talk(in: world)
            try await world.database.write { sql in try sql.execute("DELETE FROM client_session", []) }
            #expect(try await world.hear("said twice", from: peer).body == "said twice")
            #expect(await world.drive { $0.counters.retriesRequested } == 1)
            _ = try await world.send("on the new session", to: peer)
            #expect(try await world.inbox(of: phone, count: 2).last?.retryCount == 0)
        }
    }

    @Test("A retry receipt that comes after a restart is answered while the message is 14 days old", arguments: [0, 13])
    func afterRestart(days: Int64) async throws {
        try await withStage(seed: 13) { stage in
            try await sendUnread("old", on: stage)
            stage.clock.advance(days: days)
            try await stage.run { world in
                try await wakeUp(in: world)
                let inbox = try await world.inbox(of: phone, count: 2)
                #expect(inbox.last?.text == "old")
                #expect(inbox.last?.retryCount == 1)
            }
        }
    }

    @Test("A message of more than 14 days is not sent again; the retry receipt is acknowledged")
    func tooOld() async throws {
        try await withStage(seed: 14) { stage in
            try await sendUnread("too old", on: stage)
            stage.clock.advance(days: 15)
            try await stage.run { world in
                try await wakeUp(in: world)
                try await world.waitUntilNothingWaits()
                // Whatever was sent before this one would be there before it.
                _ = try await world.send("new", to: peer)
                #expect(try await world.inbox(of: phone, count: 2).map(\.text) == ["first", "new"])
            }
        }
    }

    @Test("A retry receipt whose answer failed is answered with its prekey used once", arguments: FaultyDatabase.Moment.allCases)
    func failedAnswer(moment: FaultyDatabase.Moment) async throws {
        try await withWorld(seed: 15) { world in
            try await talk(in: world)
            try await world.drive { server in
                try server.setPower(false, of: phone)
                try server.loseSessions(of: phone)
            }
            _ = try await world.send("asked for again", to: peer)
            world.database.failWrite(running: "INSERT INTO client_retry_answer", moment)
            try await world.drive { try $0.setPower(true, of: phone) }
            try await world.database.waitForFaults()
            try await world.waitUntilReady()
            // In between another send goes out on whatever session is stored.
            _ = try await world.send("in between", to: peer)
            // The receipt was not acknowledged, so it comes again.
            try await world.drive { try $0.cut(World.own) }
            let inbox = try await world.inbox(of: phone, count: 3)
            #expect(Set(inbox.compactMap(\.text)) == ["first", "asked for again", "in between"])
            try await world.waitUntilNothingWaits()
        }
    }

    /// Both sides have said something, so that neither sends prekey messages any more.
    private func talk(in world: World) async throws {
        _ = try await world.send("first", to: peer)
        _ = try await world.inbox(of: phone, count: 1)
        try await world.hear("first", from: peer)
    }

    /// Sends while the phone is off and ends the gateway; the phone will have lost its session when it wakes up.
    private func sendUnread(_ text: String, on stage: Stage) async throws {
        try await stage.run { world in
            try await talk(in: world)
            try await world.drive { try $0.setPower(false, of: phone) }
            _ = try await world.send(text, to: peer)
        }
    }

    private func wakeUp(in world: World) async throws {
        try await world.drive { server in
            try server.loseSessions(of: phone)
            try server.setPower(true, of: phone)
        }
    }
}
