import WAProtocol

extension MessageContent {
    /// Type and body of the stored row (contract 3.4, 3.5); nil for what is no message of its own: keys, edits, reactions.
    var storedForm: (type: String, body: String)? {
        guard isForPeople, !isAboutAnotherMessage else { return nil }
        switch self {
        case .text(let content): return ("text", content.text)
        case .media(let content): return (content.kind.storedType, content.storedBody)
        case .location(let content): return ("location", "📍 \(content.name.nonEmpty ?? content.address.nonEmpty ?? "Location")")
        case .liveLocation(let content): return ("location", "📍 \(content.caption.nonEmpty ?? "Location")")
        case .contact(let content): return ("contact", "📇 \(content.card.displayName)")
        case .contacts(let content): return ("contact", "📇 \(content.cards.map(\.displayName).joined(separator: ", "))")
        case .poll(let content): return ("poll", "📊 \(content.name)")
        case .buttons(let content): return ("text", content.text)
        case .list(let content): return ("text", content.text.isEmpty ? content.title ?? "" : content.text)
        case .choice(let content): return ("text", content.text)
        case .groupInvite(let content): return ("text", content.caption.nonEmpty ?? content.groupName)
        case .order(let content): return ("order", content.note.nonEmpty ?? content.title ?? "")
        case .product(let content): return ("product", content.title.nonEmpty ?? content.body ?? "")
        case .event(let content): return ("unknown", content.name)
        case .callLog: return ("call", "")
        case .reaction, .edit, .revoke, .pollVote, .eventResponse, .pin, .keep, .ephemeralSetting: return nil
        case .raw: return (rawStoredType, text ?? "")
        }
    }

    /// The type of a message without a type of ours, by what WhatsApp's server calls it.
    private var rawStoredType: String {
        if stanzaType == .poll { return "poll" }
        switch mediaType {
        case "image", "video", "audio", "document", "sticker", "order", "product": return mediaType ?? "unknown"
        case "gif": return "video"
        case "ptt": return "voice"
        case "vcard", "contact_array": return "contact"
        case "livelocation": return "location"
        default: return "unknown"
        }
    }
}

extension MediaKind {
    /// The name in rows and answers: GIFs are videos there.
    var storedType: String {
        switch self {
        case .gif: "video"
        case .image, .video, .audio, .voice, .document, .sticker: rawValue
        }
    }
}

extension MediaContent {
    /// The caption; of a document without one its file name; sounds and stickers say nothing.
    fileprivate var storedBody: String {
        switch kind {
        case .image, .video, .gif: caption ?? ""
        case .document: caption.nonEmpty ?? filename ?? ""
        case .audio, .voice, .sticker: ""
        }
    }
}

extension Optional where Wrapped == String {
    fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
