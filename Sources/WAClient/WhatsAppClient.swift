import Logging
package import Storage
import Synchronization
import WABinary
import WAProtocol

/// One WhatsApp account: it links by QR code or by a code for a phone number, stays connected, sends and receives.
///
/// `run()` lives as long as the account is started. A task per connection works off stanzas one batch at a time, another
/// sends; both write through one transaction before they tell anybody: a message is acknowledged to the server only after
/// its ratchet, its row and whatever `recorder` adds are committed together, and a send leaves only after its finished
/// stanza is. Everything the client must remember is in the database, so it may be killed at any moment.
package actor WhatsAppClient {
    package nonisolated let account: String
    /// Wake-ups, newest 256 kept: the rows the recorder wrote are the truth.
    package nonisolated let events: AsyncStream<ClientEvent>

    let database: any SQLDatabase
    let configuration: ClientConfiguration
    let environment: ClientEnvironment
    let recorder: ClientRecorder
    nonisolated let news = NewsWatch()
    nonisolated let directory: GroupDirectory
    nonisolated let sender: MessageSender
    nonisolated let mediaHosts: MediaHosts
    nonisolated let reuploads = ReuploadAnswers()
    nonisolated let appState: AppStateSync
    nonisolated let accountNews = AccountNews()
    /// Messages wait to be asked of our phone.
    nonisolated let placeholderNews = WakeUp()
    nonisolated let tokenDesk = PrivacyTokenDesk()
    nonisolated let privacy = PrivacyMemory()
    private nonisolated let eventSink: AsyncStream<ClientEvent>.Continuation
    private nonisolated let currentState = Mutex(ClientState.idle)
    /// The connection that is logged in, for requests from outside.
    private(set) var online: Connection?
    /// The link that is offered on the present connection.
    private var pairing: Pairing?
    var presence = PresenceWishes()
    private var isRunning = false
    /// The server may end the connection in the same breath in which it confirms.
    private var logoutRequest: Task<Void, any Error>?

    package init(
        account: String, database: any SQLDatabase, configuration: ClientConfiguration, environment: ClientEnvironment,
        recorder: @escaping ClientRecorder
    ) {
        self.account = account
        self.database = database
        self.configuration = configuration
        var environment = environment
        environment.logger[metadataKey: "account"] = "\(account)"
        self.environment = environment
        self.recorder = recorder
        directory = GroupDirectory(
            account: account, database: database, environment: environment, news: news, recorder: recorder)
        appState = AppStateSync(account: account, database: database, recorder: recorder)
        sender = MessageSender(
            account: account, database: database, environment: environment, directory: directory, news: news,
            tokenDesk: tokenDesk, recorder: recorder)
        mediaHosts = MediaHosts(nowMilliseconds: environment.nowMilliseconds)
        (events, eventSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    package nonisolated var state: ClientState { currentState.withLock { $0 } }

    // MARK: - Sending

    /// Queues sends in the order of the calls, also while not connected; `outcome` is called once for each, from any thread.
    ///
    /// Repeatable by id: what was sent before is not sent anew, its outcome comes again.
    package nonisolated func submit(
        _ envelopes: [OutgoingEnvelope], outcome: @escaping @Sendable (_ id: String, SendOutcome) -> Void
    ) {
        sender.submit(envelopes, outcome: outcome)
    }

    /// Queues sends and waits for all their outcomes, in the order given.
    package nonisolated func send(_ envelopes: [OutgoingEnvelope]) async -> [SendOutcome] {
        await withCheckedContinuation { continuation in
            let outcomes = Mutex<[String: SendOutcome]>([:])
            let ids = envelopes.map(\.id)
            if ids.isEmpty { return continuation.resume(returning: []) }
            submit(envelopes) { id, outcome in
                let all = outcomes.withLock { outcomes in
                    outcomes[id] = outcome
                    return outcomes.count == Set(ids).count ? outcomes : nil
                }
                if let all { continuation.resume(returning: ids.map { all[$0] ?? .interrupted }) }
            }
        }
    }

    // MARK: - Asking and telling

    /// Whether these numbers (digits only, with country code) have WhatsApp accounts; in the order asked.
    package func checkOnWhatsApp(_ numbers: [String]) async throws -> [ContactCheck] {
        let connection = try connected()
        let answers = try await connection.execute(ContactCheckRequest(numbers: numbers), environment: environment)
        let (account, recorder) = (account, recorder)
        try await database.write { sql in
            for answer in answers {
                guard let lid = answer.lid, let phone = answer.phone else { continue }
                try AddressMapStore(account: account).learn(lid: lid, phone: phone, telling: recorder, on: sql)
            }
        }
        return numbers.map { number in
            let answer = answers.first { $0.number == number }
            return ContactCheck(
                number: number, isOnWhatsApp: answer?.isOnWhatsApp ?? false, phone: answer?.phone, lid: answer?.lid)
        }
    }

    /// Makes an eight-character code with which the phone of this number (digits, with country code) links this client; the
    /// phone's owner types it under “Link with phone number”. It is good while QR codes are shown on this connection, about
    /// three minutes at most, and replaces the one before.
    ///
    /// Throws `ClientError.notConnected` while no QR code is shown, `WAProtocolError.invalidPhoneNumber`, `IQError`.
    package func requestPairingCode(for phone: String) async throws -> String {
        guard let pairing else { throw ClientError.notConnected }
        return try await pairing.code(for: phone)
    }

    /// Unlinks this device from the phone and erases its credentials.
    package func logout() async throws {
        let connection = try connected()
        let account = account
        guard let linked = try await database.read({ try DeviceStore(account: account).load(on: $0)?.linked }) else {
            throw ClientError.notLinked
        }
        let environment = environment
        let request = Task { _ = try await connection.execute(LogoutRequest(device: linked.phone), environment: environment) }
        logoutRequest = request
        try await request.value
        connection.close(Self.unlinkedOnRequest)
    }

    private static let unlinkedOnRequest = ConnectionEnd.loggedOut("unlinked on request")

    func connected() throws -> Connection {
        guard let online else { throw ClientError.notConnected }
        return online
    }

    // MARK: - Running

    /// Connects and stays connected until cancelled, logged out or refused for good; returns the final state.
    @discardableResult
    package func run() async -> ClientState {
        precondition(!isRunning, "one run at a time")
        isRunning = true
        defer { isRunning = false }
        sender.reopen()
        var policy = ReconnectPolicy(
            backoffUnit: configuration.reconnectUnit, maximumAttempts: configuration.maximumReconnectAttempts)
        var generator = SystemRandomNumberGenerator()
        while true {
            let end = await runConnection(&policy)
            (online, pairing) = (nil, nil)
            switch policy.ended(end, using: &generator) {
            case .reconnect(let wait, let attempt, let reason):
                environment.logger.info("connecting again", metadata: ["reason": "\(reason)", "attempt": "\(attempt)"])
                change(to: .reconnecting(attempt: attempt, reason: reason))
                do { try await environment.clock.sleep(for: wait) } catch { return finish(.stopped) }
            case .stop(let final):
                if case .loggedOut(let reason) = final { await erase(reason) }
                return finish(final)
            }
        }
    }

    private func finish(_ final: ClientState) -> ClientState {
        sender.close()
        change(to: final)
        return final
    }

    private func runConnection(_ policy: inout ReconnectPolicy) async -> ConnectionEnd {
        change(to: .connecting)
        let session = ConnectionSession(client: self)
        let (end, wasOnline) = await session.run()
        if wasOnline { policy.loggedIn() }
        defer { logoutRequest = nil }
        if let logoutRequest, (try? await logoutRequest.value) != nil { return Self.unlinkedOnRequest }
        return Task.isCancelled ? .cancelled : end
    }

    private func erase(_ reason: String) async {
        let (account, recorder) = (account, recorder)
        do {
            try await database.write { sql in
                try ClientSchema.erase(account: account, on: sql)
                try recorder(sql, .loggedOut(reason: reason))
            }
            announce(.loggedOut(reason: reason))
        } catch {
            environment.logger.error("credentials could not be erased", metadata: ["error": "\(error)"])
        }
    }

    func loggedIn(on connection: Connection) { online = connection }
    func offers(_ pairing: Pairing) { self.pairing = pairing }

    // MARK: - Telling

    nonisolated func change(to state: ClientState) {
        let changed = currentState.withLock { current in
            defer { current = state }
            return current != state
        }
        if changed { announce(.stateChanged(state)) }
    }

    nonisolated func announce(_ event: ClientEvent) { eventSink.yield(event) }
}
