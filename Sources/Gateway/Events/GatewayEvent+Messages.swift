import StrictJSON
import WAProtocol

// Events about messages: contract 12 for the data, 11.2 for the identities.
extension GatewayEvent {
    /// A message came in, or was sent by the API (acknowledged) or from the phone.
    ///
    /// A placeholder has an identity of its own, for the content that may come is told as another event, and a receiver that
    /// keeps identities must not take it for a repetition.
    static func message(_ message: MessagePayload, in sessionID: String, atMilliseconds now: Int64) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: message.isFromMe ? .messageSent : .messageReceived, chat: message.chat,
            occurredAtMilliseconds: now, identity: "msg_\(sessionID)_\(message.serializedID)\(message.isPlaceholder ? "_masked" : "")",
            data: message.json,
            mediaRow: message.media == nil ? nil : message.row)
    }

    /// Our message got further; `failed` is told by `failed` besides.
    static func ack(
        _ id: String, chat: String, _ status: MessageStatus, in sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: .messageAck, chat: chat, occurredAtMilliseconds: now,
            identity: "ack_\(sessionID)_\(id)_\(status.name)", data: ackData(id, chat, status))
    }

    /// Our message will not be sent.
    static func failed(
        _ id: String, chat: String, in sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: .messageFailed, chat: chat, occurredAtMilliseconds: now,
            identity: "failed_\(sessionID)_\(id)_failed", data: ackData(id, chat, .failed))
    }

    private static func ackData(_ id: String, _ chat: String, _ status: MessageStatus) -> JSONObject {
        JSONObject { json in
            json.add("id", id)
            json.add("messageId", id)
            json.add("status", status.name)
            json.add("ack", status.rawValue)
            json.add("chatId", chat)
        }
    }

    /// One participant's device reports on our message.
    static func receipt(
        _ id: String, chat: String, participant: String, status: String, timestampSeconds: Int64, in sessionID: String,
        atMilliseconds now: Int64
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: .messageReceipt, chat: chat, occurredAtMilliseconds: now,
            identity: "evt_message_receipt_" + EventHash.of(sessionID, id, participant, status),
            data: JSONObject { json in
                json.add("id", id)
                json.add("messageId", id)
                json.add("chatId", chat)
                json.add("participant", participant)
                json.add("status", status)
                json.add("timestamp", timestampSeconds)
            })
    }

    /// Somebody took their message back for everyone.
    static func revoked(
        _ message: ChangedMessage, timestampSeconds: Int64, in sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: .messageRevoked, chat: message.chat, occurredAtMilliseconds: now,
            identity: "rev_\(sessionID)_\(message.id)",
            data: JSONObject { json in
                json.add("id", message.id)
                json.add("revokedId", message.id)
                json.add("chatId", message.chat)
                json.add("from", message.from)
                json.add("to", message.to)
                json.add("type", "revoked")
                json.add("body", "")
                json.add("timestamp", timestampSeconds)
            })
    }

    /// Somebody reacted, or with an empty emoji took it back; `standing` is who reacts how from now on.
    static func reaction(
        to id: String, chat: String, by sender: String, _ emoji: String, standing: [MessageReaction],
        occurredAtMilliseconds: Int64, in sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: .messageReaction, chat: chat, occurredAtMilliseconds: now,
            identity: "react_\(sessionID)_\(id)_\(sender)_\(occurredAtMilliseconds)",
            data: JSONObject { json in
                json.add("messageId", id)
                json.add("chatId", chat)
                json.add("reaction", emoji)
                json.add("senderId", sender)
                json.add("reactions") { json in
                    for reaction in standing { json.add(reaction.senderID, reaction.emoji) }
                }
            })
    }

    /// Somebody gave their message a new text.
    static func edited(
        _ message: ChangedMessage, by edit: MessagePayload, editedAtMilliseconds: Int64, in sessionID: String,
        atMilliseconds now: Int64
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: .messageEdited, chat: message.chat, occurredAtMilliseconds: now,
            identity: "edit_\(sessionID)_\(message.id)_\(editedAtMilliseconds)",
            data: JSONObject { json in
                json.add("messageId", message.id)
                json.add("chatId", message.chat)
                json.add("body", edit.body)
                json.add("senderId", edit.sender)
                json.add("from", message.from)
                json.add("to", message.to)
                json.add("fromMe", edit.isFromMe)
                json.add("isGroup", edit.isGroup)
                json.add("type", edit.type)
                json.add("hasMedia", edit.media != nil)
                if !edit.author.isEmpty { json.add("author", edit.author) }
                let mentions = edit.content?.context?.mentions.map(ChatID.neutral) ?? []
                if !mentions.isEmpty { json.add("mentionedIds", mentions) }
                json.add("timestamp", editedAtMilliseconds / 1000)
            })
    }

    /// Somebody answers a calendar event. The contract has only the name; the members are ours.
    static func response(
        _ response: EventResponseContent, to message: MessageReference, by sender: String, in sessionID: String,
        atMilliseconds now: Int64
    ) -> GatewayEvent {
        let answer =
            switch response.answer {
            case .going: "going"
            case .notGoing: "not_going"
            case .maybe: "maybe"
            }
        let id = message.serialized
        return GatewayEvent(
            sessionID: sessionID, name: .eventResponse, chat: message.chat ?? "", occurredAtMilliseconds: now,
            identity: "evt_event_response_" + EventHash.of(sessionID, id, sender, "\(response.sentAtMilliseconds)"),
            data: JSONObject { json in
                json.add("messageId", id)
                json.add("chatId", message.chat)
                json.add("senderId", sender)
                json.add("response", answer)
                json.add("extraGuestCount", Int64(response.extraGuestCount))
                json.add("timestamp", response.sentAtMilliseconds / 1000)
            })
    }

    /// Somebody posted a status; their bytes never go with it.
    static func status(
        _ message: MessagePayload, in sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        let id = message.serializedID
        let postedAt = message.timestampSeconds * 1000
        return GatewayEvent(
            sessionID: sessionID, name: .statusReceived, chat: message.chat, occurredAtMilliseconds: now,
            identity: "evt_status_received_" + EventHash.of([sessionID, id] + (message.isPlaceholder ? ["masked"] : [])),
            data: JSONObject { json in
                json.add("sessionId", sessionID)
                json.add("statusId", id)
                json.add("contact") { contact in
                    contact.add("id", message.sender)
                    contact.add("name", message.contactName)
                    contact.add("pushName", message.pushName)
                }
                json.add("type", message.type)
                json.add("caption", message.body.isEmpty ? nil : message.body)
                json.add("hasMedia", message.media != nil)
                json.add("mediaOmitted", message.media != nil)
                json.add("omitReason", message.media == nil ? nil : "not_inlined")
                json.add("postedAt", postedAt)
                json.add("expiresAt", postedAt + 86_400_000)
            })
    }
}

/// The message that a revocation or an edit is about.
struct ChangedMessage: Sendable {
    /// Serialized, as the API writes it.
    let id: String
    /// Neutral ids, as in the message's own payload.
    let chat: String
    let from: String
    let to: String

    init(_ key: OutgoingMessageKey, own: String) {
        id = MessageReference(
            isFromMe: key.isFromMe, chat: key.chat, id: key.id, participant: key.isFromMe ? nil : key.participant
        ).serialized
        chat = key.chat
        from = key.isFromMe ? own : key.chat
        to = key.isFromMe ? key.chat : own
    }
}
