import Foundation
import Hummingbird
import WABinary
import WASimulator

struct AppStateRequest: Decodable {
    let changes: [ChangeRequest]
    let spoil: String?

    func chosenSpoil() throws -> AppStateSpoil? {
        guard let spoil else { return nil }
        guard let chosen = AppStateSpoil(rawValue: spoil) else {
            throw ControlError.badRequest(
                "spoil must be one of \(AppStateSpoil.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return chosen
    }
}

/// One change of the owner, by its `action`.
struct ChangeRequest: Decodable {
    let action: String
    let chat: String?
    let isOn: Bool?
    let untilMilliseconds: Int64?
    let id: String?
    let isFromMe: Bool?
    let participant: String?
    let timestampSeconds: Int64?
    let number: String?
    let fullName: String?
    let firstName: String?
    let name: String?
    let labelId: String?
    let color: Int32?
    let isDeleted: Bool?
    let collection: String?
    let index: [String]?
    let version: Int32?
    let value: String?
    let remove: Bool?

    func change(in server: SimulatedServer) throws -> AppStateChange {
        switch action {
        case "archive": return .archive(try chatJID(), isOn ?? true)
        case "pin": return .pin(try chatJID(), isOn ?? true)
        case "read": return .read(try chatJID(), isOn ?? true)
        case "lock": return .lock(try chatJID(), isOn ?? true)
        case "mute": return .mute(try chatJID(), isOn ?? true, untilMilliseconds: untilMilliseconds ?? -1)
        case "star": return .star(try chatJID(), try message(), isOn ?? true)
        case "deleteForMe":
            return .deleteForMe(
                try chatJID(), try message(), timestampSeconds: timestampSeconds ?? server.nowMilliseconds / 1_000)
        case "clear": return .clear(try chatJID())
        case "delete": return .delete(try chatJID())
        case "contact":
            let digits = PhoneNumber.digits(of: try require(number, "number"))
            return .contact(
                JID(digits, .user), lid: JID(server.lid(of: digits), .lid),
                fullName: remove == true ? nil : try require(fullName, "fullName"), firstName: firstName)
        case "pushName": return .pushName(try require(name, "name"))
        case "locale": return .locale(try require(name, "name"))
        case "unarchiveChats": return .unarchiveChats(isOn ?? true)
        case "label":
            return .label(
                id: try require(labelId, "labelId"), name: try require(name, "name"), color: color ?? 0,
                isDeleted: isDeleted ?? false)
        case "labelChat": return .labelChat(id: try require(labelId, "labelId"), try chatJID(), isOn ?? true)
        case "labelMessage":
            return .labelMessage(
                id: try require(labelId, "labelId"), try chatJID(), messageID: try require(id, "id"), isOn ?? true)
        case "raw":
            let bytes = try value.map { text in
                guard let data = Data(base64Encoded: text) else {
                    throw ControlError.badRequest("value is not base64.")
                }
                return [UInt8](data)
            }
            return .raw(
                collection: try require(collection, "collection"), index: try require(index, "index"),
                version: version ?? 1, value: remove == true ? nil : try require(bytes, "value"))
        default: throw ControlError.badRequest("action \(action) is nothing that an owner does.")
        }
    }

    /// A number alone stands for a chat with that person.
    private func chatJID() throws -> JID {
        let text = try require(chat, "chat")
        let whole = text.contains("@") ? text : PhoneNumber.digits(of: text) + "@s.whatsapp.net"
        guard let jid = JID(whole), !jid.user.isEmpty else { throw ControlError.badRequest("chat is no address.") }
        return jid
    }

    private func message() throws -> AppStateChange.Message {
        AppStateChange.Message(
            id: try require(id, "id"), isFromMe: isFromMe ?? false,
            participant: participant.flatMap { JID($0.contains("@") ? $0 : "\($0)@s.whatsapp.net") })
    }

    private func require<Value>(_ value: Value?, _ field: String) throws -> Value {
        guard let value else { throw ControlError.badRequest("\(field) is missing for action \(action).") }
        return value
    }
}

struct RotateKeyRequest: Decodable {
    let share: Bool?
}

struct AppStateBehaviourModel: Decodable, ResponseEncodable {
    let snapshots: String?
    let pageLimit: Int?
    let conflicts: Int?
    let sharesKeys: Bool?
    let recovers: Bool?
    let badSnapshots: String?

    init(_ behaviour: AppStateBehaviour) {
        snapshots = behaviour.snapshots.rawValue
        pageLimit = behaviour.pageLimit
        conflicts = behaviour.conflictCount
        sharesKeys = behaviour.sharesKeys
        recovers = behaviour.recovers
        badSnapshots = behaviour.badSnapshots?.rawValue
    }

    /// What is left out is as it is at first.
    func behaviour() throws -> AppStateBehaviour {
        var behaviour = AppStateBehaviour()
        if let snapshots {
            guard let chosen = AppStateBehaviour.Snapshots(rawValue: snapshots) else {
                throw ControlError.badRequest("snapshots must be whenLarge or always.")
            }
            behaviour.snapshots = chosen
        }
        if let pageLimit {
            guard (1...1_000).contains(pageLimit) else {
                throw ControlError.badRequest("pageLimit must be from 1 to 1000.")
            }
            behaviour.pageLimit = pageLimit
        }
        if let conflicts {
            guard (0...1_000).contains(conflicts) else {
                throw ControlError.badRequest("conflicts must be from 0 to 1000.")
            }
            behaviour.conflictCount = conflicts
        }
        if let sharesKeys { behaviour.sharesKeys = sharesKeys }
        if let recovers { behaviour.recovers = recovers }
        if let badSnapshots {
            guard let chosen = AppStateBehaviour.BadSnapshot(rawValue: badSnapshots) else {
                throw ControlError.badRequest("badSnapshots must be mac, gone or spoiled.")
            }
            behaviour.badSnapshots = chosen
        }
        return behaviour
    }
}

/// What the account's devices show of its app state.
struct AppStateModel: ResponseEncodable {
    struct Collection: Encodable {
        let version: UInt64
        let patchCount: Int
        let recordCount: Int
        let snapshotCount: Int
    }

    struct Chat: Encodable {
        let chat: String
        let number: String?
        let isArchived: Bool
        let isPinned: Bool
        let mutedUntilMilliseconds: Int64?
        let isMarkedRead: Bool?
        let isLocked: Bool
        let isCleared: Bool
        let isDeleted: Bool
        let labels: [String]
    }

    struct Message: Encodable {
        let chat: String
        let id: String
        let isFromMe: Bool
        let participant: String?
    }

    struct Contact: Encodable {
        let jid: String
        let number: String?
        let lid: String?
        let fullName: String
        let firstName: String
    }

    struct Label: Encodable {
        let id: String
        let name: String
        let color: Int32
        let isDeleted: Bool
    }

    struct LabelledMessage: Encodable {
        let label: String
        let chat: String
        let id: String
    }

    struct Other: Encodable {
        let collection: String
        let index: [String]
        let version: Int32
        /// A `SyncActionValue`, base64.
        let value: String
    }

    let collections: [String: Collection]
    /// Hexadecimal, the newest last.
    let keys: [String]
    let chats: [Chat]
    let starred: [Message]
    let deletedForMe: [Message]
    let contacts: [Contact]
    let labels: [Label]
    let labelledMessages: [LabelledMessage]
    let pushName: String?
    let locale: String?
    let unarchiveChats: Bool?
    let others: [Other]

    init(_ shown: AppStateShown) {
        collections = Dictionary(
            uniqueKeysWithValues: shown.collections.map { collection in
                (
                    collection.name,
                    Collection(
                        version: collection.version, patchCount: collection.patchCount,
                        recordCount: collection.recordCount, snapshotCount: collection.snapshotCount)
                )
            })
        keys = shown.keyIDs.map(\.hexadecimal)
        chats = shown.chats.map { chat in
            Chat(
                chat: chat.chat, number: chat.number, isArchived: chat.isArchived ?? false,
                isPinned: chat.isPinned ?? false, mutedUntilMilliseconds: chat.mutedUntilMilliseconds,
                isMarkedRead: chat.isMarkedRead, isLocked: chat.isLocked ?? false, isCleared: chat.isCleared,
                isDeleted: chat.isDeleted, labels: chat.labels)
        }
        func messages(_ messages: [AppStateShown.Message]) -> [Message] {
            messages.map { Message(chat: $0.chat, id: $0.id, isFromMe: $0.isFromMe, participant: $0.participant) }
        }
        starred = messages(shown.starred)
        deletedForMe = messages(shown.deletedForMe)
        contacts = shown.contacts.map {
            Contact(jid: $0.jid, number: $0.number, lid: $0.lid, fullName: $0.fullName, firstName: $0.firstName)
        }
        labels = shown.labels.map { Label(id: $0.id, name: $0.name, color: $0.color, isDeleted: $0.isDeleted) }
        labelledMessages = shown.labelledMessages.map { LabelledMessage(label: $0.label, chat: $0.chat, id: $0.id) }
        pushName = shown.pushName
        locale = shown.locale
        unarchiveChats = shown.unarchivesChats
        others = shown.others.map {
            Other(
                collection: $0.collection, index: $0.index, version: $0.version,
                value: Data($0.value).base64EncodedString())
        }
    }
}
