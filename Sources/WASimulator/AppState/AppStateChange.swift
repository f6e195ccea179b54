import FoundationEssentials
package import WABinary
import WAProto

/// Something the owner of an account changes on the phone, or on another companion.
package enum AppStateChange: Sendable, Equatable {
    /// Names a message of a chat; `participant` is who wrote it, in a group.
    package struct Message: Sendable, Equatable {
        package let id: String
        package let isFromMe: Bool
        package let participant: JID?

        package init(id: String, isFromMe: Bool, participant: JID?) {
            self.id = id
            self.isFromMe = isFromMe
            self.participant = participant
        }
    }

    case archive(JID, Bool)
    case pin(JID, Bool)
    case read(JID, Bool)
    case lock(JID, Bool)
    /// -1: for ever.
    case mute(JID, Bool, untilMilliseconds: Int64)
    case star(JID, Message, Bool)
    case deleteForMe(JID, Message, timestampSeconds: Int64)
    case clear(JID)
    case delete(JID)
    /// `fullName` nil takes the person out of the address book.
    case contact(JID, lid: JID?, fullName: String?, firstName: String?)
    case pushName(String)
    case locale(String)
    case unarchiveChats(Bool)
    case label(id: String, name: String, color: Int32, isDeleted: Bool)
    case labelChat(id: String, JID, Bool)
    case labelMessage(id: String, JID, messageID: String, Bool)
    /// `value` is a `SyncActionValue`; nil takes the index out.
    case raw(collection: String, index: [String], version: Int32, value: [UInt8]?)

    /// Where it is written. Reference 5.14.
    package var collection: String {
        switch self {
        case .archive, .pin, .read, .lock, .unarchiveChats: "regular_low"
        case .mute, .star, .deleteForMe, .clear, .delete: "regular_high"
        case .contact: "critical_unblock_low"
        case .pushName, .locale: "critical_block"
        case .label, .labelChat, .labelMessage: "regular"
        case .raw(let collection, _, _, _): collection
        }
    }

    /// - Parameter last: the newest message of the chat, which some actions name.
    func written(
        atMilliseconds now: Int64, last: (JID) -> WASyncActionMessageRange?
    ) throws(SimulatorError) -> AppStateVault.Change {
        var value = WASyncActionValue()
        value.timestamp = now
        func change(_ index: [String], _ version: Int32) -> AppStateVault.Change {
            AppStateVault.Change(index: index, version: version, value: value)
        }
        switch self {
        case .archive(let chat, let isOn):
            value.archiveChatAction.archived = isOn
            if let range = last(chat) { value.archiveChatAction.messageRange = range }
            return change(["archive", chat.description], 3)
        case .pin(let chat, let isOn):
            value.pinAction.pinned = isOn
            return change(["pin_v1", chat.description], 5)
        case .read(let chat, let isOn):
            value.markChatAsReadAction.read = isOn
            if let range = last(chat) { value.markChatAsReadAction.messageRange = range }
            return change(["markChatAsRead", chat.description], 3)
        case .lock(let chat, let isOn):
            value.lockChatAction.locked = isOn
            return change(["lock", chat.description], 7)
        case .mute(let chat, let isOn, let until):
            value.muteAction.muted = isOn
            value.muteAction.muteEndTimestamp = isOn ? until : 0
            return change(["mute", chat.description], 2)
        case .star(let chat, let message, let isOn):
            value.starAction.starred = isOn
            return change(["star"] + message.index(in: chat), 2)
        case .deleteForMe(let chat, let message, let time):
            value.deleteMessageForMeAction.deleteMedia = false
            value.deleteMessageForMeAction.messageTimestamp = time
            return change(["deleteMessageForMe"] + message.index(in: chat), 3)
        case .clear(let chat):
            value.clearChatAction_p.messageRange = last(chat) ?? WASyncActionMessageRange()
            return change(["clearChat", chat.description, "1", "0"], 6)
        case .delete(let chat):
            value.deleteChatAction.messageRange = last(chat) ?? WASyncActionMessageRange()
            return change(["deleteChat", chat.description, "1"], 6)
        case .contact(let person, let lid, let fullName, let firstName):
            var change = AppStateVault.Change(index: ["contact", person.description], version: 2, value: value)
            guard let fullName else {
                change.isRemoval = true
                return change
            }
            value.contactAction.fullName = fullName
            value.contactAction.firstName = firstName ?? String(fullName.split(separator: " ").first ?? "")
            if let lid { value.contactAction.lidJid = lid.description }
            value.contactAction.saveOnPrimaryAddressbook = true
            return AppStateVault.Change(index: change.index, version: 2, value: value)
        case .pushName(let name):
            value.pushNameSetting.name = name
            return change(["setting_pushName"], 1)
        case .locale(let locale):
            value.localeSetting.locale = locale
            return change(["setting_locale"], 3)
        case .unarchiveChats(let isOn):
            value.unarchiveChatsSetting.unarchiveChats = isOn
            return change(["setting_unarchiveChats"], 4)
        case .label(let id, let name, let color, let isDeleted):
            value.labelEditAction.name = name
            value.labelEditAction.color = color
            value.labelEditAction.deleted = isDeleted
            return change(["label_edit", id], 3)
        case .labelChat(let id, let chat, let isOn):
            value.labelAssociationAction.labeled = isOn
            return change(["label_jid", id, chat.description], 3)
        case .labelMessage(let id, let chat, let message, let isOn):
            value.labelAssociationAction.labeled = isOn
            return change(["label_message", id, chat.description, message, "0", "0"], 3)
        case .raw(let collection, let index, let version, let bytes):
            guard AppStateVault.names.contains(collection), !index.isEmpty else {
                throw .unknownCollection(collection)
            }
            guard let bytes else {
                return AppStateVault.Change(index: index, version: version, value: value, isRemoval: true)
            }
            guard let given = try? WASyncActionValue(decoding: bytes) else { throw .unreadableValue }
            return AppStateVault.Change(index: index, version: version, value: given)
        }
    }
}

extension AppStateChange.Message {
    fileprivate func index(in chat: JID) -> [String] {
        [chat.description, id, isFromMe ? "1" : "0", participant?.description ?? "0"]
    }
}
