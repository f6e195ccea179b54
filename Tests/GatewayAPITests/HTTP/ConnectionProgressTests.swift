import Testing

@testable import GatewayAPI

struct ConnectionProgressTests {
    private var progress = ConnectionProgress(
        limits: ConnectionProgress.Limits(silence: .seconds(15), request: .seconds(300), unwantedByteCount: 1000))

    @Test("A request that is there at once waits for nothing")
    mutating func whole() {
        #expect(progress.headRead(invites: false, at: .zero) == .pass)
        #expect(progress.bodyRead(byteCount: 10, at: .zero) == .pass)
        #expect(progress.endRead() == .pass)
        #expect(!progress.isWaitingForBytes)
        #expect(progress.timerFired(at: .seconds(1000)) == .stop)
        #expect(progress.headWritten(isLast: false) == .pass)
        #expect(progress.endWritten(at: .seconds(5)) == .pass)
    }

    @Test("A silent body ends the connection, and each byte buys time")
    mutating func silence() {
        _ = progress.headRead(invites: false, at: .zero)
        #expect(progress.isWaitingForBytes)
        _ = progress.bodyRead(byteCount: 1, at: .seconds(10))
        #expect(progress.timerFired(at: .seconds(15)) == .again(after: .seconds(10)))
        #expect(progress.timerFired(at: .seconds(25)) == .close)
    }

    @Test("A body that trickles on is ended by the request's own limit")
    mutating func trickle() {
        _ = progress.headRead(invites: false, at: .zero)
        for second in stride(from: 10, through: 290, by: 10) {
            _ = progress.bodyRead(byteCount: 1, at: .seconds(second))
        }
        #expect(progress.timerFired(at: .seconds(295)) == .again(after: .seconds(5)))
        _ = progress.bodyRead(byteCount: 1, at: .seconds(299))
        #expect(progress.timerFired(at: .seconds(300)) == .close)
    }

    @Test("A pipelined request that waits behind another is not blamed for it")
    mutating func pipelined() {
        _ = progress.headRead(invites: false, at: .zero)
        _ = progress.endRead()
        _ = progress.headRead(invites: false, at: .zero)
        #expect(progress.timerFired(at: .seconds(400)) == .again(after: .seconds(15)))
        #expect(progress.headWritten(isLast: false) == .pass)
        #expect(progress.endWritten(at: .seconds(400)) == .pass)
        #expect(progress.timerFired(at: .seconds(410)) == .again(after: .seconds(5)))
        #expect(progress.timerFired(at: .seconds(415)) == .close)
    }

    @Test("After a last answer the rest of the request is thrown away, for a while")
    mutating func lastAnswer() {
        _ = progress.headRead(invites: false, at: .zero)
        #expect(progress.headWritten(isLast: true) == .passAsLast)
        #expect(progress.endWritten(at: .seconds(1)) == .passAndFinish)
        #expect(progress.bodyRead(byteCount: 900, at: .seconds(1)) == .drop)
        #expect(progress.endRead() == .drop)
        #expect(progress.headRead(invites: false, at: .seconds(1)) == .drop)
        #expect(progress.timerFired(at: .seconds(2)) == .again(after: .seconds(1)))
        #expect(progress.timerFired(at: .seconds(3)) == .close)
        #expect(progress.bodyRead(byteCount: 101, at: .seconds(2)) == .close)
    }

    @Test("An answer before its request's end is the last, and what still comes is thrown away up to a limit")
    mutating func unwanted() {
        _ = progress.headRead(invites: false, at: .zero)
        #expect(progress.bodyRead(byteCount: 5000, at: .zero) == .pass)
        #expect(progress.headWritten(isLast: false) == .passAsLast)
        #expect(progress.endWritten(at: .zero) == .passAndFinish)
        #expect(progress.bodyRead(byteCount: 1000, at: .zero) == .drop)
        #expect(progress.bodyRead(byteCount: 1, at: .zero) == .close)
    }

    @Test("A body that nobody wants buys time by coming, but not more than its own limit")
    mutating func farewell() {
        _ = progress.headRead(invites: false, at: .zero)
        _ = progress.headWritten(isLast: false)
        _ = progress.endWritten(at: .zero)
        for second in 1...29 {
            #expect(progress.bodyRead(byteCount: 1, at: .seconds(second)) == .drop)
            #expect(progress.timerFired(at: .seconds(second)) == .again(after: .seconds(min(2, 30 - second))))
        }
        #expect(progress.timerFired(at: .seconds(30)) == .close)
    }

    @Test("A request that its caller calls the last is the last, and its answer ends the connection")
    mutating func lastRequest() {
        _ = progress.headRead(invites: false, at: .zero)
        _ = progress.endRead()
        _ = progress.headRead(invites: false, isLast: true, at: .zero)
        #expect(progress.endRead() == .pass)
        #expect(progress.headRead(invites: false, at: .zero) == .drop)
        #expect(progress.bodyRead(byteCount: 1, at: .zero) == .drop)
        #expect(progress.endRead() == .drop)
        #expect(progress.headWritten(isLast: false) == .pass, "the first answer is not the last")
        #expect(progress.endWritten(at: .zero) == .pass)
        #expect(progress.headWritten(isLast: false) == .passAsLast)
        #expect(progress.endWritten(at: .zero) == .passAndFinish)
    }

    @Test("A caller that asks before it sends a body is invited")
    mutating func invitation() {
        #expect(progress.headRead(invites: true, at: .zero) == .passAndInvite)
    }
}
