import Storage
import WAClient
import WAProtocol

extension MessagingGateway {
    /// Makes a session, in state `created`.
    ///
    /// - Parameter configurationJSON: A JSON object as the caller gave it, see `SessionConfiguration`.
    /// - Throws: `GatewayError.invalidSessionName`, `.invalidSessionConfiguration`, `.sessionNameTaken`.
    package func createSession(name: String, configurationJSON: String? = nil) async throws -> SessionRecord {
        guard let name = SessionName(name) else { throw GatewayError.invalidSessionName(name) }
        _ = try SessionConfiguration.object(configurationJSON).map { try SessionConfiguration($0) }
        let now = environment.nowMilliseconds
        let row = SessionStore.Row(
            id: makeUUID(), name: name.description, status: .created, isWanted: false, isLinked: false,
            configurationJSON: configurationJSON, createdAtMilliseconds: now, updatedAtMilliseconds: now)
        let isNew = try await write { try SessionStore.insert(row, on: $0) }
        guard isNew else { throw GatewayError.sessionNameTaken(name.description) }
        let session = GatewaySession(row)
        directory.add(session)
        return session.record
    }

    /// All sessions, newest first; from memory.
    package func sessions(limit: Int = 1_000, offset: Int = 0) -> [SessionRecord] {
        let all = directory.all.map(\.record).sorted {
            ($1.createdAtMilliseconds, $0.id) < ($0.createdAtMilliseconds, $1.id)
        }
        return Array(all.dropFirst(max(0, offset)).prefix(max(0, limit)))
    }

    /// - Throws: `GatewayError.sessionNotFound`.
    package func session(_ idOrName: String) throws(GatewayError) -> SessionRecord {
        try find(idOrName).record
    }

    /// The id of a session given by id or name; nil when there is none. For key scopes, which hold ids.
    package func sessionID(_ idOrName: String) -> String? { directory[idOrName]?.id }

    /// Starts connecting. It runs until stopped, also across restarts of the process once it is linked.
    ///
    /// - Throws: `GatewayError.sessionNotFound`, `.sessionAlreadyStarted`, `.sessionAlreadyStarting`, `.tooManySessions`.
    package func startSession(_ idOrName: String) async throws -> SessionRecord {
        let session = try find(idOrName)
        try await supervisor.start(session)
        return session.record
    }

    /// Disconnects and stays down until started again; the login is kept, and so is what waits to be sent. Repeatable.
    package func stopSession(_ idOrName: String) async throws -> SessionRecord {
        let session = try find(idOrName)
        try await supervisor.stop(session)
        return session.record
    }

    /// Removes the session and everything kept for it: login, messages, outbox. The phone keeps showing the device until it
    /// notices; log out first to remove it there.
    package func deleteSession(_ idOrName: String) async throws {
        let session = try find(idOrName)
        if let engine = session.stop(nowMilliseconds: environment.nowMilliseconds) {
            await supervisor.end(engine, of: session, drains: false)
        }
        let webhooks = try await webhooks(of: session.id)
        try await write { [events] connection in
            try SessionStore.delete(session.id, on: connection)
            connection.afterCommit { events.webhooks.remove(sessionID: session.id) }
        }
        directory.remove(session)
        batches.stop(sessionID: session.id)
        for webhook in webhooks { try await forgetDeliveries(of: webhook.id) }
        try await events.forget(sessionID: session.id)
        await tidyMedia()
    }

    /// Unlinks the device from the phone and erases the login; messages stay. What waited to be sent is failed: another
    /// account must not send it.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`; `.logoutIncomplete` when WhatsApp did not confirm, after doing the rest.
    package func logoutSession(_ idOrName: String) async throws -> SessionRecord {
        let session = try find(idOrName)
        guard let engine = session.engine else { throw GatewayError.sessionNotStarted }
        var isConfirmed = true
        session.expectEnd()
        do {
            try await engine.client.logout()
            isConfirmed = await engine.ended.wait(atMost: configuration.teardownTimeout, clock: environment.clock)
        } catch {
            isConfirmed = false
        }
        let now = environment.nowMilliseconds
        let before = session.status
        if let engine = session.stop(nowMilliseconds: now) { await supervisor.end(engine, of: session, drains: false) }
        try await write { [outbox, events] connection in
            if session.status != before {
                try events.record(
                    [.sessionStatus(session.status, of: session.id, atMilliseconds: now)], on: connection)
            }
            try ClientSchema.erase(account: session.id, on: connection)
            try SessionStore.unlink(session.id, nowMilliseconds: now, on: connection)
            try events.recordFailures(of: session.id, nowMilliseconds: now, on: connection)
            try outbox.failAll(of: session.id, code: "LOGGED_OUT", nowMilliseconds: now, on: connection)
        }
        session.unlinked(nowMilliseconds: now)
        await tidyMedia()
        guard isConfirmed else { throw GatewayError.logoutIncomplete }
        return session.record
    }

    /// The code to scan, the newest one.
    ///
    /// - Throws: `GatewayError.sessionNotFound`, `.qrNeedsStart`, `.qrNotReady`, `.alreadyAuthenticated`.
    package func qr(of idOrName: String) throws(GatewayError) -> QRCode {
        let lifecycle = try find(idOrName).lifecycle
        guard lifecycle.engine == .running else { throw .qrNeedsStart }
        guard !lifecycle.isLinked, lifecycle.status != .authenticating else { throw .alreadyAuthenticated }
        guard let text = lifecycle.qrText else { throw .qrNotReady }
        return QRCode(text: text, status: lifecycle.status)
    }

    /// Makes a code with which the phone of a number links the session instead of scanning; one made before is void.
    ///
    /// - Parameter phoneNumber: Digits, with country code.
    /// - Throws: `GatewayError.sessionNotFound`, `.qrNeedsStart`, `.alreadyPaired`, `.pairingNotReady`, `.invalidChatID`,
    ///   `.refusedByWhatsApp`, `.noAnswer`.
    package func requestPairingCode(for phoneNumber: String, session idOrName: String) async throws -> PairingCodeAnswer {
        let session = try find(idOrName)
        let lifecycle = session.lifecycle
        guard lifecycle.engine == .running, let engine = session.engine else { throw GatewayError.qrNeedsStart }
        guard !lifecycle.isLinked, lifecycle.status != .authenticating else { throw GatewayError.alreadyPaired }
        guard lifecycle.status == .qrReady else { throw GatewayError.pairingNotReady }
        do {
            let code = try await engine.client.requestPairingCode(for: phoneNumber)
            return PairingCodeAnswer(code: code, status: session.status)
        } catch WAProtocolError.invalidPhoneNumber {
            throw GatewayError.invalidChatID(field: "phoneNumber", given: phoneNumber)
        } catch ClientError.notConnected {
            throw GatewayError.pairingNotReady
        } catch {
            throw Self.gatewayError(of: error)
        }
    }

    /// Waits until the session's status fulfils a condition; nil when the session is gone or the task was cancelled first.
    package func waitForSession(
        _ idOrName: String, until condition: @escaping @Sendable (SessionStatus) -> Bool
    ) async -> SessionRecord? {
        guard let session = directory[idOrName] else { return nil }
        await session.waitUntil(condition)
        let record = session.record
        return condition(record.status) ? record : nil
    }

    func find(_ idOrName: String) throws(GatewayError) -> GatewaySession {
        guard let session = directory[idOrName] else { throw .sessionNotFound(idOrName) }
        return session
    }

    /// A write whose storage errors are told as ours where a caller can act on them.
    func write<R: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> R) async throws -> R {
        do {
            return try await environment.database.write(body)
        } catch {
            throw GatewayError.of(error)
        }
    }
}
