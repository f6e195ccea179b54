import WAClient

/// What a started session consists of: its client and its lane, living and ending together.
final class SessionEngine: Sendable {
    let client: WhatsAppClient
    let lane: OutboxLane
    /// Open once the client has ended.
    let ended = Latch()
    private let stopSignal = Latch()

    init(client: WhatsAppClient, lane: OutboxLane) {
        self.client = client
        self.lane = lane
    }

    /// Lives until the client ends by itself, `stop` is called, or the task is cancelled.
    ///
    /// - Parameter hear: Told what the client says, its final state last.
    func run(hear: @escaping @Sendable (ClientEvent) async -> Void) async {
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
        lane.giveUp()
        ended.open()
    }

    /// Ends the client, after it had up to `drain` to get answers for what it was given.
    func stop(draining drain: Duration) async {
        lane.close()
        await lane.drain(atMost: drain)
        stopSignal.open()
    }
}
