package import Storage
package import WABinary
package import WAProtocol

/// Something that happened to an account.
///
/// Events marked *stored* are first given to the recorder, inside the transaction that stores what they tell; only after
/// the commit do they appear on `WhatsAppClient.events`, as a wake-up.
package enum ClientEvent: Sendable {
    /// The connection's state changed. Not stored.
    case stateChanged(ClientState)
    /// The account was linked to a phone. Stored.
    case paired(LinkedAccount)
    /// The account is logged in; its push name may have become known. Not stored.
    case online(LinkedAccount)
    /// A message arrived, was decrypted, and is not a repetition. Stored.
    case received(ReceivedMessage)
    /// WhatsApp's server accepted or refused a message of ours. Stored.
    case sendSettled(messageID: String, SendOutcome)
    /// Devices of the recipient, or our own other devices, report on messages. Stored.
    case receipt(DeliveryUpdate)
    /// A person's identity key changed: they reinstalled WhatsApp or changed phones. Stored.
    case identityChanged(JID)
    /// A step of a message of ours on its way, for its timeline. Stored.
    case sendProgress(SendProgress)
    /// Part of the history that the phone hands a new companion. Stored.
    case history(HistoryBatch)
    /// Part of that history was given up. Stored.
    case historyLost(HistoryLoss)
    /// What is known of a person changed. Stored.
    case contactChanged(ContactChange)
    /// What is known of a chat changed, on the phone or on another device of ours. Stored.
    case chatChanged(ChatChange)
    /// What is noted of one message changed, on the phone or on another device of ours. Stored.
    case messageChanged(MessageChange)
    /// A group's members or settings changed. Stored.
    case groupChanged(GroupChange)
    /// Somebody is online, types, records, or has stopped. Stored.
    case presence(PresenceUpdate)
    /// A call rings or has ended. Stored.
    case call(CallUpdate)
    /// A label of a business account, or what carries it. Stored.
    case labelChanged(LabelChange)
    /// Somebody sent what only our own phone may send; nothing of it was believed. Stored.
    case rejected(RejectedMessage)
    /// The phone unlinked this device or the server refused its credentials; they are erased. Stored.
    case loggedOut(reason: String)
}

/// Runs inside the transaction that stores the thing; throwing rolls that transaction back, and nothing is acknowledged.
package typealias ClientRecorder = @Sendable (any SQLConnection, ClientEvent) throws -> Void

/// Where an account's connection stands.
package enum ClientState: Sendable, Equatable {
    case idle
    case connecting
    /// Waiting for a phone to scan this QR text.
    case waitingForScan(qr: String)
    /// Scanned; the link is being completed.
    case pairing
    case online
    /// The connection is gone and comes back by itself; the text is for people.
    case reconnecting(attempt: Int, reason: String)
    /// Final: credentials are gone, a new QR code is needed.
    case loggedOut(reason: String)
    /// Final until started again: another program uses these credentials, the client is refused or banned.
    case failed(reason: String)
    /// Final: `run()` was cancelled.
    case stopped
}

/// Who the account is: phone number JID with our device number, LID, and what the phone told of itself.
package struct LinkedAccount: Sendable, Equatable {
    package let phone: JID
    package let lid: JID?
    package let pushName: String?
    package let platform: String?

    package init(phone: JID, lid: JID?, pushName: String?, platform: String?) {
        self.phone = phone
        self.lid = lid
        self.pushName = pushName
        self.platform = platform
    }
}

/// What a receipt says about messages of one chat.
package struct DeliveryUpdate: Sendable, Equatable {
    package enum Status: Sendable, Equatable { case delivered, read, played }

    /// The conversation, and whose device reports, as phone number JIDs where known. `from` keeps its device.
    package let chat: JID
    package let from: JID
    package let messageIDs: [String]
    package let status: Status
    package let timestampSeconds: Int64
    /// Our own phone read the chat: the messages are the other side's, not ours.
    package let isOwnReading: Bool

    package init(
        chat: JID, from: JID, messageIDs: [String], status: Status, timestampSeconds: Int64, isOwnReading: Bool
    ) {
        self.chat = chat
        self.from = from
        self.messageIDs = messageIDs
        self.status = status
        self.timestampSeconds = timestampSeconds
        self.isOwnReading = isOwnReading
    }
}

/// One message to send: the id is the caller's, and makes the send repeatable.
package struct OutgoingEnvelope: Sendable {
    package let id: String
    package let recipient: JID
    package let content: MessageContent

    package init(id: String, recipient: JID, content: MessageContent) {
        self.id = id
        self.recipient = recipient
        self.content = content
    }
}

/// How a send ended.
package enum SendOutcome: Sendable, Equatable {
    /// WhatsApp's server has it; the time is the server's.
    case acknowledged(serverSeconds: Int64)
    /// Final: it was not sent and will not be.
    case refused(SendRefusal)
    /// The client stopped first. What was submitted may or may not have left; submit it again under the same id.
    case interrupted
}

package enum SendRefusal: Sendable, Equatable {
    /// The number has no WhatsApp account.
    case notOnWhatsApp
    /// The server answered the message with this error code (protocol reference 5.2: 463, 479, …).
    case server(code: Int)
    /// None of the recipient's devices gave keys to encrypt to.
    case noKeys
    /// This kind of recipient cannot be written to by this version.
    case unsupportedRecipient
    /// The group does not exist, or we are not in it (any more).
    case notAGroupMember
    /// Its file could not be brought to the media hosts: it is gone here, or they refuse it for good.
    case mediaUnavailable
    /// A vote in a poll that we do not know: votes are sealed with what came with the poll.
    case unknownPoll

    /// The number stored for a refusal; the server's codes are positive.
    package var storedCode: Int64 {
        switch self {
        case .notOnWhatsApp: -1
        case .noKeys: -2
        case .unsupportedRecipient: -3
        case .notAGroupMember: -4
        case .mediaUnavailable: -5
        case .unknownPoll: -6
        case .server(let code): Int64(code)
        }
    }

    package init(storedCode: Int64) {
        switch storedCode {
        case -1: self = .notOnWhatsApp
        case -2: self = .noKeys
        case -3: self = .unsupportedRecipient
        case -4: self = .notAGroupMember
        case -5: self = .mediaUnavailable
        case -6: self = .unknownPoll
        default: self = .server(code: Int(storedCode))
        }
    }

    /// Whether this answer to a question about a group says that it is none of ours (protocol reference 8.1).
    static func isNoMember(_ error: IQError) -> Bool { [401, 403, 404].contains(error.code) }
}

/// Whether a number has a WhatsApp account, and which.
package struct ContactCheck: Sendable, Equatable {
    package let number: String
    package let isOnWhatsApp: Bool
    /// The phone number JID.
    package let phone: JID?
    package let lid: JID?

    package init(number: String, isOnWhatsApp: Bool, phone: JID?, lid: JID?) {
        self.number = number
        self.isOnWhatsApp = isOnWhatsApp
        self.phone = phone
        self.lid = lid
    }
}
