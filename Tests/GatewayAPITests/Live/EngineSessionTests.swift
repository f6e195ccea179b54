import Testing

@testable import GatewayAPI

/// The machine under a session: events in, actions out, times given.
@Suite("A session of Engine.IO")
struct EngineSessionTests {
    private static let hello = EnginePacket.message(Array("hello".utf8))

    @Test("answers a poll with what waits, or as soon as there is something")
    func polling() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        #expect(session.send([Self.hello]) == [])
        #expect(session.poll() == .accepted([.answerPoll([Self.hello])]))
        #expect(session.poll() == .accepted([]))
        #expect(session.send([Self.hello]) == [.answerPoll([Self.hello])])
        #expect(session.unsentByteCount == 0)
    }

    @Test("puts into one answer as much as a body may carry, and at least one packet")
    func largeAnswers() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        let large = EnginePacket.message([UInt8](repeating: 0x61, count: 1_200_000))
        let half = EnginePacket.message([UInt8](repeating: 0x61, count: 600_000))
        _ = session.send([large, half, half])
        #expect(session.poll() == .accepted([.answerPoll([large])]))
        #expect(session.poll() == .accepted([.answerPoll([half])]))
        #expect(session.poll() == .accepted([.answerPoll([half])]))
    }

    @Test("ends when two polls or two posts are under way at once")
    func concurrentRequests() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        _ = session.poll()
        #expect(
            session.poll() == .refused([.refusePoll, .answerPoll([.close]), .ended(.protocolViolation)]))
        #expect(session.isGone)

        var other = EngineSession(isWebSocket: false, at: .zero)
        #expect(other.postBegan() == .accepted([]))
        #expect(other.postBegan() == .refused([.ended(.protocolViolation)]))
        #expect(other.posted([Self.hello], at: .zero) == [])
    }

    @Test("hands messages up in order, and nothing behind the packet that ended it")
    func posting() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        _ = session.postBegan()
        #expect(
            session.posted([Self.hello, .binary([1]), .close, Self.hello], at: .zero)
                == [.deliver(Array("hello".utf8)), .deliverBinary, .ended(.closedByClient)])
        #expect(session.postBegan() == .refused([]))
    }

    @Test("moves to a WebSocket by probe and upgrade, and nothing is lost on the way")
    func upgrade() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        _ = session.poll()
        #expect(session.candidateOpened(at: .zero) == .accepted([]))
        #expect(session.candidateOpened(at: .zero) == .refused([]))
        #expect(
            session.candidateReceived(.ping(EnginePacket.probe), at: .zero)
                == [.writeToCandidate(.pong(EnginePacket.probe)), .answerPoll([.noop])])
        // A poll that comes after the probe is not kept waiting.
        #expect(session.poll() == .accepted([.answerPoll([.noop])]))
        #expect(session.send([Self.hello]) == [])
        #expect(session.candidateReceived(.upgrade, at: .zero) == [.adoptCandidate, .write([Self.hello])])
        #expect(session.send([Self.hello]) == [.write([Self.hello])])
        #expect(session.poll() == .refused([]))
        #expect(session.postBegan() == .refused([]))
        #expect(session.candidateOpened(at: .zero) == .refused([]))
    }

    @Test("drops a candidate that says anything else, or takes too long, and stays where it is")
    func failedUpgrade() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        _ = session.candidateOpened(at: .zero)
        #expect(session.candidateReceived(.upgrade, at: .zero) == [.closeCandidate])
        _ = session.candidateOpened(at: .zero)
        #expect(session.candidateReceived(nil, at: .zero) == [.closeCandidate])
        _ = session.candidateOpened(at: .seconds(1))
        #expect(session.tick(at: .seconds(10)) == [])
        #expect(session.tick(at: .seconds(11)) == [.closeCandidate])
        _ = session.candidateOpened(at: .seconds(12))
        session.candidateClosed()
        #expect(session.candidateOpened(at: .seconds(12)) == .accepted([]))
        #expect(session.send([Self.hello]) == [])
        #expect(session.poll() == .accepted([.answerPoll([Self.hello])]))
    }

    @Test("asks for a sign of life at the interval, and ends without one")
    func heartbeat() {
        var session = EngineSession(isWebSocket: true, at: .zero)
        #expect(session.tick(at: .seconds(24)) == [])
        #expect(session.tick(at: .seconds(25)) == [.write([.ping()])])
        #expect(session.webSocketReceived(.pong(), at: .seconds(26)) == [])
        #expect(session.tick(at: .seconds(50)) == [])
        #expect(session.tick(at: .seconds(51)) == [.write([.ping()])])
        #expect(session.tick(at: .seconds(70)) == [])
        #expect(session.tick(at: .seconds(71)) == [.closeWebSocket(.pingTimeout), .ended(.pingTimeout)])
        #expect(session.tick(at: .seconds(72)) == [])
    }

    @Test("ends at packets that only a server sends, and at bytes that are none")
    func violations() {
        for packet in [EnginePacket.ping(), .open([]), .upgrade, nil] {
            var session = EngineSession(isWebSocket: true, at: .zero)
            #expect(
                session.webSocketReceived(packet, at: .zero)
                    == [.closeWebSocket(.protocolViolation), .ended(.protocolViolation)])
        }
    }

    @Test("ends who takes less than there is to say")
    func tooSlow() {
        var session = EngineSession(isWebSocket: true, at: .zero)
        let megabyte = EnginePacket.message([UInt8](repeating: 0x61, count: 1 << 20))
        for _ in 0..<7 { #expect(session.send([megabyte]) == [.write([megabyte])]) }
        session.written(megabyte.byteCount)
        #expect(session.send([megabyte]) == [.write([megabyte])])
        #expect(session.send([megabyte]) == [.closeWebSocket(.tooSlow), .ended(.tooSlow)])
        #expect(session.send([Self.hello]) == [])
    }

    @Test("keeps its last words for a poll, but not for ever")
    func parting() {
        var session = EngineSession(isWebSocket: false, at: .zero)
        _ = session.send([Self.hello])
        #expect(session.close() == [.ended(.closedByServer)])
        #expect(session.poll() == .accepted([.answerPoll([Self.hello, .close])]))
        #expect(session.isGone)

        var forgotten = EngineSession(isWebSocket: false, at: .zero)
        _ = forgotten.close()
        _ = forgotten.tick(at: .seconds(1))
        #expect(!forgotten.isGone)
        _ = forgotten.tick(at: .seconds(21))
        #expect(forgotten.isGone)
        #expect(forgotten.poll() == .refused([]))
    }
}
