import WABinary
import WAProto

/// What the owner of an account sees of its app state, on any device: read from what stands in the collections.
package struct AppStateShown: Sendable, Equatable {
    package struct Chat: Sendable, Equatable {
        /// The address under which it was written last.
        package var chat: String
        /// Of the other party, where it is known.
        package var number: String?
        package var isArchived: Bool?
        package var isPinned: Bool?
        /// -1: for ever; 0: not muted.
        package var mutedUntilMilliseconds: Int64?
        package var isMarkedRead: Bool?
        package var isLocked: Bool?
        package var isCleared = false
        package var isDeleted = false
        package var labels: [String] = []
    }

    package struct Message: Sendable, Equatable {
        package let chat: String
        package let id: String
        package let isFromMe: Bool
        package let participant: String?
    }

    package struct Contact: Sendable, Equatable {
        package let jid: String
        package let number: String?
        package let lid: String?
        package let fullName: String
        package let firstName: String
    }

    package struct Label: Sendable, Equatable {
        package let id: String
        package let name: String
        package let color: Int32
        package let isDeleted: Bool
    }

    package struct LabelledMessage: Sendable, Equatable {
        package let label: String
        package let chat: String
        package let id: String
    }

    package struct Other: Sendable, Equatable {
        package let collection: String
        package let index: [String]
        package let version: Int32
        /// A `SyncActionValue`.
        package let value: [UInt8]
    }

    package struct Collection: Sendable, Equatable {
        package let name: String
        package let version: UInt64
        package let patchCount: Int
        package let recordCount: Int
        /// How often it was handed out as a snapshot.
        package let snapshotCount: Int
    }

    package var collections: [Collection] = []
    /// Ids of the account's keys, the newest last.
    package var keyIDs: [[UInt8]] = []
    package var chats: [Chat] = []
    package var starred: [Message] = []
    package var deletedForMe: [Message] = []
    package var contacts: [Contact] = []
    package var labels: [Label] = []
    package var labelledMessages: [LabelledMessage] = []
    package var pushName: String?
    package var locale: String?
    package var unarchivesChats: Bool?
    package var others: [Other] = []

    /// Takes in one value; later ones of the same thing win.
    ///
    /// - Parameter number: the number behind an address, where it is known.
    mutating func show(_ mutation: AppStateMutation, in collection: String, number: (JID) -> String?) {
        let (index, value) = (mutation.index, mutation.value)
        func change(_ body: (inout Chat) -> Void) {
            guard index.count > 1, let jid = JID(index[1]) else { return }
            self.change(jid, number(jid), body)
        }
        switch index.first {
        case "archive": change { $0.isArchived = value.archiveChatAction.archived }
        case "pin_v1": change { $0.isPinned = value.pinAction.pinned }
        case "mute":
            change { $0.mutedUntilMilliseconds = value.muteAction.muted ? value.muteAction.muteEndTimestamp : 0 }
        case "markChatAsRead": change { $0.isMarkedRead = value.markChatAsReadAction.read }
        case "lock": change { $0.isLocked = value.lockChatAction.locked }
        case "clearChat": change { $0.isCleared = true }
        case "deleteChat": change { $0.isDeleted = true }
        case "star":
            if value.starAction.starred, let message = Message(index) { starred.append(message) }
        case "deleteMessageForMe":
            if let message = Message(index) { deletedForMe.append(message) }
        case "contact" where index.count == 2:
            let jid = JID(index[1])
            let action = value.contactAction
            contacts.append(
                Contact(
                    jid: index[1], number: jid.flatMap(number),
                    lid: action.hasLidJid ? action.lidJid : jid?.server == .lid ? index[1] : nil,
                    fullName: action.fullName, firstName: action.firstName))
        case "setting_pushName": pushName = value.pushNameSetting.name
        case "setting_locale": locale = value.localeSetting.locale
        case "setting_unarchiveChats": unarchivesChats = value.unarchiveChatsSetting.unarchiveChats
        case "label_edit" where index.count == 2:
            let action = value.labelEditAction
            labels.append(Label(id: index[1], name: action.name, color: action.color, isDeleted: action.deleted))
        case "label_jid" where index.count == 3:
            guard value.labelAssociationAction.labeled, let jid = JID(index[2]) else { return }
            self.change(jid, number(jid)) { $0.labels.append(index[1]) }
        case "label_message" where index.count == 6:
            guard value.labelAssociationAction.labeled else { return }
            labelledMessages.append(LabelledMessage(label: index[1], chat: index[2], id: index[3]))
        default:
            others.append(
                Other(collection: collection, index: index, version: mutation.version, value: value.encoded()))
        }
    }

    /// Both addresses of a person are one chat.
    private mutating func change(_ jid: JID, _ number: String?, _ body: (inout Chat) -> Void) {
        let position = chats.firstIndex { $0.chat == jid.description || number != nil && $0.number == number }
        if let position {
            body(&chats[position])
            chats[position].chat = jid.description
        } else {
            var chat = Chat(chat: jid.description, number: number)
            body(&chat)
            chats.append(chat)
        }
    }
}

extension AppStateShown.Message {
    fileprivate init?(_ index: [String]) {
        guard index.count == 5 else { return nil }
        self.init(
            chat: index[1], id: index[2], isFromMe: index[3] == "1", participant: index[4] == "0" ? nil : index[4])
    }
}
