import Logging
import Storage
import WABinary
import WAProto
import WAProtocol

/// Records items of a chunk of history, in the caller's transaction.
struct HistoryRecording {
    let account: String
    let own: OwnAddresses
    let notification: WAHistorySyncNotification
    let recorder: ClientRecorder

    private var addresses: AddressMapStore { AddressMapStore(account: account) }
    private var contacts: ContactBook { ContactBook(account: account, recorder: recorder) }

    /// Answers how many could not be read or hold nothing for people.
    func record(
        _ items: some Sequence<HistoryChunkReader.Item>, isEndOfChunk: Bool, nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws -> Int {
        var chats: [HistoryChat] = []
        var messages: [HistoryMessage] = []
        var left = 0
        for item in items {
            switch item {
            case .mapping(let mapping):
                try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
            case .chat(let chat):
                guard let told = try self.chat(chat, on: sql) else { left += 1; continue }
                chats.append(told)
            case .pushName(let person, let name):
                if person.isPerson { try contacts.note(pushName: name, of: person, on: sql) }
            case .contact(let contact): try save(contact, on: sql)
            case .contactTokenSalt(let salt):
                try AccountSecrets(account: account).save(salt, as: .contactTokenSalt, on: sql)
            case .message(let info, let chat):
                let told = try HistoryMessage.told(
                    by: info, in: chat, own: own, addresses, nowMilliseconds: nowMilliseconds, on: sql)
                if told.isEmpty { left += 1 }
                messages += told
            case .unreadable: left += 1
            }
        }
        guard isEndOfChunk || !chats.isEmpty || !messages.isEmpty else { return left }
        try recorder(
            sql,
            .history(
                HistoryBatch(
                    kind: HistoryBatch.Kind(notification.syncType), chunkOrder: Int(notification.chunkOrder),
                    progressPercent: notification.hasProgress ? Int(min(notification.progress, 100)) : nil, chats: chats,
                    messages: messages, isEndOfChunk: isEndOfChunk)))
        return left
    }

    private func chat(_ chat: WAConversation, on sql: any SQLConnection) throws -> HistoryChat? {
        guard let jid = JID(chat.id), !jid.isServer else { return nil }
        if jid.isPerson, chat.hasTcToken {
            try PrivacyTokenStore(account: account).take(
                PrivacyTokenStore.Token(
                    bytes: [UInt8](chat.tcToken), timestampSeconds: WireTime.seconds(chat.tcTokenTimestamp)),
                of: jid, on: sql)
        }
        if jid.isPerson, chat.tcTokenSenderTimestamp > 0 {
            try PrivacyTokenStore(account: account).noteIssued(
                to: jid, atSeconds: WireTime.seconds(chat.tcTokenSenderTimestamp), on: sql)
        }
        var told = HistoryChat(chat: try addresses.phoneForm(of: jid, on: sql))
        let name = chat.name.isEmpty ? chat.displayName : chat.name
        told.name = name.isEmpty ? nil : name
        if chat.hasUnreadCount { told.unreadCount = Int(min(chat.unreadCount, UInt32(Int32.max))) }
        if chat.hasMarkedAsUnread { told.isMarkedUnread = chat.markedAsUnread }
        if chat.hasArchived { told.isArchived = chat.archived }
        if chat.pinned > 0 { told.pinnedAtMilliseconds = Int64(chat.pinned) * 1000 }
        if chat.muteEndTime > 0 { told.mutedUntilMilliseconds = Self.muteEnd(chat.muteEndTime) }
        if chat.hasEphemeralExpiration {
            told.ephemeralSeconds = Int64(chat.ephemeralExpiration)
            if jid.isPerson { try ChatTimerStore(account: account).set(Int64(chat.ephemeralExpiration), in: jid, on: sql) }
        }
        let last = max(chat.conversationTimestamp, chat.lastMsgTimestamp)
        if last > 0 { told.lastMessageSeconds = WireTime.seconds(last) }
        return told
    }

    /// Phones write it in seconds or in milliseconds; for ever is -1 or a time no clock will show.
    private static func muteEnd(_ time: UInt64) -> Int64 {
        guard time <= WireTime.lastMillisecond else { return -1 }
        return time > 100_000_000_000 ? Int64(time) : Int64(time) * 1000
    }

    private func save(_ contact: WAInlineContact, on sql: any SQLConnection) throws {
        guard let person = JID(contact.pnJid) ?? JID(contact.lidJid), person.isPerson,
            !contact.fullName.isEmpty || !contact.firstName.isEmpty
        else { return }
        let change = ContactChange.Change.saved(
            fullName: contact.fullName.isEmpty ? nil : contact.fullName,
            firstName: contact.firstName.isEmpty ? nil : contact.firstName)
        try recorder(
            sql, .contactChanged(ContactChange(person: try addresses.phoneForm(of: person, on: sql), change: change)))
    }
}

extension HistoryBatch.Kind {
    /// Kinds that carry nothing are taken for the one that may carry anything.
    init(_ type: WAHistorySyncType) {
        switch type {
        case .initialBootstrap: self = .initialBootstrap
        case .initialStatusV3: self = .initialStatus
        case .full: self = .full
        case .recent: self = .recent
        case .pushName: self = .pushNames
        case .onDemand: self = .onDemand
        case .nonBlockingData, .noHistory, .messageAccessStatus: self = .nonBlockingData
        }
    }
}
