import Logging
import Storage
import WABinary
import WAProto
import WAProtocol

/// Tells what changes of the app state mean, in the transaction that saves the new version of the collection.
///
/// Chats and people are told of by phone number where it is known. What is not known is skipped, counted and logged.
struct AppStateChanges {
    let account: String
    let recorder: ClientRecorder
    let logger: Logger

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    func tell(_ mutations: [SyncMutation], nowMilliseconds: Int64, on sql: any SQLConnection) throws {
        var skipped: [String: Int] = [:]
        for mutation in mutations {
            if try !tell(mutation, nowMilliseconds: nowMilliseconds, on: sql) {
                skipped[mutation.index.first ?? "", default: 0] += 1
            }
        }
        for (name, count) in skipped {
            logger.info(
                "app state changes were not understood", metadata: ["index": "\(name.prefix(64))", "count": "\(count)"])
        }
    }

    /// False when it means nothing to us.
    private func tell(_ mutation: SyncMutation, nowMilliseconds: Int64, on sql: any SQLConnection) throws -> Bool {
        let (index, value, isSet) = (mutation.index, mutation.value, !mutation.isRemoval)
        let at = value.timestamp > 0 ? WireTime.milliseconds(value.timestamp) : nowMilliseconds
        let jid = index.count > 1 ? JID(index[1]) : nil
        func chat(_ change: ChatChange.Change) throws -> Bool {
            guard let jid, !jid.isServer else { return false }
            let chat = try addresses.phoneForm(of: jid, on: sql)
            try recorder(sql, .chatChanged(ChatChange(chat: chat, change: change, atMilliseconds: at)))
            return true
        }
        switch index.first {
        case "archive": return try chat(.archived(isSet && value.archiveChatAction.archived))
        case "pin_v1": return try chat(.pinned(isSet && value.pinAction.pinned))
        case "mute":
            let isMuted = isSet && value.muteAction.muted
            return try chat(.muted(untilMilliseconds: isMuted ? Self.muteEnd(value.muteAction) : nil))
        case "markChatAsRead": return try isSet && chat(.markedRead(value.markChatAsReadAction.read))
        case "clearChat":
            let through = Self.reach(value.clearChatAction_p.messageRange, at)
            return try isSet && chat(.cleared(throughSeconds: through, keepsStarred: index.count > 2 && index[2] == "0"))
        case "deleteChat":
            return try isSet && chat(.deleted(throughSeconds: Self.reach(value.deleteChatAction.messageRange, at)))
        case "star": return try message(mutation, .starred(isSet && value.starAction.starred), at, on: sql)
        case "deleteMessageForMe": return try isSet && message(mutation, .deletedForMe, at, on: sql)
        case "contact":
            return try contact(
                jid, isSet ? (value.contactAction.fullName, value.contactAction.firstName) : nil,
                JID(value.contactAction.pnJid), JID(value.contactAction.lidJid), on: sql)
        case "lid_contact":
            return try contact(
                jid, isSet ? (value.lidContactAction.fullName, value.lidContactAction.firstName) : nil, nil, nil, on: sql)
        case "pnForLidChat":
            guard isSet, let mapping = AddressMapping(jid, JID(value.pnForLidChatAction.pnJid)) else { return false }
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
            return true
        case "setting_pushName":
            let contacts = ContactBook(account: account, recorder: recorder)
            return try isSet && contacts.note(ownPushName: value.pushNameSetting.name, on: sql)
        case "nct_salt_sync":
            try AccountSecrets(account: account).save(
                isSet ? [UInt8](value.nctSaltSyncAction.salt) : nil, as: .contactTokenSalt, on: sql)
            return true
        default: return try label(mutation, isSet, on: sql)
        }
    }

    // MARK: - One kind each

    /// Unix milliseconds, -1 for ever.
    private static func muteEnd(_ action: WAMuteAction) -> Int64 {
        action.muteEndTimestamp > 0 ? WireTime.milliseconds(action.muteEndTimestamp) : -1
    }

    /// How far an action on a chat reaches, in Unix seconds.
    private static func reach(_ range: WASyncActionMessageRange, _ atMilliseconds: Int64) -> Int64 {
        let last = max(range.lastMessageTimestamp, range.lastSystemMessageTimestamp)
        return last > 0 ? WireTime.seconds(last) : atMilliseconds / 1000
    }

    /// `["star", chat, message id, fromMe, participant | "0"]`
    private func message(
        _ mutation: SyncMutation, _ change: MessageChange.Change, _ at: Int64, on sql: any SQLConnection
    ) throws -> Bool {
        let index = mutation.index
        guard index.count >= 4, let chat = JID(index[1]), !chat.isServer, !index[2].isEmpty else { return false }
        let participant = index.count > 4 && index[4] != "0" ? JID(index[4]) : nil
        try recorder(
            sql,
            .messageChanged(
                MessageChange(
                    chat: try addresses.phoneForm(of: chat, on: sql), messageID: index[2], isFromMe: index[3] == "1",
                    participant: try participant.map { try addresses.phoneForm(of: $0, on: sql) }, change: change,
                    atMilliseconds: at)))
        return true
    }

    /// Nil names: taken out of the address book.
    private func contact(
        _ person: JID?, _ names: (full: String, first: String)?, _ phone: JID?, _ lid: JID?, on sql: any SQLConnection
    ) throws -> Bool {
        guard let person, person.isPerson else { return false }
        for mapping in [AddressMapping(person, phone), AddressMapping(person, lid), AddressMapping(phone, lid)] {
            guard let mapping else { continue }
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
        }
        let change: ContactChange.Change =
            names.map { .saved(fullName: $0.full.isEmpty ? nil : $0.full, firstName: $0.first.isEmpty ? nil : $0.first) }
            ?? .removedFromAddressBook
        try recorder(
            sql, .contactChanged(ContactChange(person: try addresses.phoneForm(of: person, on: sql), change: change)))
        return true
    }

    /// `["label_edit", label]`, `["label_jid", label, chat]`, `["label_message", label, chat, message id, "0", "0"]`
    private func label(_ mutation: SyncMutation, _ isSet: Bool, on sql: any SQLConnection) throws -> Bool {
        let (index, value) = (mutation.index, mutation.value)
        guard index.count >= 2, !index[1].isEmpty else { return false }
        let chat = index.count > 2 ? try JID(index[2]).map { try addresses.phoneForm(of: $0, on: sql) } : nil
        let isLabelled = isSet && value.labelAssociationAction.labeled
        let change: LabelChange.Change
        switch (index[0], chat) {
        case ("label_edit", _):
            let edit = value.labelEditAction
            change = .edited(name: edit.name, color: Int(edit.color), isDeleted: edit.deleted || !isSet)
        case ("label_jid", let chat?): change = .chat(chat, isLabelled: isLabelled)
        case ("label_message", let chat?) where index.count > 3:
            change = .message(chat: chat, id: index[3], isLabelled: isLabelled)
        default: return false
        }
        try recorder(sql, .labelChanged(LabelChange(labelID: index[1], change: change)))
        return true
    }
}
