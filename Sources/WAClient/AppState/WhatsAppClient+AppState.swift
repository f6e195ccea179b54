import Storage
package import WABinary
package import WAProtocol

/// What is done to chats, messages and contacts on all devices of the account.
///
/// Each throws `ClientError.notConnected`, `noAppStateKey` when the phone has not shared its key with us, and `IQError` when
/// the server refuses. When it returns the server has the change, and its event is stored as if another device had made it.
extension WhatsAppClient {
    /// Takes a message away on the devices of this account only; the other side keeps it.
    ///
    /// `sentAtSeconds` is the message's own time.
    package func deleteForMe(_ key: MessageKey, sentAtSeconds: Int64, deletesMedia: Bool = true) async throws {
        try await change(key.chat) { chat in
            let key = try chat.key(key)
            return [.deleteForMe(key, sentAtSeconds: sentAtSeconds, deletesMedia: deletesMedia, nowMilliseconds: chat.now)]
        }
    }

    package func setStarred(_ isStarred: Bool, key: MessageKey) async throws {
        try await change(key.chat) { [.star(try $0.key(key), isStarred, nowMilliseconds: $0.now)] }
    }

    /// Archives a chat, which also unpins it, or brings it back. `last` is its newest message.
    package func setArchived(_ isArchived: Bool, chat: JID, last: LastMessage?) async throws {
        try await change(chat) { chat in
            let archive = SyncAction.archive(chat.jid, isArchived, last: try chat.last(last), nowMilliseconds: chat.now)
            return isArchived ? [archive, .pin(chat.jid, false, nowMilliseconds: chat.now)] : [archive]
        }
    }

    package func setPinned(_ isPinned: Bool, chat: JID) async throws {
        try await change(chat) { [.pin($0.jid, isPinned, nowMilliseconds: $0.now)] }
    }

    /// Silences a chat until a time in Unix milliseconds, for ever with -1; nil makes it ring again.
    package func setMuted(untilMilliseconds: Int64?, chat: JID) async throws {
        try await change(chat) { [.mute($0.jid, untilMilliseconds: untilMilliseconds, nowMilliseconds: $0.now)] }
    }

    /// Shows a chat as read or unread on our own devices; nobody else hears of it.
    package func markChatRead(_ isRead: Bool, chat: JID, last: LastMessage?) async throws {
        try await change(chat) { [.markRead($0.jid, isRead, last: try $0.last(last), nowMilliseconds: $0.now)] }
    }

    /// Takes all messages of a chat away on our own devices; the chat stays.
    package func clearChat(_ chat: JID, last: LastMessage?) async throws {
        try await change(chat) { [.clear($0.jid, last: try $0.last(last), nowMilliseconds: $0.now)] }
    }

    /// Takes a chat away on our own devices.
    package func deleteChat(_ chat: JID, last: LastMessage?) async throws {
        try await change(chat) { [.delete($0.jid, last: try $0.last(last), nowMilliseconds: $0.now)] }
    }

    /// Puts a person into the account's address book, or changes their name there.
    package func saveContact(_ person: JID, fullName: String, firstName: String?) async throws {
        let account = account
        try await change(person) { chat in
            let addresses = AddressMapStore(account: account)
            return [
                .saveContact(
                    try addresses.phoneForm(of: person, on: chat.sql), lid: try addresses.lid(of: person, on: chat.sql),
                    fullName: fullName, firstName: firstName, nowMilliseconds: chat.now)
            ]
        }
    }

    /// Takes a person out of the account's address book.
    package func removeContact(_ person: JID) async throws {
        let account = account
        try await change(person) { chat in
            [.removeContact(try AddressMapStore(account: account).phoneForm(of: person, on: chat.sql), nowMilliseconds: chat.now)]
        }
    }

    /// Changes what the account calls itself; at most 25 characters are shown by phones.
    package func setPushName(_ name: String) async throws {
        try await change(.server) { [.pushName(name, nowMilliseconds: $0.now)] }
        try connected().send(PushNameStanza(name).node)
    }

    /// The chat that is changed, in the addressing of the wire.
    private struct Chat {
        let jid: JID
        let addressing: WireAddressing
        let now: Int64
        let sql: any SQLConnection

        func key(_ key: MessageKey) throws -> MessageKey {
            var key = key
            try key.mapAddresses { try addressing.form(of: $0, on: sql) }
            return key
        }

        func last(_ last: LastMessage?) throws -> LastMessage? {
            guard var last else { return nil }
            last.key = try key(last.key)
            return last
        }
    }

    private func change(
        _ chat: JID, _ actions: @escaping @Sendable (_ chat: Chat) throws -> [SyncAction]
    ) async throws {
        let connection = try connected()
        let (account, now) = (account, environment.nowMilliseconds())
        guard let credentials = try await database.read({ try DeviceStore(account: account).load(on: $0) }) else {
            throw ClientError.notLinked
        }
        let build: @Sendable (any SQLConnection) throws -> [SyncAction] = { sql in
            guard let linked = try DeviceStore(account: account).load(on: sql)?.linked else { throw ClientError.notLinked }
            let hasLID = try !chat.isPerson || AddressMapStore(account: account).lid(of: chat, on: sql) != nil
            let addressing = WireAddressing(account: account, linked: linked, usesLID: linked.lid != nil && hasLID)
            return try actions(
                Chat(jid: try addressing.form(of: chat, on: sql), addressing: addressing, now: now, sql: sql))
        }
        try await appState.add(build, in: appStateSurroundings(connection, credentials))
    }
}

extension WhatsAppClient {
    /// The server says that all collections may have changed.
    func wantAppState() async throws {
        let account = account
        try await database.write { try AppStateWork(account: account).wantAll(on: $0) }
        accountNews.appState.raise()
    }

    nonisolated var phoneMessages: PhoneMessages {
        PhoneMessages(account: account, recorder: recorder, news: accountNews, logger: environment.logger)
    }
}
