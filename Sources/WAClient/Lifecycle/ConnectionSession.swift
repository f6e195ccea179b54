import Logging
import Storage
import WABinary
import WACrypto
import WAProtocol

/// One connection from handshake to end: pairs or logs in, then works off stanzas until it is over.
///
/// The stanza task takes what has come, up to 64 stanzas, and hands it to `StanzaRouter`. Whatever takes a request of its
/// own (prekeys, retry answers) runs beside it as a child task, so a slow answer holds up nobody.
struct ConnectionSession: Sendable {
    let client: WhatsAppClient

    private static let batchLimit = 64
    /// Retry receipts that wait to be answered; those beyond stay unacknowledged and come again on the next connection.
    private static let waitingRetries = 1_024

    /// How it ended, and whether it was logged in at some time.
    func run() async -> (end: ConnectionEnd, wasOnline: Bool) {
        let connection: Connection
        let credentials: DeviceCredentials
        do {
            (credentials, connection) = try await inOwnTask {
                let credentials = try await loadCredentials()
                return (credentials, try await open(as: credentials))
            }
        } catch let end as ConnectionEnd {
            return (end, false)
        } catch is CancellationError {
            return (.cancelled, false)
        } catch {
            return (.lost("\(error)"), false)
        }
        let wasOnline = await workOff(connection, as: credentials)
        connection.close(ConnectionEnd.cancelled)
        try? await client.sender.writeSettled()
        return (end(of: connection), wasOnline)
    }

    private func loadCredentials() async throws -> DeviceCredentials {
        let store = DeviceStore(account: client.account)
        if let stored = try await client.database.read({ try store.load(on: $0) }) { return stored }
        return try await client.database.write { try store.loadOrCreate(on: $0) }
    }

    private func open(as credentials: DeviceCredentials) async throws -> Connection {
        let payload = try payload(for: credentials)
        let (configuration, environment, sender) = (client.configuration, client.environment, client.sender)
        return try await withTimeLimit(configuration.handshakeTimeout, clock: environment.clock) {
            try await Connection.open(
                configuration.endpoint, with: environment.openLink, noiseKey: credentials.noiseKey, payload: payload,
                trust: configuration.trust, nowSeconds: environment.nowSeconds, logger: environment.logger,
                onAck: { node in MessageAck(node).map(sender.acknowledged) })
        }
    }

    /// Login when linked, else the registration that leads to QR codes.
    private func payload(for credentials: DeviceCredentials) throws -> [UInt8] {
        let configuration = client.configuration
        if let linked = credentials.linked {
            guard let login = ClientPayload.login(device: linked.phone, version: configuration.webVersion) else {
                throw ConnectionEnd.refused("the stored phone number is not a number")
            }
            return login.bytes
        }
        return ClientPayload.registration(
            registrationID: credentials.registrationID, identityKey: credentials.identityKey.publicKey,
            signedPreKey: credentials.uploadedSignedPreKey, properties: configuration.companion,
            version: configuration.webVersion
        ).bytes
    }

    private func end(of connection: Connection) -> ConnectionEnd {
        switch connection.closeReason {
        case let end as ConnectionEnd: end
        case let error?: .lost("\(error)")
        case nil: .lost("the connection ended")
        }
    }

    /// Works off stanzas until the connection ends; true when it was logged in.
    private func workOff(_ connection: Connection, as credentials: DeviceCredentials) async -> Bool {
        await withDiscardingTaskGroup { background in
            let pairing = Pairing(client: client, connection: connection, credentials: credentials)
            let router = StanzaRouter(client: client, connection: connection, credentials: credentials)
            let (retries, retrySink) = AsyncStream.makeStream(
                of: RetryReceipt.self, bufferingPolicy: .bufferingOldest(Self.waitingRetries))
            background.addTask {
                await RetryResponder(client: self.client, credentials: credentials).answer(retries, on: connection)
            }
            var wasOnline = false
            while let batch = await connection.nextStanzas(limit: Self.batchLimit) {
                do {
                    for action in try await router.handle(batch) {
                        switch action {
                        case .loggedIn where wasOnline:
                            client.environment.logger.warning("the server says a second time that the login succeeded")
                        case .loggedIn(let success):
                            wasOnline = true
                            background.addTask { await self.goOnline(success, connection, credentials) }
                        case .showQR(let refs):
                            background.addTask { await pairing.show(refs) }
                        case .answerPhone(let hello):
                            background.addTask { await pairing.answer(hello) }
                        case .completePairing(let success):
                            background.addTask { await pairing.finish(success) }
                        case .answer(let retry):
                            retrySink.yield(retry)
                        case .background(let work):
                            background.addTask { await work(connection) }
                        }
                    }
                } catch {
                    // Nothing of the batch was acknowledged, so the server delivers it again on the next connection.
                    client.environment.logger.error("received stanzas could not be stored", metadata: ["error": "\(error)"])
                    connection.close(ConnectionEnd.lost("received messages could not be stored"))
                }
            }
            background.cancelAll()
            return wasOnline
        }
    }

    /// After `success`: sees to the prekeys, asks for what waited, and starts sending.
    private func goOnline(_ success: LoginSuccess, _ connection: Connection, _ credentials: DeviceCredentials) async {
        client.privacy.beginConnection()
        let login = Login(client: client, connection: connection, credentials: credentials)
        let open: [Login.Step]
        do {
            open = try await inOwnTask { try await login.complete(success) }
        } catch {
            connection.close(ConnectionEnd.lost("login was not completed: \(error)"))
            return
        }
        await client.loggedIn(on: connection)
        client.change(to: .online)
        await withTaskGroup(of: Void.self) { group in
            let (sender, logger) = (client.sender, client.environment.logger)
            group.addTask {
                do { try await sender.run(on: connection, as: credentials) } catch {
                    logger.error("sends could not be stored", metadata: ["error": "\(error)"])
                    connection.close(ConnectionEnd.lost("sends could not be stored"))
                }
            }
            group.addTask {
                do { try await sender.recordSettled() } catch {
                    logger.error("acks could not be stored", metadata: ["error": "\(error)"])
                    connection.close(ConnectionEnd.lost("acks could not be stored"))
                }
            }
            group.addTask { await login.catchUp(open) }
            group.addTask { [client] in
                try? await client.restorePresence(on: connection)
                _ = try? await client.askPrivacySettings(on: connection)
            }
            group.addTask { [client] in
                await AccountWork(client: client, connection: connection, credentials: credentials).run()
            }
            group.addTask { [client] in
                await PlaceholderRequests(client: client, connection: connection, credentials: credentials).run()
            }
            group.addTask { [client] in
                await Keepalive(
                    connection: connection, configuration: client.configuration, environment: client.environment,
                    sender: sender
                ).run()
            }
        }
    }
}
