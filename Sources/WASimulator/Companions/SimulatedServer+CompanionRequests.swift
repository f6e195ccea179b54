import FoundationEssentials
import WABinary
import WAProto

extension VirtualDevice {
    /// A companion of the same account asks its phone for something, in a peer message.
    func accept(
        peerMessage message: WAMessage, _ name: MessageName, as device: Device, in server: SimulatedServer
    ) {
        guard address.device == 0, message.hasProtocolMessage,
            let companion = server.accounts[name.sender.number]?.devices[name.sender.device]
        else { return }
        switch message.protocolMessage.type {
        case .appStateSyncKeyRequest:
            server.answer(keyRequest: message.protocolMessage.appStateSyncKeyRequest, name.id, from: companion)
        case .peerDataOperationRequestMessage:
            let request = message.protocolMessage.peerDataOperationRequestMessage
            server.answer(operation: request, name.id, from: companion)
        default: break
        }
    }
}

/// What the phone does for its companions when they ask. Reference 5.13 to 5.15.
///
/// ```
/// key request               ─► key share
/// history on demand         ─► history notification ON_DEMAND
/// placeholder resend        ─► operation response with a WebMessageInfo each
/// snapshot fatal recovery   ─► operation response with a collection in the clear
/// ```
extension SimulatedServer {
    /// What companions asked the phone for, oldest first; the latest few hundred.
    package func companionRequests(of number: String) throws(SimulatorError) -> [CompanionRequest] {
        try account(number).requests.requests
    }

    func note(
        _ kind: CompanionRequest.Kind, _ id: String, from companion: Device, isAnswered: Bool,
        result: MediaRetryAnswer? = nil, directPath: String? = nil
    ) {
        account(of: companion).requests.note(
            CompanionRequest(
                kind: kind, id: id, device: companion.address.device, atMilliseconds: nowMilliseconds,
                isAnswered: isAnswered, result: result, directPath: directPath))
    }

    func answer(keyRequest request: WAAppStateSyncKeyRequest, _ id: String, from companion: Device) {
        let account = account(of: companion)
        let shares = account.appStateBehaviour.sharesKeys
        note(.appStateKeys, id, from: companion, isAnswered: shares)
        guard shares else { return }
        let ids = request.keyIDs.map { [UInt8]($0.keyID) }
        sayAsPhone(keyShare(of: account, ids: ids.isEmpty ? nil : ids), to: companion, of: account)
    }

    func answer(operation request: WAPeerDataOperationRequestMessage, _ id: String, from companion: Device) {
        let account = account(of: companion)
        switch request.peerDataOperationRequestType {
        case .historySyncOnDemand:
            let isAnswered = sendOnDemand(request.historySyncOnDemandRequest, id, to: companion, of: account)
            note(.historyOnDemand, id, from: companion, isAnswered: isAnswered)
        case .fullHistorySyncOnDemand:
            note(.fullHistory, id, from: companion, isAnswered: true)
            var response = response(to: request, id)
            var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
            result.fullHistorySyncOnDemandRequestResponse.requestMetadata =
                request.fullHistorySyncOnDemandRequest.requestMetadata
            result.fullHistorySyncOnDemandRequestResponse.responseCode = .requestSuccess
            response.peerDataOperationResult = [result]
            say(response, to: companion, of: account)
            startHistory(to: companion, of: account)
        case .historySyncChunkRetry:
            let isAnswered = sendChunkAgain(request.historySyncChunkRetryRequest, to: companion, of: account)
            note(.historyChunk, id, from: companion, isAnswered: isAnswered)
            var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
            result.historySyncChunkRetryResponse.syncType = request.historySyncChunkRetryRequest.syncType
            result.historySyncChunkRetryResponse.chunkOrder = request.historySyncChunkRetryRequest.chunkOrder
            result.historySyncChunkRetryResponse.requestID = id
            result.historySyncChunkRetryResponse.canRecover = isAnswered
            if !isAnswered { result.historySyncChunkRetryResponse.responseCode = .generationError }
            var response = response(to: request, id)
            response.peerDataOperationResult = [result]
            say(response, to: companion, of: account)
        case .placeholderMessageResend:
            resendPlaceholders(request, id, to: companion, of: account)
        case .companionSyncdSnapshotFatalRecovery:
            recover(request, id, for: companion, of: account)
        default:
            note(.other, id, from: companion, isAnswered: false)
        }
    }

    private func response(
        to request: WAPeerDataOperationRequestMessage, _ id: String
    ) -> WAPeerDataOperationRequestResponseMessage {
        var response = WAPeerDataOperationRequestResponseMessage()
        response.peerDataOperationRequestType = request.peerDataOperationRequestType
        response.stanzaID = id
        return response
    }

    private func say(
        _ response: WAPeerDataOperationRequestResponseMessage, to companion: Device, of account: Account
    ) {
        var message = WAMessage()
        message.protocolMessage.type = .peerDataOperationRequestResponseMessage
        message.protocolMessage.peerDataOperationRequestResponseMessage = response
        sayAsPhone(message, to: companion, of: account)
    }

    // MARK: - Messages

    /// One result for each key, empty for a message the phone does not have.
    private func resendPlaceholders(
        _ request: WAPeerDataOperationRequestMessage, _ id: String, to companion: Device, of account: Account
    ) {
        var response = response(to: request, id)
        var foundAll = true
        response.peerDataOperationResult = request.placeholderMessageResendRequest.map { wanted in
            var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
            result.placeholderMessageResendResponse = .init()
            if let info = webMessageInfo(named: wanted.messageKey, of: account) {
                result.placeholderMessageResendResponse.webMessageInfoBytes = Data(info.encoded())
            } else {
                foundAll = false
            }
            return result
        }
        if request.placeholderMessageResendRequest.isEmpty {
            report(.peerRequest, "device \(companion.address) asked for no message in \(id)")
        }
        note(.placeholder, id, from: companion, isAnswered: foundAll)
        say(response, to: companion, of: account)
    }

    /// A message of the past or one the phone really has.
    func webMessageInfo(named key: WAMessageKey, of account: Account) -> WAWebMessageInfo? {
        if let history = history(of: account), let (chat, message) = history.message(withID: key.id) {
            return history.info(of: message, in: chat)
        }
        return account.phone?.endpoint?.webMessageInfo(key.id, in: self)
    }

    // MARK: - History

    /// Older messages of one chat. The time of the oldest one is not looked at: clients differ about its unit.
    private func sendOnDemand(
        _ request: WAPeerDataOperationRequestMessage.HistorySyncOnDemandRequest, _ id: String, to companion: Device,
        of account: Account
    ) -> Bool {
        guard let jid = JID(request.chatJid) else {
            report(.peerRequest, "device \(companion.address) asked for the history of no chat in \(id)")
            return false
        }
        let count = min(max(0, Int(request.onDemandMsgCount)), Self.onDemandLimit)
        let chunk: HistoryChunk
        let source: HistoryTransfer.Source
        if let history = history(of: account), let chat = history.chat(at: jid) {
            var before = chat.messageCount
            if !request.oldestMsgID.isEmpty {
                guard let (found, message) = history.message(withID: request.oldestMsgID), found.index == chat.index
                else {
                    report(.peerRequest, "device \(companion.address) named no message of the chat in \(id)")
                    return false
                }
                before = message.index
            }
            chunk = history.onDemand(before: before, count: count, of: chat)
            source = .onDemand(chat: chat.index, before: before, count: count)
        } else {
            var messages = account.phone?.endpoint?.liveMessages(in: jid, on: self) ?? []
            if let oldest = messages.firstIndex(where: { $0.key.id == request.oldestMsgID }) {
                messages.removeSubrange(oldest...)
            }
            chunk = HistoryChunk.live(messages.suffix(count), in: jid)
            source = .live
        }
        var transfer =
            account.historyTransfers[companion.address.device] ?? HistoryTransfer(device: companion.address.device)
        if account.historyPlan == nil { transfer.isSent = true }
        transfer.chunks.append(
            tell(companion, of: chunk, order: transfer.chunks.count + 1, progress: 100, source, account, requestID: id))
        account.historyTransfers[companion.address.device] = transfer
        return true
    }

    /// More than a client asks for; a chunk must stay a chunk.
    private static let onDemandLimit = 5_000

    /// A chunk told of anew, under another message.
    private func sendChunkAgain(
        _ request: WAPeerDataOperationRequestMessage.HistorySyncChunkRetryRequest, to companion: Device,
        of account: Account
    ) -> Bool {
        guard var transfer = account.historyTransfers[companion.address.device], let history = history(of: account),
            let former = transfer.chunks.first(where: {
                $0.id == request.chunkNotificationID || $0.chunkOrder == Int(request.chunkOrder)
            }),
            case .cursor(let cursor) = former.source
        else { return false }
        transfer.chunks.append(
            tell(
                companion, of: history.chunk(at: cursor), order: former.chunkOrder, progress: former.progress,
                former.source, account))
        account.historyTransfers[companion.address.device] = transfer
        return true
    }

    // MARK: - App state

    /// The collection in the clear, gzipped.
    private func recover(
        _ request: WAPeerDataOperationRequestMessage, _ id: String, for companion: Device, of account: Account
    ) {
        let name = request.syncdCollectionFatalRecoveryRequest.collectionName
        let isAnswered = AppStateVault.names.contains(name) && account.appStateBehaviour.recovers
        note(.appStateRecovery, id, from: companion, isAnswered: isAnswered)
        guard isAnswered else { return }
        let collection = account.appState[name]
        let keys = Dictionary(account.appStateKeys.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var recovery = WASyncdSnapshotRecovery()
        recovery.version.version = collection.version
        recovery.collectionName = name
        recovery.collectionLthash = Data(collection.hash.bytes)
        recovery.mutationRecords = collection.records.compactMap { index, record in
            let sealed = SealedMutation(isRemoval: false, indexMAC: index, value: record.value, keyID: record.keyID)
            guard let key = keys[record.keyID], let mutation = AppStateMutation(opening: sealed, with: key) else {
                return nil
            }
            var plain = WASyncdPlainTextRecord()
            plain.value.index = Data(mutation.indexText.utf8)
            plain.value.value = mutation.value
            plain.value.version = mutation.version
            plain.keyID = Data(record.keyID)
            plain.mac = Data(record.valueMAC)
            return plain
        }
        var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
        result.syncdSnapshotFatalRecoveryResponse.collectionSnapshot = Data(Gzip.compress(recovery.encoded()))
        result.syncdSnapshotFatalRecoveryResponse.isCompressed = true
        var response = response(to: request, id)
        response.peerDataOperationResult = [result]
        say(response, to: companion, of: account)
    }
}

extension HistoryChunk {
    /// Messages that were really written, oldest first.
    static func live(_ messages: some BidirectionalCollection<WAWebMessageInfo>, in chat: JID) -> HistoryChunk {
        var conversation = WAConversation()
        conversation.id = chat.description
        conversation.messages = messages.reversed().map { info in
            var entry = WAHistorySyncMsg()
            entry.message = info
            return entry
        }
        conversation.endOfHistoryTransferType = .completeAndNoMoreMessageRemainOnPrimary
        var chunk = HistoryChunk(next: HistoryCursor(stage: .end))
        chunk.content.syncType = .onDemand
        chunk.content.conversations = [conversation]
        chunk.messageCount = messages.count
        chunk.oldestSeconds = messages.first.map { Int64(clamping: $0.messageTimestamp) }
        return chunk
    }
}
