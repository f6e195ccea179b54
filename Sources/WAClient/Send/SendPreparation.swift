import SignalProtocol
import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// Turns sends into their finished stanzas, or says what must first be asked for.
///
/// ```
/// plan    on any state of the database: whom each send goes to, what is encrypted for them; writes nothing
/// commit  in a transaction: the stepped sessions, the stanzas; groups, whose keys are stepped here
/// ```
///
/// Planning is most of the work and needs no writer, of which there is one for all sessions. If somebody else has stepped a
/// session meanwhile, `commit` throws `Overtaken` and nothing has happened: then `prepare` does both in one transaction.
///
/// Repeatable by id: a send prepared before answers with the stanza stored then, byte for byte, or with its outcome.
struct SendPreparation: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let vault: SignalVault
    let fanout: GroupFanout
    let recorder: ClientRecorder
    /// Is told whom our token is due to.
    let tokenDesk: PrivacyTokenDesk?

    init(
        account: String, credentials: DeviceCredentials, recorder: @escaping ClientRecorder,
        tokenDesk: PrivacyTokenDesk? = nil
    ) {
        self.account = account
        self.credentials = credentials
        self.recorder = recorder
        vault = SignalVault(account: account, credentials: credentials)
        self.tokenDesk = tokenDesk
        fanout = GroupFanout(account: account, credentials: credentials, vault: vault)
    }

    /// What a recipient lacks. Empty lists mean nothing is lacking of that kind.
    struct Needs: Sendable, Equatable {
        /// A phone number of which neither LID nor devices are known: is it on WhatsApp at all?
        var unknownNumber: JID?
        /// People whose device lists are not known.
        var people: [JID] = []
        /// Devices without a session.
        var devices: [JID] = []
        /// A group whose members, devices or sender keys are not ready.
        var group: JID?

        var isEmpty: Bool { unknownNumber == nil && people.isEmpty && devices.isEmpty && group == nil }
    }

    enum Prepared: Sendable {
        case stanza([UInt8], participantHash: String)
        case settled(SendOutcome)
        /// No device of the recipient is listed or gave keys; in the wire's addressing.
        case unreachable(JID)
        case needs(Needs)
    }

    private var addresses: AddressMapStore { AddressMapStore(account: account) }
    private var deviceLists: DeviceListStore { DeviceListStore(account: account) }
    private var sentMessages: SentMessageStore { SentMessageStore(account: account) }

    /// Sends to prepare together, in order.
    struct Batch: Sendable {
        var sends: [(envelope: OutgoingEnvelope, draft: MessageDraft?)]
        let gaps: RecipientGaps
        let nowMilliseconds: Int64

        init(_ envelopes: [OutgoingEnvelope], by credentials: DeviceCredentials, gaps: RecipientGaps, nowMilliseconds: Int64) {
            sends = envelopes.map { ($0, MessageDraft(of: $0, by: credentials)) }
            self.gaps = gaps
            self.nowMilliseconds = nowMilliseconds
        }
    }

    struct Plan: Sendable {
        fileprivate let batch: Batch
        fileprivate var steps: SessionSteps
        fileprivate var planned: [Planned] = []

        /// The outcomes, where nothing is to be written.
        var readyOutcomes: [Prepared]? {
            let outcomes = planned.compactMap { if case .known(let outcome) = $0 { outcome } else { nil } }
            return outcomes.count == planned.count ? outcomes : nil
        }
    }

    fileprivate enum Planned: Sendable {
        case known(Prepared)
        case stanza(Finished)
        /// In a group, the same id again, or what follows from an earlier send of the batch: decided in the transaction.
        case later
    }

    /// A stanza that may leave once it is kept.
    fileprivate struct Finished: Sendable {
        let message: WAMessage
        let sent: SentMessageStore.Sent
        /// Whom it is encrypted for.
        let devices: [JID]
        /// Who is to be given our token besides.
        let owedToken: JID?
    }

    /// What was planned on is no longer so.
    struct Overtaken: Error {}

    func plan(_ batch: Batch, on sql: any SQLConnection) throws -> Plan {
        var plan = Plan(batch: batch, steps: SessionSteps(account: account))
        var places: [String: Int] = [:]
        var chatsWithNewTimer: Set<JID> = []
        for (place, (envelope, draft)) in batch.sends.enumerated() {
            // What an earlier send of the batch stores is there only in the transaction: a poll's secret, a chat's timer.
            var follows = chatsWithNewTimer.contains(envelope.recipient)
            if case .pollVote(let vote) = envelope.content, places[vote.key.id] != nil { follows = true }
            if case .ephemeralSetting = envelope.content { chatsWithNewTimer.insert(envelope.recipient) }

            if let first = places[envelope.id] {
                let isKnown = if case .known = plan.planned[first] { true } else { false }
                plan.planned.append(isKnown ? plan.planned[first] : .later)
            } else {
                places[envelope.id] = place
                plan.planned.append(
                    follows ? .later : try self.plan(envelope, draft, batch, steps: &plan.steps, on: sql))
            }
        }
        return plan
    }

    /// - Throws: `Overtaken`; whatever it throws, the transaction must be undone.
    func commit(_ plan: Plan, on sql: any SQLConnection) throws -> [Prepared] {
        guard try plan.steps.save(on: sql) else { throw Overtaken() }
        return try zip(plan.batch.sends, plan.planned).map { send, planned in
            switch planned {
            case .known(let outcome):
                return outcome
            case .stanza(let finished):
                try keep(send.envelope, finished, on: sql)
                return finished.prepared
            case .later where send.envelope.recipient.isGroup:
                return try prepareGroup(send.envelope, send.draft, plan.batch, on: sql)
            case .later:
                var alone = plan.batch
                alone.sends = [send]
                return try prepare(alone, on: sql)[0]
            }
        }
    }

    /// Both in one transaction.
    func prepare(_ batch: Batch, on sql: any SQLConnection) throws -> [Prepared] {
        try commit(plan(batch, on: sql), on: sql)
    }

    /// What became of an earlier send with this id.
    private func earlier(_ id: String, on sql: any SQLConnection) throws -> Prepared? {
        guard let earlier = try sentMessages.message(id, on: sql) else { return nil }
        if let code = earlier.refusal { return .settled(.refused(SendRefusal(storedCode: code))) }
        if let seconds = earlier.serverSeconds { return .settled(.acknowledged(serverSeconds: seconds)) }
        return earlier.stanza.map { .stanza($0, participantHash: earlier.participantHash ?? "") }
    }

    private func plan(
        _ envelope: OutgoingEnvelope, _ draft: MessageDraft?, _ batch: Batch, steps: inout SessionSteps,
        on sql: any SQLConnection
    ) throws -> Planned {
        if let earlier = try earlier(envelope.id, on: sql) { return .known(earlier) }
        guard let linked = credentials.linked else { return .known(.settled(.interrupted)) }
        let recipient = envelope.recipient.foldingHosted.account
        if recipient.isGroup, !recipient.isServer { return .later }
        guard recipient.server == .user || recipient.server == .lid, !recipient.user.isEmpty else {
            return .known(.settled(.refused(.unsupportedRecipient)))
        }
        let route: Route
        switch try self.route(to: recipient, from: linked, gaps: batch.gaps, on: sql) {
        case .needs(let needs): return .known(.needs(needs))
        case .route(let found): route = found
        }
        let targets = route.targets.filter { !batch.gaps.keyless.contains($0.jid) }
        let missing = try targets.filter { try !steps.has($0.jid, on: sql) }.map(\.jid)
        guard missing.isEmpty else { return .known(.needs(Needs(devices: missing))) }
        guard targets.contains(where: { !$0.isOwn }) || route.isToSelf, !targets.isEmpty else {
            return .known(.unreachable(route.destination))
        }

        let addressing = WireAddressing(account: account, linked: linked, usesLID: route.destination.server == .lid)
        guard let draft = try draft ?? self.draft(of: envelope, in: addressing, on: sql) else {
            return .known(.settled(.refused(.unknownPoll)))
        }
        let sent = try draft.expiring(
            afterSeconds: ChatTimerStore(account: account).seconds(in: route.destination, on: sql))
        let payloads = try encrypt(sent, to: targets, destination: route.destination, steps: &steps, on: sql)
        let tokens =
            route.isToSelf
            ? PrivacyTokens.WithMessage()
            : try PrivacyTokens(account: account).withMessage(
                to: route.destination, nowSeconds: batch.nowMilliseconds / 1000, on: sql)
        let stanza = OutgoingMessageStanza(
            id: envelope.id, to: route.destination, peerRecipientPhone: route.peerRecipientPhone,
            traits: sent.traits, participants: payloads, deviceIdentity: linked.signedIdentity,
            privacyToken: tokens.element)
        return .stanza(
            Finished(
                message: sent.message,
                sent: .init(
                    recipient: route.destination, content: sent.content, stanza: NodeEncoder.encode(stanza.node),
                    participantHash: ParticipantHash.compute(route.allDevices),
                    storedAtMilliseconds: batch.nowMilliseconds, serverSeconds: nil, refusal: nil),
                devices: payloads.map { payload in
                    let isOwn = credentials.isOwn(payload.device)
                    let person = isOwn ? linked.phone.account : route.peerRecipientPhone ?? route.destination
                    return person.with(device: payload.device.device)
                },
                owedToken: tokens.isOursDue ? route.destination : nil))
    }

    /// The message in the addressing of the chat; nil for a vote in a poll that is not known.
    ///
    /// Whatever can be reacted to, voted on or edited later carries a secret for that (reference 5.16).
    private func draft(
        of envelope: OutgoingEnvelope, in addressing: WireAddressing, on sql: any SQLConnection
    ) throws -> MessageDraft? {
        if case .pollVote(let vote) = envelope.content {
            return try SealedAdditions(account: account).seal(vote, own: credentials, addressing: addressing, on: sql)
                .map { MessageDraft($0) }
        }
        let content = try addressing.content(envelope.content, on: sql)
        return MessageDraft(content.message(secret: credentials.secret(of: envelope)))
    }

    /// Keeps the finished stanza, and of a poll what its votes will need, and tells who it is encrypted for.
    private func keep(_ envelope: OutgoingEnvelope, _ finished: Finished, on sql: any SQLConnection) throws {
        let sent = finished.sent
        guard try sentMessages.insert(envelope.id, sent, on: sql) else { throw Overtaken() }
        if let own = credentials.linked?.phone, case .poll = envelope.content {
            try SealedAdditions(account: account).keepSecret(
                of: finished.message, envelope.content, id: envelope.id, in: sent.recipient, by: own,
                nowMilliseconds: sent.storedAtMilliseconds, on: sql)
        }
        if case .ephemeralSetting(let seconds) = envelope.content, sent.recipient.isPerson {
            try ChatTimerStore(account: account).set(seconds, in: sent.recipient, on: sql)
        }
        if let person = finished.owedToken, let tokenDesk { sql.afterCommit { tokenDesk.want(person) } }
        let progress = SendProgress(
            messageID: envelope.id, step: .encrypted(devices: finished.devices), atMilliseconds: sent.storedAtMilliseconds)
        try recorder(sql, .sendProgress(progress))
    }

    private func prepareGroup(
        _ envelope: OutgoingEnvelope, _ draft: MessageDraft?, _ batch: Batch, on sql: any SQLConnection
    ) throws -> Prepared {
        if let earlier = try earlier(envelope.id, on: sql) { return earlier }
        let chat = envelope.recipient.foldingHosted.account
        guard let linked = credentials.linked else { return .settled(.interrupted) }
        guard let setting = try GroupStore(account: account).addressing(of: chat, on: sql) else {
            return .needs(Needs(group: chat))
        }
        let addressing = WireAddressing(account: account, linked: linked, usesLID: setting.mode == .lid)
        guard let draft = try draft ?? self.draft(of: envelope, in: addressing, on: sql) else {
            return .settled(.refused(.unknownPoll))
        }
        let sent = draft.expiring(afterSeconds: setting.ephemeralSeconds)
        guard
            let (bytes, hash, keyed) = try fanout.stanza(
                id: envelope.id, to: chat, set: setting, content: sent.content, traits: sent.traits, gaps: batch.gaps,
                as: linked, on: sql)
        else { return .needs(Needs(group: chat)) }
        let finished = Finished(
            message: sent.message,
            sent: .init(
                recipient: chat, content: sent.content, stanza: bytes, participantHash: hash,
                storedAtMilliseconds: batch.nowMilliseconds, serverSeconds: nil, refusal: nil),
            devices: try keyed.map { try addresses.phoneForm(of: $0, on: sql).with(device: $0.device) }, owedToken: nil)
        try keep(envelope, finished, on: sql)
        return finished.prepared
    }

    // MARK: - Where it goes

    private struct Target { let jid: JID; let isOwn: Bool }

    private struct Route {
        let destination: JID
        let peerRecipientPhone: JID?
        let targets: [Target]
        /// Every device of both sides, the sending one included: what the participant hash is computed over.
        let allDevices: Set<JID>
        let isToSelf: Bool
    }

    private enum Routing { case route(Route), needs(Needs) }

    /// The LID is used on the wire when it is known, and our own devices are then addressed by ours (reference 5.2).
    private func route(
        to recipient: JID, from linked: DeviceCredentials.Linked, gaps: RecipientGaps, on sql: any SQLConnection
    ) throws -> Routing {
        let lid = try addresses.lid(of: recipient, on: sql)
        let phone = try addresses.phoneForm(of: recipient, on: sql)
        let ownLID = linked.lid?.account
        let usesLID = lid != nil && ownLID != nil
        let destination = usesLID ? lid ?? recipient : phone
        let own = usesLID ? ownLID ?? linked.phone.account : linked.phone.account
        let isToSelf = destination == own

        var needs = Needs()
        let person = try addresses.person(of: recipient, on: sql)
        // A person the server lists no devices of is one without devices, and the send is refused for want of keys.
        let theirs = try deviceLists.devices(of: person, on: sql) ?? (gaps.unlisted.contains(destination) ? [] : nil)
        if theirs == nil {
            if lid == nil, !gaps.withoutLID.contains(recipient) { needs.unknownNumber = recipient }
            needs.people.append(destination)
        }
        let ownPerson = try addresses.person(of: linked.phone, on: sql)
        let ours = try deviceLists.devices(of: ownPerson, on: sql)
        if ours == nil, !isToSelf { needs.people.append(own) }
        guard needs.isEmpty, let theirs, let ours else { return .needs(needs) }

        let ownTargets = ours.filter { $0.id != linked.phone.device }.map { Target(jid: $0.jid(of: own), isOwn: true) }
        let theirTargets = isToSelf ? [] : theirs.map { Target(jid: $0.jid(of: destination), isOwn: false) }
        let allDevices = Set((theirTargets + ownTargets).map(\.jid) + [own.with(device: linked.phone.device)])
        return .route(
            Route(
                destination: destination, peerRecipientPhone: destination.server == .lid && phone.server == .user ? phone : nil,
                targets: theirTargets + ownTargets, allDevices: allDevices, isToSelf: isToSelf))
    }

    // MARK: - Encrypting

    private func encrypt(
        _ draft: MessageDraft, to targets: [Target], destination: JID, steps: inout SessionSteps,
        on sql: any SQLConnection
    ) throws -> [EncryptedPayload] {
        var ownCopy: [UInt8]?
        return try targets.compactMap { target in
            let plaintext: [UInt8]
            if target.isOwn {
                plaintext = ownCopy ?? draft.message.encodedCopy(of: draft.content, to: destination)
                ownCopy = plaintext
            } else {
                plaintext = draft.content
            }
            let padded = MessagePadding.pad(plaintext)
            guard let ciphertext = try steps.encrypt(padded, to: target.jid, by: vault.local, on: sql) else { return nil }
            return EncryptedPayload(device: target.jid, kind: ciphertext.kind, bytes: ciphertext.bytes)
        }
    }
}

extension SendPreparation.Finished {
    fileprivate var prepared: SendPreparation.Prepared {
        .stanza(sent.stanza ?? [], participantHash: sent.participantHash ?? "")
    }
}
