import Storage
import WABinary
import WAProtocol

extension MessagingGateway {
    /// The file of a message, on disk. One that nobody has fetched so far is fetched now.
    ///
    /// - Throws: `GatewayError.mediaNotStored` when there is none, or it cannot be had; `.mediaPending` when it has not come
    ///   in time; `.invalidChatID`.
    package func media(
        of messageID: String, in chatID: String, session idOrName: String
    ) async throws -> (media: StoredMedia, file: MediaWindows) {
        guard let session = directory[idOrName] else { throw GatewayError.mediaNotStored }
        let chat = try ChatID(parsing: chatID)
        guard let key = try await mediaRow(of: messageID, in: chat, of: session) else { throw GatewayError.mediaNotStored }
        var media = try await mediaShelf.media(of: key.messageSeq, in: session.id)
        if let found = media.flatMap(mediaShelf.open) { return found }
        if media?.state == .stored { try await write { try InboundMediaStore.lost(key, on: $0) } }
        if media?.state == .stored || media?.state == .remote {
            let now = environment.nowMilliseconds
            try await write { try InboundMediaStore.request(key, nowMilliseconds: now, on: $0) }
            session.engine?.mediaLane.wake()
        } else if media?.state != .pending {
            throw GatewayError.mediaNotStored
        }
        guard session.status == .ready else { throw GatewayError.mediaPending }
        media = try await mediaShelf.settledMedia(
            of: key.messageSeq, in: session.id, waiting: configuration.mediaFetchTimeout, clock: environment.clock)
        if let found = media.flatMap(mediaShelf.open) { return found }
        throw media?.state == .pending ? GatewayError.mediaPending : GatewayError.mediaNotStored
    }

    /// The row of a message's file. A message of history, or of ours, gets one when somebody asks.
    private func mediaRow(
        of messageID: String, in chat: ChatID, of session: GatewaySession
    ) async throws -> InboundMedia.Key? {
        guard let reference = MessageReference(parsing: messageID) else { return nil }
        let found: (key: InboundMedia.Key, hasRow: Bool, content: [UInt8]?)? =
            try await environment.database.read { [outbox] connection in
                let message = try outbox.messages.message(
                    reference, in: try chat.storedForms(on: connection), of: session.id, on: connection)
                guard let message, !message.isRevoked,
                    let key = try InboundMediaStore.key(of: message, in: session.id, on: connection)
                else { return nil }
                return (key, try InboundMediaStore.media(of: key, on: connection) != nil, message.content)
            }
        guard let found else { return nil }
        if found.hasRow { return found.key }
        guard case .media(let content)? = found.content.flatMap({ MessageContent(encoded: $0) }) else { return nil }
        var limits = configuration.inboundMedia
        limits.fetchesOnReceipt = false
        let start = limits.start(byteCount: content.reference.byteCount, isStatus: chat.jid.isStatusBroadcast)
        let media = InboundMedia(content, of: found.key, state: start.state, reason: start.reason)
        let now = environment.nowMilliseconds
        try await write { try InboundMediaStore.insert(media, nowMilliseconds: now, on: $0) }
        return found.key
    }
}

extension MediaShelf {
    /// Nil unless the file is there, whole.
    fileprivate func open(_ media: StoredMedia) -> (media: StoredMedia, file: MediaWindows)? {
        guard let path = media.path, let file = MediaWindows(path: path), file.byteCount == media.byteCount else { return nil }
        return (media, file)
    }
}
