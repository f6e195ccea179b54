import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// The past of a phone, sent to its companions. Reference 5.13 and 9.7.
///
/// ```
/// first login ──► INITIAL_BOOTSTRAP, INITIAL_STATUS_V3, PUSH_NAME, NON_BLOCKING_DATA, RECENT…, FULL…
///                 each a peer message with the blob inside, or with its place on the media server
/// hist_sync   ──► written down
/// server-error (category peer) ──► the chunk is computed again and put under another path: `mediaretry`
/// ```
/// One chunk at a time is computed and handed to the media server; what is kept is where each one started.
extension SimulatedServer {
    /// Gives a phone a past, or takes it away with a plan without chats. Companions that come from now on are sent it.
    package func setHistory(_ plan: HistoryPlan, of number: String) throws(SimulatorError) {
        let account = try account(number)
        var plan = plan
        if plan.newestSeconds == 0 { plan.newestSeconds = nowSeconds }
        if let field = plan.wrongField { throw .wrongFigure(field) }
        account.historyPlan = plan.chatCount > 0 ? plan : nil
        account.historyCounts = nil
        account.historyTransfers.removeAll()
    }

    package func historyPlan(of number: String) throws(SimulatorError) -> HistoryPlan? {
        try account(number).historyPlan
    }

    package func historyTransfers(of number: String) throws(SimulatorError) -> [HistoryTransfer] {
        try account(number).historyTransfers.values.sorted { $0.device < $1.device }
    }

    /// Counts what is in a past by computing all of it, once.
    package func historyCounts(of number: String) throws(SimulatorError) -> HistoryCounts {
        let account = try account(number)
        if let known = account.historyCounts { return known }
        guard let history = history(of: account) else { return HistoryCounts() }
        var counts = HistoryCounts(chats: history.plan.chatCount, statuses: history.plan.statusCount)
        for index in 0..<history.plan.chatCount {
            let chat = history.chat(index)
            counts.messages += chat.messageCount
            counts.sentMessages += chat.messageCount - chat.firstSent
            let (starred, media) = history.counts(of: chat)
            counts.starred += starred
            counts.media += media
        }
        account.historyCounts = counts
        return counts
    }

    package func historyChats(of number: String, _ range: Range<Int>) throws(SimulatorError) -> [HistoryChat] {
        guard let history = try pastOfPhone(number) else { return [] }
        return range.clamped(to: 0..<history.plan.chatCount).map { history.chat($0) }
    }

    /// Messages of a chat with their `WebMessageInfo`.
    package func historyMessages(
        of number: String, chat index: Int, _ range: Range<Int>
    ) throws(SimulatorError) -> [(message: HistoryMessage, info: [UInt8])] {
        guard let history = try pastOfPhone(number), (0..<history.plan.chatCount).contains(index) else {
            throw .unknownChat(String(index))
        }
        let chat = history.chat(index)
        return range.clamped(to: 0..<chat.messageCount).map { place in
            let message = history.message(place, of: chat)
            return (message, history.info(of: message, in: chat).encoded())
        }
    }

    /// The posts to the status list, each a `WebMessageInfo`.
    package func historyStatuses(of number: String) throws(SimulatorError) -> [[UInt8]] {
        guard let history = try pastOfPhone(number) else { return [] }
        return (0..<history.plan.statusCount).map { history.status($0).encoded() }
    }

    private func pastOfPhone(_ number: String) throws(SimulatorError) -> History? {
        let account = try account(number)
        return history(of: account)
    }

    /// The past of an account, if it has one.
    func history(of account: Account) -> History? {
        guard let plan = account.historyPlan else { return nil }
        let mark = seeds.bytes("history/\(account.number)/\(plan.seed)/\(plan.chatCount)/\(plan.messageCount)", 8)
        return History(
            plan: plan, owner: account.number, ownerLID: account.lid, ownerName: account.name,
            tag: mark.bigEndianNumber ?? 0, lid: { [unowned self] in lid(of: $0) },
            token: { [unowned self] in goodToken(of: $0, for: account.number) })
    }

    // MARK: - Sending

    /// Starts to send the past to a companion; nothing for an account without one.
    func startHistory(to companion: Device, of account: Account) {
        guard account.historyPlan != nil else { return }
        account.historyTransfers[companion.address.device] = HistoryTransfer(device: companion.address.device)
        sendNextHistory(to: companion.address)
    }

    /// Sends the past to a companion again: all of it, or the chunks of some kinds.
    package func sendHistory(
        to address: DeviceAddress, kinds: Set<HistoryTransfer.Kind>? = nil
    ) throws(SimulatorError) {
        let companion = try device(address)
        let account = try account(address.number)
        guard account.historyPlan != nil else { throw .noHistory(address.number) }
        var transfer = HistoryTransfer(device: companion.address.device)
        transfer.kinds = kinds
        account.historyTransfers[address.device] = transfer
        sendNextHistory(to: address)
    }

    /// The phone has power again: companions are sent the rest.
    func resumeHistory(of account: Account) {
        for transfer in account.historyTransfers.values.sorted(by: { $0.device < $1.device })
        where !transfer.isSent && !transfer.isScheduled {
            sendNextHistory(to: DeviceAddress(account.number, transfer.device))
        }
    }

    /// Sends one chunk, and sets a timer for the next one.
    func sendNextHistory(to address: DeviceAddress) {
        guard let account = accounts[address.number], let companion = account.devices[address.device],
            let history = history(of: account), var transfer = account.historyTransfers[address.device],
            let phone = account.phone?.endpoint
        else { return }
        transfer.isScheduled = false
        defer { account.historyTransfers[address.device] = transfer }
        guard phone.isPoweredOn, !transfer.isSent else { return }
        while true {
            transfer.next = history.skippingEmpty(transfer.next)
            guard transfer.next.stage != .end else {
                transfer.isSent = true
                return
            }
            let start = transfer.next
            let chunk = history.chunk(at: start)
            transfer.next = history.skippingEmpty(chunk.next)
            transfer.sentMessageCount += chunk.messageCount
            let kind = HistoryTransfer.Kind(chunk.content.syncType)
            guard transfer.kinds.map({ $0.contains(kind) }) ?? true else { continue }
            let isLast = transfer.next.stage == .end
            let progress = isLast ? 100 : min(99, 100 * transfer.sentMessageCount / max(1, history.sentMessageCount))
            transfer.chunks.append(
                tell(
                    companion, of: chunk, order: transfer.chunks.count + 1, progress: progress, .cursor(start), account)
            )
            break
        }
        transfer.isSent = transfer.next.stage == .end
        guard !transfer.isSent else { return }
        transfer.isScheduled = true
        timers.add(.history(address), atMilliseconds: nowMilliseconds + history.plan.chunkMilliseconds)
    }

    /// The message that tells a companion of a chunk.
    func tell(
        _ companion: Device, of chunk: HistoryChunk, order: Int, progress: Int, _ source: HistoryTransfer.Source,
        _ account: Account, requestID: String? = nil
    ) -> HistoryTransfer.Chunk {
        let id = makeMessageID()
        var content = chunk.content
        content.chunkOrder = UInt32(order)
        content.progress = UInt32(progress)
        if content.syncType == .nonBlockingData { content.nctSalt = Data(account.contactTokenSalt) }
        let kind = HistoryTransfer.Kind(content.syncType)
        let plan = account.historyPlan ?? HistoryPlan()
        let payload = Zlib.deflate(content.encoded())
        var note = WAHistorySyncNotification()
        note.syncType = .init(rawValue: content.syncType.rawValue) ?? .full
        note.chunkOrder = UInt32(order)
        note.progress = UInt32(progress)
        if let oldest = chunk.oldestSeconds { note.oldestMsgInChunkTimestampSec = oldest }
        if let requestID { note.peerDataRequestSessionID = requestID }
        let mediaKey = seeds.bytes("history key/\(account.number)/\(id)")
        var directPath: String?
        if kind == .initialBootstrap, payload.count <= plan.inlineByteLimit {
            note.initialHistBootstrapInlinePayload = Data(payload)
        } else {
            let file = EncryptedFile(payload, mediaKey: mediaKey, purpose: .history, type: "md-msg-hist")
            note.mediaKey = Data(mediaKey)
            note.fileLength = UInt64(payload.count)
            note.fileSha256 = Data(file.summary.fileSHA256)
            note.fileEncSha256 = Data(file.summary.encryptedFileSHA256)
            note.directPath = file.stored.directPath
            note.encHandle = Data(file.stored.name.utf8).base64EncodedString()
            directPath = file.stored.directPath
            var stored = plan.spoiledChunks.contains(order) ? file.stored.spoiled : file.stored
            if plan.goneChunks.contains(order) { stored.status = 404 }
            perform(.store(stored))
        }
        var message = WAMessage()
        message.protocolMessage.type = .historySyncNotification
        message.protocolMessage.historySyncNotification = note
        sayAsPhone(message, id: id, to: companion, of: account)
        return HistoryTransfer.Chunk(
            id: id, kind: kind, chunkOrder: order, progress: progress,
            conversationCount: content.conversations.count, messageCount: chunk.messageCount, directPath: directPath,
            sentMilliseconds: nowMilliseconds, mediaKey: mediaKey, source: source)
    }

    /// A peer message of the phone to a companion; nothing when it has no power.
    func sayAsPhone(_ message: WAMessage, id: String? = nil, to companion: Device, of account: Account) {
        guard let phone = account.phone, let endpoint = phone.endpoint, endpoint.isPoweredOn else { return }
        endpoint.say(peerMessage: message, id: id ?? makeMessageID(), to: companion, as: phone, in: self)
    }

    // MARK: - What companions say of it

    /// `<receipt type="hist_sync">`: the companion has the chunk.
    func receivedHistory(_ ids: [String], by device: Device) {
        guard let account = accounts[device.address.number],
            var transfer = account.historyTransfers[device.address.device]
        else { return }
        for index in transfer.chunks.indices where ids.contains(transfer.chunks[index].id) {
            if transfer.chunks[index].receivedMilliseconds == nil {
                transfer.chunks[index].receivedMilliseconds = nowMilliseconds
            }
        }
        account.historyTransfers[device.address.device] = transfer
    }

    /// Puts a chunk whose blob is gone on the media server again, under another path; nil for one it cannot compute.
    func reuploadHistory(_ index: Int, to device: Device, of account: Account) -> String? {
        guard var transfer = account.historyTransfers[device.address.device],
            let history = history(of: account)
        else { return nil }
        let former = transfer.chunks[index]
        let chunk: HistoryChunk
        switch former.source {
        case .cursor(let cursor): chunk = history.chunk(at: cursor)
        case .onDemand(let chat, let before, let count):
            chunk = history.onDemand(before: before, count: count, of: history.chat(chat))
        case .live: return nil
        }
        var content = chunk.content
        content.chunkOrder = UInt32(former.chunkOrder)
        content.progress = UInt32(former.progress)
        if content.syncType == .nonBlockingData { content.nctSalt = Data(account.contactTokenSalt) }
        let file = EncryptedFile(
            Zlib.deflate(content.encoded()), mediaKey: former.mediaKey, purpose: .history, type: "md-msg-hist")
        let again = StoredFile(
            name: "\(file.stored.name).\(former.reuploadCount + 1)", type: "md-msg-hist", bytes: file.stored.bytes)
        perform(.store(again))
        transfer.chunks[index].reuploadCount += 1
        transfer.chunks[index].directPath = again.directPath
        account.historyTransfers[device.address.device] = transfer
        return again.directPath
    }
}

extension HistoryTransfer.Kind {
    init(_ type: WAHistorySync.HistorySyncType) {
        self =
            switch type {
            case .initialBootstrap: .initialBootstrap
            case .initialStatusV3: .initialStatusV3
            case .full: .full
            case .recent: .recent
            case .pushName: .pushName
            case .nonBlockingData: .nonBlockingData
            case .onDemand: .onDemand
            }
    }
}

extension History {
    /// How many messages of a chat are starred, and how many have a file; nothing is encrypted to find out.
    func counts(of chat: HistoryChat) -> (starred: Int, media: Int) {
        (0..<chat.messageCount).reduce(into: (0, 0)) { counts, index in
            let facts = facts(of: index, in: chat)
            counts.0 += facts.isStarred ? 1 : 0
            counts.1 += facts.hasFile ? 1 : 0
        }
    }
}
