import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// What a real phone would choke on in a message it could decrypt. Reference 5.2, 5.16, 5.18 and 6.2.
struct ContentCheck {
    typealias Complaint = (kind: Violation.Kind, text: String)

    private(set) var complaints: [Complaint] = []

    /// Larger thumbnails are cut off by phones, or make them refuse the message.
    private static let thumbnailLimit = 65_536
    private static let waveformByteCount = 64
    private static let pollOptionLimit = 12

    init(of message: WAMessage) {
        let content = message.unwrapped.content
        if let media = content.shownMedia { check(media, message.shown.kind) }
        if content.hasLocationMessage {
            check(content.locationMessage.degreesLatitude, content.locationMessage.degreesLongitude)
            check(
                thumbnail: content.locationMessage.hasJpegThumbnail
                    ? [UInt8](content.locationMessage.jpegThumbnail) : nil)
        }
        if content.hasContactMessage { check(content.contactMessage) }
        if content.hasContactsArrayMessage {
            if content.contactsArrayMessage.contacts.isEmpty { complain("a list of contacts without contacts") }
            for contact in content.contactsArrayMessage.contacts { check(contact) }
        }
        if let poll = content.pollCreation { check(poll, secret: message.messageSecret) }
        checkAddition(content, message)
        if content.hasProtocolMessage, content.protocolMessage.type == .messageEdit {
            if !content.protocolMessage.hasEditedMessage { complain("an edit without editedMessage") }
            if !content.protocolMessage.hasTimestampMs { complain("an edit without timestampMs") }
        }
        if content.hasExtendedTextMessage {
            let text = content.extendedTextMessage
            check(thumbnail: text.hasJpegThumbnail ? [UInt8](text.jpegThumbnail) : nil)
            if text.hasMatchedText, !text.text.contains(text.matchedText) {
                complain("a link preview whose matchedText is not in the text")
            }
        }
        if let context = content.context { check(context) }
    }

    private mutating func checkAddition(_ content: WAMessage, _ message: WAMessage) {
        if content.hasReactionMessage {
            if !content.reactionMessage.hasSenderTimestampMs { complain("a reaction without senderTimestampMs") }
            if content.reactionMessage.key.id.isEmpty { complain("a reaction without key") }
        }
        if content.hasPollUpdateMessage { check(content.pollUpdateMessage) }
        if let encrypted = content.encryptedAddition, encrypted.iv.count != 12 || encrypted.payload.isEmpty {
            complain("an encrypted \(encrypted.kind.rawValue) without encPayload or encIV")
        }
        if content.hasPinInChatMessage, content.pinInChatMessage.type == .pinForAll,
            !Self.pinSeconds.contains(message.messageContextInfo.messageAddOnDurationInSecs)
        {
            complain("a pin that does not last a day, a week or thirty days")
        }
        if content.hasProtocolMessage, content.protocolMessage.type == .ephemeralSetting,
            !Group.ephemeralChoices.contains(Int(content.protocolMessage.ephemeralExpiration))
        {
            complain("a time to disappear that nobody can choose")
        }
    }

    private static let pinSeconds: Set<UInt32> = [86_400, 604_800, 2_592_000]

    /// Compares what the stanza says openly with what is inside.
    mutating func check(stanza node: Node, encrypted: Node, carries message: WAMessage) {
        let facts = message.stanzaFacts
        let content = message.unwrapped.content
        // Clients differ in how they send places and previews; no phone minds.
        let isFree =
            content.hasLocationMessage || content.hasExtendedTextMessage || content.hasPtvMessage
            || message.shown.kind == .unknown
        if !isFree, node["type"] != facts.type {
            complain("type \(node["type"] ?? "none") of a \(message.kindName)", .stanzaAttributes)
        }
        let mediaType = encrypted["mediatype"]
        if mediaType != facts.mediaType, !(isFree && (mediaType == nil || facts.mediaType != nil)) {
            complain("mediatype \(mediaType ?? "none") of a \(message.kindName)", .stanzaAttributes)
        }
        // What is sent again to one device may leave these out.
        guard encrypted["count"] == nil else { return }
        if node["edit"] != facts.edit {
            complain("edit \(node["edit"] ?? "none") on a \(message.kindName)", .stanzaAttributes)
        }
        if let pollType = facts.pollType, node.child("meta")?["polltype"] != pollType {
            complain("no meta with polltype \(pollType) on a \(message.kindName)", .stanzaAttributes)
        }
    }

    // MARK: - Files

    private mutating func check(_ media: ShownMedia, _ kind: ShownContent.Kind) {
        let name = kind.rawValue
        if media.mimetype.isEmpty { complain("a \(name) without mimetype") }
        if media.file.mediaKey.count != MediaKeys.mediaKeyByteCount { complain("a \(name) without mediaKey") }
        if media.file.fileSHA256.count != 32 { complain("a \(name) without fileSHA256") }
        if media.file.encryptedFileSHA256.count != 32 { complain("a \(name) without fileEncSHA256") }
        if media.file.byteCount == 0 { complain("a \(name) without fileLength") }
        if media.file.directPath.isEmpty, media.file.url ?? "" == "" {
            complain("a \(name) without directPath and URL")
        }
        let prefix: String? =
            switch kind {
            case .image: "image/"
            case .video, .gif, .roundVideo: "video/"
            case .audio: "audio/"
            case .voice: "audio/ogg"
            case .sticker: "image/webp"
            default: nil
            }
        let mimetype = media.mimetype.lowercased()
        if let prefix, !media.mimetype.isEmpty, !mimetype.hasPrefix(prefix) {
            complain("a \(name) with mimetype \(media.mimetype)")
        } else if kind == .voice, mimetype.filter({ $0 != " " && $0 != "\"" }) != "audio/ogg;codecs=opus" {
            complain("a voice note with mimetype \(media.mimetype)")
        }
        if let waveform = media.waveform,
            waveform.count != Self.waveformByteCount || waveform.contains(where: { $0 > 100 })
        {
            complain("a waveform that is not 64 bytes from 0 to 100")
        }
        check(thumbnail: media.thumbnail)
    }

    private mutating func check(thumbnail: [UInt8]?) {
        guard let thumbnail else { return }
        if thumbnail.count > Self.thumbnailLimit { complain("a thumbnail of \(thumbnail.count) bytes") }
        if FileSignature(of: thumbnail) != .jpeg, FileSignature(of: thumbnail) != .png {
            complain("a thumbnail that is neither JPEG nor PNG")
        }
    }

    // MARK: - Others

    private mutating func check(_ latitude: Double, _ longitude: Double) {
        if !(-90...90).contains(latitude) || !(-180...180).contains(longitude) {
            complain("a place that is not on Earth")
        }
    }

    private mutating func check(_ contact: WAContactMessage) {
        if contact.displayName.isEmpty { complain("a contact without displayName") }
        if ContactCard(contact.vcard) == nil { complain("a contact whose vcard is none, or has no FN") }
    }

    private mutating func check(_ poll: WAPollCreationMessage, secret: [UInt8]?) {
        if secret?.count != MessageSecret.byteCount { complain("a poll without message secret") }
        if poll.name.isEmpty { complain("a poll without question") }
        let names = poll.options.map(\.optionName)
        if !(2...Self.pollOptionLimit).contains(names.count) || Set(names).count != names.count || names.contains("") {
            complain("a poll whose options are not 2 to 12 different texts")
        }
        if poll.selectableOptionsCount > names.count { complain("a poll with fewer options than may be chosen") }
    }

    private mutating func check(_ vote: WAPollUpdateMessage) {
        if !vote.hasSenderTimestampMs { complain("a vote without senderTimestampMs") }
        if vote.vote.encIv.count != 12 || vote.vote.encPayload.isEmpty {
            complain("a vote without encPayload or encIV")
        }
    }

    private mutating func check(_ context: WAContextInfo) {
        if context.hasQuotedMessage || context.hasStanzaID {
            if !context.hasQuotedMessage || context.stanzaID.isEmpty { complain("a quote without its message or id") }
            if JID(context.participant)?.isPerson != true || JID(context.participant)?.device != 0 {
                complain("a quote whose participant is no person")
            }
        }
        if context.mentionedJid.contains(where: { JID($0)?.isPerson != true }) { complain("a mention of nobody") }
        if context.forwardingScore > 0, !context.isForwarded { complain("a forwardingScore without isForwarded") }
    }

    private mutating func complain(_ text: String, _ kind: Violation.Kind = .unshowableContent) {
        complaints.append((kind, text))
    }
}

extension WAMessage {
    /// The secret from which additions to this message take their keys.
    var messageSecret: [UInt8]? {
        messageContextInfo.hasMessageSecret ? [UInt8](messageContextInfo.messageSecret) : nil
    }
}

/// Kinds of files that are told by their first bytes.
enum FileSignature {
    case jpeg, png, webp, oggOpus

    init?(of bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = .webp
        } else if bytes.starts(with: Array("OggS".utf8)), bytes.dropFirst(28).starts(with: Array("OpusHead".utf8)) {
            self = .oggOpus
        } else {
            return nil
        }
    }
}
