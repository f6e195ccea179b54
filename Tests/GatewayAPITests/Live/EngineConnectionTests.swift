import TestSupport
import Testing

@testable import GatewayAPI

/// What performs a session's decisions: who waits is always let go.
@Suite("A connection of Engine.IO")
struct EngineConnectionTests {
    private func connection(_ news: Watched<[EngineConnection.News]> = Watched([])) -> EngineConnection {
        EngineConnection(
            id: "a", origin: .init(), timing: .init(), socket: nil, now: { .zero },
            receive: { _, item in news.withLock { $0.append(item) } })
    }

    @Test("A poll whose caller is gone ends the session, also when it was gone before the poll began")
    func abandoned() async throws {
        for isGoneBefore in [true, false] {
            let news = Watched<[EngineConnection.News]>([])
            let connection = connection(news)
            // What the session began with.
            _ = await connection.poll()
            let poll = Task {
                if isGoneBefore { withUnsafeCurrentTask { $0?.cancel() } }
                return await connection.poll()
            }
            if !isGoneBefore { poll.cancel() }
            let packets = try await patiently("the end of an abandoned poll") { await poll.value }
            #expect(packets == nil)
            #expect(news.withLock { $0 } == [.ended(.transportClosed)])
        }
    }

    @Test("A poll that is answered and abandoned at the same moment blocks nobody")
    func answeredAndAbandoned() async throws {
        try await patiently("two hundred polls") {
            for _ in 0..<200 {
                let connection = connection()
                _ = await connection.poll()
                let poll = Task.detached { await connection.poll() }
                let answering = Task.detached { connection.send([.message([0x61])]) }
                poll.cancel()
                _ = await (poll.value, answering.value)
            }
        }
    }
}
