import Storage
package import WABinary
package import WAProtocol

// What a person does in a chat beside writing.
extension WhatsAppClient {
    /// Tells the sender (blue ticks) and our other devices that messages of a chat were read; our devices alone when the
    /// owner has switched read receipts off, and of channels.
    ///
    /// `sender` is who wrote them, in groups and of status posts. Throws `ClientError.notConnected`.
    package func markRead(_ messageIDs: [String], chat: JID, sender: JID?) async throws {
        try await sendReceipt(.read, messageIDs, chat: chat, sender: sender)
    }

    /// Tells the same of voice notes and videos that were played. Throws `ClientError.notConnected`.
    package func markPlayed(_ messageIDs: [String], chat: JID, sender: JID?) async throws {
        try await sendReceipt(.played, messageIDs, chat: chat, sender: sender)
    }

    /// Shows a chat that we type, record, or have stopped; it is not kept, and lapses at the other side after about 25 s.
    ///
    /// Throws `ClientError.notConnected`. Source: protocol reference 5.19.
    package func setTyping(_ state: ChatStateStanza.State, in chat: JID) async throws {
        let connection = try connected()
        connection.send(OutgoingChatStateStanza(state, in: try await wireForm(of: chat)).node)
    }

    /// Asks our own phone for a message whose content it alone has; the answer comes as `received`, under the same id, if
    /// it comes. Also when not connected: it is asked on the next connection.
    package func requestPlaceholder(for key: MessageKey) async throws {
        let (account, now, news) = (account, environment.nowMilliseconds(), placeholderNews)
        try await database.write { sql in
            guard let own = try DeviceStore(account: account).load(on: sql)?.linked?.phone else {
                throw ClientError.notLinked
            }
            let author = key.isFromMe ? own.account : key.chat.isPerson ? key.chat : key.participant ?? key.chat
            let addresses = AddressMapStore(account: account)
            // The phone names people by LID where it knows it.
            func wire(_ jid: JID) throws -> JID { try addresses.lid(of: jid, on: sql) ?? jid.account }
            let origin = MessageOrigin(
                id: key.id, chat: try wire(key.chat), sender: try wire(author), isOwn: key.isFromMe,
                timestampSeconds: now / 1000, pushName: nil, isOffline: false, isAdminRevocation: false)
            _ = try Placeholders(account: account).note(origin, dueAtMilliseconds: now, on: sql)
            sql.afterCommit { news.raise() }
        }
    }

    private func sendReceipt(
        _ kind: OutgoingReceipt.Kind, _ messageIDs: [String], chat: JID, sender: JID?
    ) async throws {
        let connection = try connected()
        guard !messageIDs.isEmpty else { return }
        let to = try await wireForm(of: chat)
        var author = sender
        if let sender, !chat.isPerson {
            author = try await wireForm(of: sender, in: chat)
        }
        let now = environment.nowSeconds
        var kind = kind
        var isPrivate = chat.isNewsletter
        if !isPrivate { isPrivate = try await hidesReading(on: connection) }
        if isPrivate { kind = kind == .played ? .playedSelf : .readSelf }
        connection.send(OutgoingReceipt.seen(messageIDs, kind, in: to, by: author, atSeconds: now).node)
    }

    /// How people are named on the wire: by LID where it is known. Groups and others stay.
    func wireForm(of jid: JID) async throws -> JID {
        let account = account
        return try await database.read { sql in
            try AddressMapStore(account: account).lid(of: jid, on: sql) ?? jid.foldingHosted.account
        }
    }

    /// Authors are named in the group's own addressing.
    private func wireForm(of author: JID, in chat: JID) async throws -> JID {
        let account = account
        return try await database.read { sql in
            let mode = chat.isGroup ? try GroupStore(account: account).addressing(of: chat, on: sql)?.mode ?? .lid : .lid
            guard mode == .lid else { return author }
            return try AddressMapStore(account: account).lid(of: author, on: sql) ?? author
        }
    }
}
