import Foundation
import Hummingbird
import WABinary
import WASimulator

/// A message as a person sees it on a device of the simulator: how it came, what it is, and what became of it, all in
/// one object.
struct InboxModel: ResponseEncodable {
    let arrival: ArrivalModel
    let content: ContentModel
    let changes: ChangesModel

    init(_ message: InboxMessage, index: Int) {
        arrival = ArrivalModel(message, message.content.kind, index: index)
        content = ContentModel(message)
        changes = ChangesModel(message.changes)
    }

    func encode(to encoder: any Encoder) throws {
        try arrival.encode(to: encoder)
        try content.encode(to: encoder)
        try changes.encode(to: encoder)
    }
}

struct ArrivalModel: Encodable {
    /// Its place in the inbox, from 1; `after` of the next request.
    let index: Int
    let id: String
    /// The other party, under the address the message came with.
    let chat: String
    /// The account and device that sent it.
    let sender: String
    let isFromMe: Bool
    let text: String?
    /// What people would call it: `text`, `image`, `voice`, `reaction`…
    let type: String
    /// The field of the protobuf that is set below all wrappers, such as `conversation`.
    let kind: String
    let timestampSeconds: Int64
    let receivedMilliseconds: Int64
    /// How often the device had to ask for it again before it could read it.
    let retryCount: Int
    /// How often it was decrypted.
    let copyCount: Int
    let isRead: Bool
    let isPlayed: Bool
    /// The decrypted protobuf without its padding, base64.
    let message: String

    init(_ message: InboxMessage, _ type: ShownContent.Kind, index: Int) {
        self.type = type.rawValue
        self.index = index
        id = message.id
        chat = message.chat.description
        sender = message.sender.description
        isFromMe = message.isFromMe
        text = message.text
        kind = message.kind
        timestampSeconds = message.timestampSeconds
        receivedMilliseconds = message.receivedMilliseconds
        retryCount = message.retryCount
        copyCount = message.copyCount
        isRead = message.isRead
        isPlayed = message.isPlayed
        self.message = Data(message.message).base64EncodedString()
    }
}

struct InboxPage: ResponseEncodable {
    let messages: [InboxModel]
    /// Pass it as `after` to see only what comes later.
    let next: Int

    /// So many messages of a device behind the first `after`, counted over all it ever showed.
    init(of address: DeviceAddress, in server: SimulatedServer, _ after: Int, _ limit: Int) throws {
        let inbox = try server.inbox(of: address)
        let dropped = try server.droppedInboxCount(of: address)
        messages = inbox.indices.dropFirst(max(0, after - dropped)).prefix(limit).map { place in
            InboxModel(inbox[place], index: dropped + place + 1)
        }
        next = messages.last?.arrival.index ?? after
    }

    /// Whether no file of these messages is still being downloaded.
    var isSettled: Bool { messages.allSatisfy { $0.content.media?.state != "downloading" } }
}

/// A message said on a device of the simulator, and how far it has come.
struct SaidModel: ResponseEncodable {
    struct Progress: Encodable {
        let device: String
        let deliveredMilliseconds: Int64?
        let readMilliseconds: Int64?
        let playedMilliseconds: Int64?
        /// Delivered to a device that nobody looks at.
        let isInactive: Bool
        let retryCount: Int
    }

    let id: String
    let chat: String
    let text: String?
    let saidMilliseconds: Int64
    let acknowledgedMilliseconds: Int64?
    /// The code with which the server refused it.
    let refusal: Int?
    /// Per device it was encrypted for, the account's own included.
    let devices: [Progress]
    let changes: ChangesModel

    init(_ message: SaidMessage) {
        id = message.id
        chat = message.chat.description
        text = message.text
        saidMilliseconds = message.saidMilliseconds
        acknowledgedMilliseconds = message.acknowledgedMilliseconds
        refusal = message.refusal
        changes = ChangesModel(message.changes)
        devices = message.progress.sorted { $0.key < $1.key }.map { address, progress in
            Progress(
                device: address.description, deliveredMilliseconds: progress.deliveredMilliseconds,
                readMilliseconds: progress.readMilliseconds, playedMilliseconds: progress.playedMilliseconds,
                isInactive: progress.isInactive, retryCount: progress.retryCount)
        }
    }
}

struct SaidPage: ResponseEncodable {
    let messages: [SaidModel]
}
