import Storage
import WAClient

extension MessagingGateway {
    /// Accepts a batch and answers at once; it runs in the background, also over restarts.
    ///
    /// - Throws: `GatewayError.sessionNotActive`, `.sessionNotConnected`, `.invalidChatID` naming the item, `.templateNotFound`,
    ///   `.renderedTextTooLong`, `.batchIDTaken`, `.tooManyBatches`, `.storageFull`, those of `once`.
    package func sendBatch(_ request: BatchRequest, session idOrName: String) async throws -> BatchTicket {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotActive(idOrName) }
        let (ticket, isReplay) = try await once(request.identity, of: session) { row in
            guard case .batch(let id) = row.subject else { throw GatewayError.idempotencyKeyReused }
            return try await self.ticket(of: BatchName(sessionID: session.id, batchID: id))
        } anew: {
            _ = try self.openLane(of: session, given: idOrName)
            for (index, item) in request.items.enumerated() {
                let field = "messages.\(index).chatId"
                let chat = try ChatID(parsing: item.chatID, field: field)
                guard chat.canBeWrittenTo else { throw GatewayError.invalidChatID(field: field, given: item.chatID) }
            }
            let name = BatchName(sessionID: session.id, batchID: request.batchID ?? String("batch_" + makeUUID().prefix(8)))
            try self.batches.reserve(name)
            do {
                let ticket = try await self.accept(request, as: name, session: session)
                self.batches.run(name)
                return ticket
            } catch StorageError.constraint(.foreignKey, _) {
                self.batches.remove(name)
                throw GatewayError.sessionNotActive(idOrName)
            } catch {
                self.batches.remove(name)
                throw GatewayError.of(error)
            }
        }
        var answer = ticket
        answer.isReplay = isReplay
        return answer
    }

    private func accept(
        _ request: BatchRequest, as name: BatchName, session: GatewaySession
    ) async throws -> BatchTicket {
        let now = environment.nowMilliseconds
        let batch = BatchStore.Batch(
            name: name, status: .pending, pace: request.pace, nextDueAtMilliseconds: now, createdAtMilliseconds: now,
            startedAtMilliseconds: nil, completedAtMilliseconds: nil)
        try await environment.database.write { connection in
            let items = try request.items.enumerated().map { index, item in
                BatchStore.Item(
                    position: Int64(index), chatID: item.chatID,
                    content: try self.content(of: item, session: session, on: connection))
            }
            guard try BatchStore.insert(batch, items, on: connection) else {
                throw GatewayError.batchIDTaken(name.batchID)
            }
            if let identity = request.identity {
                try RequestKeyStore.remember(
                    identity, as: .batch(name.batchID), in: session.id, nowMilliseconds: now, on: connection)
            }
        }
        for item in request.items {
            if case .message(let message) = item.content, let file = message.media?.file { mediaSpool.adopt(file.id) }
        }
        return Self.ticket(of: batch, count: request.items.count)
    }

    private func content(
        of item: BatchItem, session: GatewaySession, on connection: any SQLConnection
    ) throws -> OutgoingMessage {
        switch item.content {
        case .message(let message): message
        case .template(let name, let values):
            .text(OutgoingText(try render(name, values, of: session, on: connection)))
        }
    }

    private func ticket(of name: BatchName) async throws -> BatchTicket {
        try await read { connection in
            guard let batch = try BatchStore.batch(name, on: connection) else {
                throw GatewayError.batchNotFound(name.batchID)
            }
            return Self.ticket(of: batch, count: try BatchStore.report(batch, on: connection).results.count)
        }
    }

    private static func ticket(of batch: BatchStore.Batch, count: Int) -> BatchTicket {
        BatchTicket(
            batchID: batch.name.batchID, totalMessages: count,
            estimatedCompletionMilliseconds: batch.createdAtMilliseconds
                + Int64(count) * Int64(batch.pace.delayMilliseconds), isReplay: false)
    }

    /// How far a batch is. The session need not be running.
    ///
    /// - Throws: `GatewayError.batchNotFound`.
    package func batch(_ batchID: String, session idOrName: String) async throws -> BatchReport {
        guard let session = directory[idOrName] else { throw GatewayError.batchNotFound(batchID) }
        return try await read { connection in
            guard
                let batch = try BatchStore.batch(
                    BatchName(sessionID: session.id, batchID: batchID), on: connection)
            else { throw GatewayError.batchNotFound(batchID) }
            return try BatchStore.report(batch, on: connection)
        }
    }

    /// Stops a batch where it is: nothing more of it is sent. An item that is on its way is waited for, a moment.
    ///
    /// - Throws: `GatewayError.batchNotFound`, `.batchOver`.
    package func cancelBatch(_ batchID: String, session idOrName: String) async throws -> BatchReport {
        guard let session = directory[idOrName] else { throw GatewayError.batchNotFound(batchID) }
        let name = BatchName(sessionID: session.id, batchID: batchID)
        let now = environment.nowMilliseconds
        let (step, files) = try await write { connection in
            guard let batch = try BatchStore.batch(name, on: connection) else {
                throw GatewayError.batchNotFound(batchID)
            }
            guard !batch.status.isOver else {
                throw GatewayError.batchOver(batchID, status: batch.status.rawValue)
            }
            let step = try BatchStore.step(name, on: connection)
            return (step, try BatchStore.finish(name, as: .cancelled, nowMilliseconds: now, on: connection))
        }
        for file in files { mediaSpool.remove(file) }
        batches.stopSignal(name)?.open()
        if case .await(let messageID) = step {
            try await settled(messageID, of: session, waiting: .configured) { [outbox] connection in
                try outbox.messages.ownMessage(messageID, of: session.id, on: connection)
            } status: {
                $0?.status ?? .failed
            } answer: { _ in
            }
        }
        return try await batch(batchID, session: session.id)
    }
}
