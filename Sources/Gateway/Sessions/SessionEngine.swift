import Synchronization
import WAClient

/// What a started session consists of: its client and its lanes, living and ending together.
///
/// The lane accepts from the moment the engine is made, so that at boot sends need not wait for the session's turn to connect.
final class SessionEngine: Sendable {
    private enum Phase { case prepared, begun, over }

    let client: WhatsAppClient
    let lane: OutboxLane
    let mediaLane: InboundMediaLane
    /// Open once the client has ended.
    let ended = Latch()
    private let stopSignal = Latch()
    private let phase = Mutex(Phase.prepared)

    init(client: WhatsAppClient, lane: OutboxLane, mediaLane: InboundMediaLane) {
        self.client = client
        self.lane = lane
        self.mediaLane = mediaLane
    }

    /// Lives until the client ends by itself, `stop` is called, or the task is cancelled.
    ///
    /// - Parameter hear: Told what the client says, its final state last.
    /// - Returns: false when it was stopped before it began.
    func run(hear: @escaping @Sendable (ClientEvent) async -> Void) async -> Bool {
        let begins = phase.withLock { phase in
            guard phase == .prepared else { return false }
            phase = .begun
            return true
        }
        guard begins else { return false }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await event in self.client.events { await hear(event) }
                return false
            }
            group.addTask {
                await self.lane.run()
                return false
            }
            group.addTask {
                await self.mediaLane.run()
                return false
            }
            group.addTask {
                await hear(.stateChanged(await self.client.run()))
                return true
            }
            group.addTask {
                await self.stopSignal.wait()
                return true
            }
            for await isOver in group where isOver { break }
            group.cancelAll()
        }
        phase.withLock { $0 = .over }
        lane.giveUp()
        ended.open()
        return true
    }

    /// Ends the client, after it had up to `drain` to get answers for what it was given. One that has not begun never will.
    func stop(draining drain: Duration) async {
        let wasWaiting = phase.withLock { phase in
            guard phase == .prepared else { return false }
            phase = .over
            return true
        }
        lane.close()
        if wasWaiting {
            lane.giveUp()
            return ended.open()
        }
        await lane.drain(atMost: drain)
        stopSignal.open()
    }
}
