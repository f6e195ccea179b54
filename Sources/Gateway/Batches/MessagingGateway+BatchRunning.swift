import Logging
import Storage
import WAClient

// A batch at work: one task each, which looks at the rows, does the one thing that is next, and looks again.

extension MessagingGateway {
    /// Runs batches until cancelled, first those that an earlier life of the process left.
    func runBatches() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.resumeBatches() }
            for await name in batches.names {
                group.addTask {
                    await self.run(name)
                    self.batches.remove(name)
                }
            }
            group.cancelAll()
        }
    }

    private func resumeBatches() async {
        do {
            let names = try await environment.database.read { try BatchStore.unfinished(on: $0) }
            for name in names { batches.resume(name) }
        } catch {
            environment.logger.error("Unfinished batches could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// Works until the batch is over, is told to stop, or the task is cancelled.
    private func run(_ name: BatchName) async {
        guard let stop = batches.stopSignal(name) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await stop.wait() }
            group.addTask { await self.work(name) }
            await group.next()
            group.cancelAll()
        }
    }

    private func work(_ name: BatchName) async {
        while !Task.isCancelled {
            do {
                let step = try await environment.database.read { try BatchStore.step(name, on: $0) }
                guard let session = directory[name.sessionID] else { return }
                switch step {
                case .over: return
                case .finish(let status): return try await finish(name, as: status)
                case .await(let messageID): await awaitOutcome(of: messageID, session: session)
                case .send(let due):
                    guard await waitUntil(due, session: session) else { continue }
                    try await sendNextItem(of: name, session: session)
                }
            } catch is CancellationError {
                return
            } catch {
                environment.logger.error("A batch cannot go on; trying again", metadata: ["error": "\(error)"])
                try? await environment.clock.sleep(for: .seconds(1))
            }
        }
    }

    private func finish(_ name: BatchName, as status: BatchStatus) async throws {
        let now = environment.nowMilliseconds
        let files = try await environment.database.write { connection in
            try BatchStore.start(name, nowMilliseconds: now, on: connection)
            return try BatchStore.finish(name, as: status, nowMilliseconds: now, on: connection)
        }
        for file in files { mediaSpool.remove(file) }
    }

    /// Waits for the item's time, then for the session to be connected: what cannot leave now would leave in a heap later.
    private func waitUntil(_ due: Int64, session: GatewaySession) async -> Bool {
        let environment = environment
        do {
            try await environment.clock.sleep(untilMilliseconds: due) { environment.nowMilliseconds }
        } catch { return false }
        await session.waitUntil { $0 == .ready }
        return !Task.isCancelled
    }

    private func awaitOutcome(of messageID: String, session: GatewaySession) async {
        await session.waitUntil { $0 == .ready }
        guard let lane = session.engine?.lane, let ticket = lane.watch(messageID) else {
            // The session is just ending; its status tells in a moment.
            try? await environment.clock.sleep(for: .milliseconds(100))
            return
        }
        defer { lane.forget(messageID, ticket) }
        let message = try? await environment.database.read { [outbox] connection in
            try outbox.messages.ownMessage(messageID, of: session.id, on: connection)
        }
        guard message?.status == .pending else { return }
        _ = await ticket.outcome(within: .seconds(3_600), clock: environment.clock)
    }

    /// Thrown inside the transaction when there is nothing to accept any more.
    private struct NothingToSend: Error {}

    private func sendNextItem(of name: BatchName, session: GatewaySession) async throws {
        let now = environment.nowMilliseconds
        guard let lane = session.engine?.lane,
            let (batch, item) = try await environment.database.read({ connection -> (BatchStore.Batch, BatchStore.Item)? in
                let batch = try BatchStore.batch(name, on: connection)
                let item = try BatchStore.nextItem(name, on: connection)
                return batch.flatMap { batch in item.map { (batch, $0) } }
            })
        else { return }
        var random = SystemRandomNumberGenerator()
        let nextDue = now + batch.pace.delay(using: &random)
        do {
            let chat = try ChatID(parsing: item.chatID)
            let accepted = try await withFile(of: item.content) { content in
                try await accept(
                    to: chat, session: session, lane: lane, given: session.id, identity: nil
                ) { _, connection in
                    try BatchStore.start(name, nowMilliseconds: now, on: connection)
                    guard try BatchStore.batch(name, on: connection)?.status == .processing,
                        try BatchStore.nextItem(name, on: connection)?.position == item.position
                    else { throw NothingToSend() }
                    return content
                } also: { entry, connection in
                    try BatchStore.accepted(item.position, of: name, messageID: entry.messageID, on: connection)
                    try BatchStore.pace(name, nextDueAtMilliseconds: nextDue, on: connection)
                }
            }
            lane.forget(accepted.entry.messageID, accepted.ticket)
        } catch is NothingToSend {
            return
        } catch GatewayError.storageFull {
            throw GatewayError.storageFull
        } catch let error as GatewayError where error.isAboutTheSession {
            // It was connected a moment ago; the item waits for it.
            try? await environment.clock.sleep(for: .milliseconds(100))
        } catch let error as GatewayError {
            try await environment.database.write { connection in
                try BatchStore.start(name, nowMilliseconds: now, on: connection)
                try BatchStore.failed(
                    item.position, of: name,
                    .init(code: error.batchCode, message: error.message), on: connection)
                try BatchStore.pace(name, nextDueAtMilliseconds: nextDue, on: connection)
            }
        }
    }
}

extension GatewayError {
    /// The code of a failed item (contract 4).
    fileprivate var batchCode: String {
        if case .destination(.notAllowed) = self { return "SEND_BLOCKED" }
        return BatchReport.Result.Failure.sendFailed
    }

    /// Whether the session, and not what is to be sent, is in the way.
    fileprivate var isAboutTheSession: Bool {
        switch self {
        case .sessionNotActive, .sessionNotConnected, .shuttingDown, .outboxFull: true
        default: false
        }
    }
}
