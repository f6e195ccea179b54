import Storage
import StrictJSON
import WAProtocol

/// A message as webhooks, live channels and the history tell it (contract 12, "Message"): the one place that writes it.
///
/// ```
/// {"id":"false_6281234567890@c.us_3EB0","from":"6281234567890@c.us","to":"6285500000001@c.us",
///  "chatId":"6281234567890@c.us","body":"hello","type":"text","timestamp":1790000000,"fromMe":false,"isGroup":false,
///  "kind":"individual","contact":{"pushName":"Budi"}}
/// ```
///
/// It is made of the stored row and of what the row keeps of the content; members that say nothing are left out.
struct MessagePayload: Sendable {
    let messageID: String
    let isFromMe: Bool
    /// Neutral ids. `author` is the writer in a group, else ''.
    let chat: String
    let author: String
    /// The account's neutral id.
    let own: String
    var body: String
    var type: String
    var timestampSeconds: Int64
    var pushName: String?
    /// The name in the account's address book.
    var contactName: String?
    /// Nil for a bare text, whose body says everything.
    var content: MessageContent?
    /// The message disappears after so many seconds.
    var expiresAfterSeconds: Int64?
    var isViewOnce = false
    /// The number of the message's row.
    var row: Int64?
    /// The row's quoted message, where the content has none.
    var metadataJSON: String?

    /// The id that the API writes everywhere.
    var serializedID: String {
        MessageReference(
            isFromMe: isFromMe, chat: chat, id: messageID, participant: isFromMe || author.isEmpty ? nil : author
        ).serialized
    }

    var isGroup: Bool { chat.hasSuffix("@g.us") }
    /// Only the phone can show it so far; its content may be told later.
    var isPlaceholder: Bool { type == MessageStore.maskedType }
    var from: String { isFromMe ? own : chat }
    var to: String { isFromMe ? chat : own }
    /// Who wrote it.
    var sender: String { isFromMe ? own : author.isEmpty ? chat : author }

    /// What it carries besides its text.
    var media: MediaContent? {
        if case .media(let media)? = content { media } else { nil }
    }

    /// Without the bytes of media: whoever sends it on puts them in place of `omitted`.
    var json: JSONObject {
        JSONObject { json in
            json.add("id", serializedID)
            json.add("from", from)
            json.add("to", to)
            json.add("chatId", chat)
            json.add("body", shownBody)
            json.add("type", shownType)
            json.add("timestamp", timestampSeconds)
            json.add("fromMe", isFromMe)
            json.add("isGroup", isGroup)
            json.add("kind", Self.kind(of: chat))
            if chat == Self.statusChat { json.add("isStatusBroadcast", true) }
            json.add("ephemeralDuration", expiresAfterSeconds.flatMap { $0 > 0 ? $0 : nil })
            if isViewOnce { json.add("isViewOnce", true) }
            if !author.isEmpty { json.add("author", author) }
            let mentions = content?.context?.mentions.map(ChatID.neutral) ?? []
            if !mentions.isEmpty { json.add("mentionedIds", mentions) }
            if sender.hasSuffix("@lid") { json.add("isLidSender", true) }
            if !isFromMe {
                json.add("contact") { contact in
                    contact.add("name", contactName)
                    contact.add("pushName", pushName)
                }
            }
            if let content { Self.add(content, to: &json) }
            json.add("quotedMessage", quotedMessage.map(JSONValue.object))
        }
    }

    /// The row of a forwarded message does not say what was forwarded.
    private var shownType: String {
        type == "forward" ? content?.storedForm?.type ?? "unknown" : type
    }

    private var shownBody: String {
        type == "forward" ? content?.storedForm?.body ?? body : body
    }

    // MARK: - Parts

    static let statusChat = "status@broadcast"

    /// Contract core 7.
    static func kind(of chat: String) -> String {
        switch try? ChatID(parsing: chat) {
        case nil: "unknown"
        case let id? where id.kind == .broadcast: id.user == "status" ? "status" : "broadcast"
        case let id?:
            switch id.kind {
            case .phone, .lid: "individual"
            case .group: "group"
            case .channel: "channel"
            case .broadcast: "broadcast"
            }
        }
    }

    private var quotedMessage: JSONObject? {
        if let quoted = content?.context?.quoted { return json(of: quoted) }
        guard let metadataJSON, let value = try? JSONReader.read(Array(metadataJSON.utf8)),
            case .object(let metadata) = value, case .object(let quoted)? = metadata["quotedMessage"]
        else { return nil }
        return quoted
    }

    private func json(of quoted: QuotedMessage) -> JSONObject {
        let author = ChatID.neutral(quoted.author)
        let chat = quoted.chat.map(ChatID.neutral) ?? chat
        let isOwn = author == own
        let isPerson = chat.hasSuffix("@c.us") || chat.hasSuffix("@lid")
        let reference = MessageReference(
            isFromMe: isOwn, chat: chat, id: quoted.id, participant: isOwn || isPerson ? nil : author)
        return JSONObject { json in
            json.add("id", reference.serialized)
            json.add("body", quoted.content.storedForm?.body ?? "")
        }
    }

    private static func add(_ content: MessageContent, to json: inout JSONMembers) {
        switch content {
        case .media(let media):
            json.add("media", .object(omitted(media)))
        case .poll(let poll):
            json.add("poll") { json in
                json.add("name", poll.name)
                json.add("options", poll.options)
                json.add("allowMultipleAnswers", poll.selectableCount != 1)
            }
        case .location(let place):
            json.add("location") { json in
                json.add("latitude", .number(.real(place.latitude)))
                json.add("longitude", .number(.real(place.longitude)))
                json.add("description", place.name)
                json.add("address", place.address)
                json.add("url", place.url)
            }
        case .liveLocation(let place):
            json.add("location") { json in
                json.add("latitude", .number(.real(place.latitude)))
                json.add("longitude", .number(.real(place.longitude)))
                json.add("description", place.caption)
            }
        case .order(let order):
            json.add("order") { json in
                json.add("orderId", order.orderID)
                json.add("token", order.token)
            }
        case .product(let product):
            json.add("product") { json in
                json.add("productId", product.productID)
                json.add("title", product.title)
                json.add("description", product.description)
                json.add("businessOwnerJid", product.businessOwner.map(ChatID.neutral))
            }
        case .buttons(let content):
            json.add("buttons", choices(content.buttons.map { ($0.id, $0.text) }))
        case .list(let content):
            json.add("buttons", choices(content.sections.flatMap(\.rows).map { ($0.id, $0.title) }))
        case .choice(let choice):
            json.add("button") { json in
                json.add("id", choice.id)
                json.add("text", choice.text.isEmpty ? nil : choice.text)
            }
        case .callLog(let call):
            json.add("call") { json in
                json.add("video", call.isVideo)
                json.add("missed", call.outcome == .missed || call.outcome == .silenced)
            }
        case .text, .contact, .contacts, .groupInvite, .event, .reaction, .edit, .revoke, .pollVote, .eventResponse, .pin,
            .keep, .ephemeralSetting, .raw:
            break
        }
    }

    /// What may be chosen, as the contract's `[{id, text}]`.
    private static func choices(_ choices: [(id: String, text: String)]) -> JSONValue {
        .array(
            choices.map { choice in
                .object(
                    JSONObject { json in
                        json.add("id", choice.id)
                        json.add("text", choice.text)
                    })
            })
    }

    /// The marker in place of bytes.
    static func omitted(_ media: MediaContent) -> JSONObject {
        JSONObject { json in
            json.add("mimetype", media.mimetype)
            json.add("filename", media.filename)
            json.add("omitted", true)
            json.add("sizeBytes", Int64(clamping: media.reference.byteCount))
        }
    }
}

extension MessagePayload {
    /// A message of ours, as it is stored.
    init(_ own: MessageStore.OwnRow, _ messageID: String, of session: GatewaySession) throws {
        let row = own.row
        self.init(
            messageID: messageID, isFromMe: true, chat: try row.text("chat"), author: "", own: session.ownID,
            body: try row.text("body"), type: try row.text("type"), timestampSeconds: try row.integer("timestamp"),
            content: try row.optionalBlob("content").flatMap { MessageContent(encoded: $0) },
            row: try row.integer("seq"), metadataJSON: try row.optionalText("metadata"))
    }
}
