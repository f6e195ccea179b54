import Logging
import Storage
import WABinary
import WACrypto
import WAProtocol

/// Works off a batch of stanzas: decides in one transaction, commits, and only then answers.
///
/// Every stanza that wants an acknowledgement gets one. A stanza whose work needs a request of its own is acknowledged by that
/// work, when it is done, so that a crash in between makes the server deliver it again.
struct StanzaRouter: Sendable {
    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    /// What a stanza leads to.
    private struct Result: Sendable {
        var replies: [Node] = []
        var events: [ClientEvent] = []
        var actions: [ClientAction] = []
        var end: ConnectionEnd?

        /// Has an event recorded, to be announced after the commit.
        mutating func tell(_ event: ClientEvent, to recorder: ClientRecorder, on sql: any SQLConnection) throws {
            try recorder(sql, event)
            events.append(event)
        }
    }

    private var logger: Logger { client.environment.logger }

    func handle(_ batch: [Node]) async throws -> [ClientAction] {
        let stanzas = batch.map { IncomingStanza($0, own: credentials.ownAddresses) }
        let now = client.environment.nowMilliseconds()
        let results: [Result]
        if stanzas.contains(where: \.changesStorage) {
            results = try await client.database.write { [self] sql in
                try stanzas.map { try decide($0, nowMilliseconds: now, on: sql) }
            }
        } else {
            results = stanzas.map(decideWithoutStorage)
        }
        var actions: [ClientAction] = []
        for result in results {
            for reply in result.replies { connection.send(reply) }
            for event in result.events {
                client.announce(event)
                if case .rejected(let message) = event { logRejected(message) }
            }
            actions += result.actions
            if let end = result.end { connection.close(end) }
        }
        return actions
    }

    private func logRejected(_ message: RejectedMessage) {
        logger.warning(
            "somebody sent what only our own devices may say; it changed nothing",
            metadata: ["message": "\(message.messageID)", "claim": "\(message.claim)"])
    }

    // MARK: - Deciding with the database

    private func decide(_ stanza: IncomingStanza, nowMilliseconds: Int64, on sql: any SQLConnection) throws -> Result {
        var result = Result()
        switch stanza {
        case .message(let message):
            return try decide(message, nowMilliseconds: nowMilliseconds, on: sql)
        case .receipt(let receipt):
            result.replies = [receipt.acknowledgement]
            let receiver = ReceiptReceiver(account: client.account, credentials: credentials, recorder: client.recorder)
            for update in try receiver.receive(receipt, nowSeconds: nowMilliseconds / 1000, on: sql) {
                try result.tell(.receipt(update), to: client.recorder, on: sql)
            }
        case .notification(let notification):
            return try decide(notification, nowMilliseconds: nowMilliseconds, on: sql)
        case .call(let call):
            result.replies = [call.acknowledgement]
            if let own = credentials.linked?.phone, let ringing = call.ringing(own: own) { result.replies.append(ringing) }
            let receiver = CallReceiver(account: client.account, credentials: credentials, recorder: client.recorder)
            if let update = try receiver.receive(call, nowMilliseconds: nowMilliseconds, on: sql) {
                try result.tell(.call(update), to: client.recorder, on: sql)
            }
        case .presence(let presence):
            let receiver = PresenceReceiver(account: client.account)
            if let update = try receiver.receive(presence, nowMilliseconds: nowMilliseconds, on: sql) {
                try result.tell(.presence(update), to: client.recorder, on: sql)
            }
        case .chatState(let state):
            let receiver = PresenceReceiver(account: client.account)
            if let update = try receiver.receive(state, nowMilliseconds: nowMilliseconds, on: sql) {
                try result.tell(.presence(update), to: client.recorder, on: sql)
            }
        default:
            return decideWithoutStorage(stanza)
        }
        return result
    }

    private var messageReceiver: MessageReceiver {
        MessageReceiver(
            account: client.account, credentials: credentials, recorder: client.recorder, phoneMessages: client.phoneMessages)
    }

    private func decide(_ message: MessageStanza, nowMilliseconds: Int64, on sql: any SQLConnection) throws -> Result {
        var result = Result()
        let receiver = messageReceiver
        switch try receiver.receive(message, nowMilliseconds: nowMilliseconds, events: &result.events, on: sql) {
        case .received:
            // A gateway acts on what arrives, so its receipts are those of an active device (two ticks).
            result.replies = message.receipts(ownPhone: credentials.linked?.phone, isShownOnline: true)
        case .acknowledgedOnly:
            result.replies = [message.acknowledgement()]
            if message.unavailable != nil { sql.afterCommit { [client] in client.placeholderNews.raise() } }
        case .refused(let code):
            result.replies = [message.acknowledgement(error: code)]
            sql.afterCommit { [client] in client.placeholderNews.raise() }
        case .givenUp:
            logger.warning("a message stays unreadable", metadata: ["message": "\(message.id)"])
            result.replies = [message.acknowledgement(error: .unhandled)]
            sql.afterCommit { [client] in client.placeholderNews.raise() }
        case .needsRetry(let count, let reason, let includesKeys):
            logger.info(
                "a message could not be read; asking for it again",
                metadata: ["message": "\(message.id)", "reason": "\(reason)", "count": "\(count)"])
            let keys = includesKeys ? try retryKeys(on: sql) : nil
            result.replies = [
                RetryRequestStanza(
                    message: message, count: Int(count), reason: reason, registrationID: credentials.registrationID, keys: keys
                ).node,
                message.acknowledgement(),
            ]
            if count == 1 { result.actions = [.background(askPhoneLater())] }
        }
        return result
    }

    /// Our phone is asked when the sender has had its time to send the message again.
    private func askPhoneLater() -> @Sendable (Connection) async -> Void {
        let client = client
        return { _ in
            try? await client.environment.clock.sleep(for: .milliseconds(Placeholders.retryHeadStartMilliseconds))
            client.placeholderNews.raise()
        }
    }

    /// Our bundle for a device that must make a new session: a fresh one-time prekey that is then counted as handed out.
    private func retryKeys(on sql: any SQLConnection) throws -> RetryKeys? {
        let store = PreKeyStore(account: client.account)
        guard let preKey = try store.unuploaded(count: 1, on: sql).first else { return nil }
        try store.markUploaded([preKey.id], on: sql)
        return RetryKeys(
            identityKey: credentials.identityKey.publicKey, preKey: UploadedPreKey(id: preKey.id, key: preKey.key.publicKey),
            signedPreKey: credentials.uploadedSignedPreKey, deviceIdentity: credentials.linked?.signedIdentity ?? [])
    }

    private func decide(
        _ notification: NotificationStanza, nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws -> Result {
        var result = Result(replies: [notification.acknowledgement])
        let addresses = AddressMapStore(account: client.account)
        let deviceLists = DeviceListStore(account: client.account)
        for mapping in notification.addressMappings {
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: client.recorder, on: sql)
        }
        switch notification.content {
        case .preKeysLow(let left):
            result.replies = []
            result.actions = [.background(refillPreKeys(left: left, acknowledging: notification.acknowledgement))]
        case .identityChanged(let person):
            try note(newsOf: person, on: sql)
            for form in Set([try addresses.person(of: person, on: sql), person.foldingHosted.account.description]) {
                try SignalStore(account: client.account).removeAll(of: form, on: sql)
                try deviceLists.drop(form, on: sql)
                try SenderKeyStore(account: client.account).forgetHandouts(to: form, on: sql)
            }
            try giveTokenAnew(to: person, on: sql)
            let identityChanged = ClientEvent.identityChanged(try addresses.phoneForm(of: person, on: sql))
            try result.tell(identityChanged, to: client.recorder, on: sql)
        case .devicesChanged(let change):
            try note(newsOf: change.person, on: sql)
            try deviceLists.drop(try addresses.person(of: change.person, on: sql), on: sql)
        case .ownDevicesChanged:
            guard let own = credentials.linked?.phone else { break }
            try note(newsOf: own, on: sql)
            try deviceLists.drop(try addresses.person(of: own, on: sql), on: sql)
        case .group(let change):
            guard let own = credentials.ownAddresses else { break }
            client.news.heard(of: change.group.description)
            try GroupStore(account: client.account).apply(change, own: own, on: sql)
            if change.brings(own) { client.directory.doubtList() }
            let news = GroupNews(account: client.account)
            for event in try news.events(of: change, in: notification, nowMilliseconds: nowMilliseconds, on: sql) {
                try result.tell(event, to: client.recorder, on: sql)
            }
        case .appStateChanged(let collections):
            try AppStateWork(account: client.account).want(collections, on: sql)
            sql.afterCommit { [client] in client.accountNews.appState.raise() }
        case .other("newsletter"):
            for post in ChannelPost.all(in: notification) {
                try messageReceiver.receive(post, nowMilliseconds: nowMilliseconds, events: &result.events, on: sql)
            }
        case .mediaRetry(let answer):
            try takeHistoryUpload(notification, on: sql)
            sql.afterCommit { [client] in client.reuploads.hand(over: answer) }
        case .privacyTokens(let tokens):
            guard notification.from.isPerson else { break }
            for token in tokens {
                try PrivacyTokenStore(account: client.account).take(
                    .init(bytes: token.bytes, timestampSeconds: token.timestampSeconds), of: notification.from, on: sql)
            }
        case .preKeyDigestRequested:
            result.replies = []
            result.actions = [.background(comparePreKeys(acknowledging: notification.acknowledgement))]
        case .people(let news):
            for case .privacy(let changes) in news { sql.afterCommit { [client] in client.privacy.take(changes: changes) } }
            let receiver = PersonNewsReceiver(account: client.account, recorder: client.recorder)
            if try receiver.take(news, on: sql) {
                result.actions = [.background { [client] in _ = try? await client.blockList(on: $0) }]
            }
        case .pairingCode(let hello):
            result.actions = [.answerPhone(hello)]
        case .other:
            break
        }
        return result
    }

    /// The person's new phone lacks the token we gave the old one.
    private func giveTokenAnew(to person: JID, on sql: any SQLConnection) throws {
        let store = PrivacyTokenStore(account: client.account)
        guard try store.known(of: person, on: sql).issuedAtSeconds != nil else { return }
        try store.forgetIssued(to: person, on: sql)
        sql.afterCommit { [client] in client.tokenDesk.want(person) }
    }

    /// Our phone uploaded a chunk of history again, or cannot.
    private func takeHistoryUpload(_ notification: NotificationStanza, on sql: any SQLConnection) throws {
        let jobs = HistoryJobStore(account: client.account)
        guard let job = try jobs.job(notification.id, on: sql),
            let answer = HistoryUploadAnswer(
                notification.node, mediaKey: job.mediaKey, messageID: job.messageID)
        else { return }
        switch answer {
        case .uploaded(let directPath):
            try jobs.move(job.messageID, to: directPath, on: sql)
            sql.afterCommit { [client] in client.accountNews.history.raise() }
        case .gone:
            logger.error("a chunk of history is gone on the phone too", metadata: ["message": "\(job.messageID)"])
            try jobs.giveUp(job, because: "gone on the phone too", telling: client.recorder, on: sql)
        }
    }

    /// Devices or keys of a person changed: answers under way may be older, and what was lacking may be there now.
    private func note(newsOf person: JID, on sql: any SQLConnection) throws {
        let forms = try AddressMapStore(account: client.account).forms(of: person, on: sql)
        client.news.heard(of: forms.first)
        client.sender.forgetGaps(of: [forms.first, forms.second])
    }

    private func refillPreKeys(left: Int64, acknowledging ack: Node) -> @Sendable (Connection) async -> Void {
        let (client, credentials) = (client, credentials)
        return { connection in
            let upkeep = PreKeyUpkeep(of: client, as: credentials)
            do {
                if left < client.configuration.preKeyLowWater { try await upkeep.upload(on: connection) }
            } catch {
                client.environment.logger.warning("prekeys were not uploaded", metadata: ["error": "\(error)"])
            }
            connection.send(ack)
        }
    }

    private func comparePreKeys(acknowledging ack: Node) -> @Sendable (Connection) async -> Void {
        let (client, credentials) = (client, credentials)
        return { connection in
            do { try await PreKeyUpkeep(of: client, as: credentials).compare(on: connection) } catch {
                client.environment.logger.warning("prekeys were not compared", metadata: ["error": "\(error)"])
            }
            connection.send(ack)
        }
    }

    // MARK: - Deciding without

    private func decideWithoutStorage(_ stanza: IncomingStanza) -> Result {
        switch stanza {
        case .message, .receipt, .notification, .call, .presence, .chatState:
            preconditionFailure("a stanza that changes storage was routed past it")
        case .retryReceipt(let retry):
            return Result(actions: [.answer(retry)])
        case .success(let success):
            return Result(actions: [.loggedIn(success)])
        case .failure(let failure):
            return Result(
                end: .failure(reason: failure.reason, banCode: failure.code, expireSeconds: failure.expireSeconds))
        case .streamError(let error):
            return Result(end: .streamError(code: error.code, conflict: error.conflict, child: error.child))
        case .streamEnd:
            return Result(end: .lost("the server ended the stream"))
        case .pairDevice(let pairDevice):
            return Result(replies: [pairDevice.reply], actions: [.showQR(refs: pairDevice.refs)])
        case .pairSuccess(let pairSuccess):
            return Result(actions: [.completePairing(pairSuccess)])
        case .ping(let ping):
            return Result(replies: [ping.reply])
        case .info(let info):
            return decide(info)
        case .ack:
            return Result()
        case .unknown(let node):
            // Kept out of the way but acknowledged, or the server would send it for ever.
            logger.debug("a stanza was not understood", metadata: ["tag": "\(node.tag)"])
            return Result(replies: AckStanza.answering(node, error: .parseError).map { [$0] } ?? [])
        }
    }

    private func decide(_ info: InfoStanza) -> Result {
        var result = Result()
        for item in info.items {
            switch item {
            case .dirty(let notice):
                let (client, environment, directory) = (client, client.environment, client.directory)
                result.actions.append(
                    .background { connection in
                        if notice.type == "syncd_app_state" { do { try await client.wantAppState() } catch { return } }
                        if notice.type == "account_sync" { _ = try? await client.blockList(on: connection) }
                        if notice.type == "groups" {
                            // Not cleaned until it is noted, so that the server tells us again.
                            do { try await directory.doubtAll() } catch { return }
                        }
                        _ = try? await connection.execute(
                            CleanDirtyRequest(type: notice.type, timestampSeconds: notice.timestampSeconds),
                            environment: environment)
                    })
            case .downgraded:
                result.end = .refused("the phone that scanned the code does not support linked devices")
            case .offlinePreview:
                result.replies.append(OfflineBatchStanza().node)
            case .offlineDelivered, .edgeRouting, .other:
                break
            }
        }
        return result
    }
}

extension IncomingStanza {
    /// Whether deciding about it reads or writes the database.
    fileprivate var changesStorage: Bool {
        switch self {
        case .message, .receipt, .notification, .call, .presence, .chatState: true
        default: false
        }
    }
}
