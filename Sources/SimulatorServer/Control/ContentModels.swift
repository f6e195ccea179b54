import Foundation
import WASimulator

/// What a person sees of one message by itself. What does not apply to its type is left out.
struct ContentModel: Encodable {
    let wrappers: [String]
    let isViewOnce: Bool
    let expirationSeconds: Int?
    let media: MediaModel?
    let location: LocationModel?
    let contacts: [ContactModel]?
    let poll: PollModel?
    let choices: ChoicesModel?
    let choice: RowModel?
    let invite: InviteModel?
    let order: OrderModel?
    let product: ProductModel?
    let event: EventModel?
    /// Of a vote, once it could be opened.
    let options: [String]?
    /// To an event.
    let response: String?
    /// It came encrypted with the secret of its target.
    let isEncrypted: Bool
    /// Why only the phone has the content.
    let unavailable: String?
    /// The message that a reaction, edit, deletion, vote or pin is about.
    let target: TargetModel?
    let quoted: QuoteModel?
    let mentions: [String]
    let forwardingScore: Int
    let isForwarded: Bool
    let linkPreview: LinkModel?

    init(_ message: InboxMessage) {
        let shown = message.content
        let state = message.media
        choices = shown.choices.map { ChoicesModel($0) }
        choice = shown.choice.map { RowModel(id: $0.id, text: $0.text ?? "", description: $0.description) }
        invite = shown.invitation.map { InviteModel($0) }
        order = shown.order.map { OrderModel($0) }
        product = shown.product.map { ProductModel($0) }
        event = shown.event.map { EventModel($0) }
        options = message.options
        response = message.answer?.rawValue
        isEncrypted = shown.isEncrypted
        unavailable = message.unavailable
        wrappers = shown.wrappers
        isViewOnce = shown.isViewOnce
        expirationSeconds = shown.expirationSeconds
        media = shown.media.map { MediaModel($0, state) }
        location = shown.location.map { LocationModel($0) }
        contacts = shown.contacts.isEmpty ? nil : shown.contacts.map { ContactModel($0) }
        poll = shown.poll.map {
            PollModel(question: $0.question, options: $0.options, selectableCount: $0.selectableCount)
        }
        target = shown.target.map {
            TargetModel(id: $0.id, chat: $0.chat, isFromMe: $0.isFromMe, participant: $0.participant)
        }
        quoted = shown.quoted.map {
            QuoteModel(id: $0.id, author: $0.author, text: $0.text, type: $0.kind?.rawValue, chat: $0.chat)
        }
        mentions = shown.mentions
        forwardingScore = shown.forwardingScore
        isForwarded = shown.isForwarded
        linkPreview = shown.linkPreview.map {
            LinkModel(
                link: $0.link, title: $0.title, description: $0.description, hasThumbnail: $0.hasThumbnail)
        }
    }

    struct TargetModel: Encodable {
        let id: String
        let chat: String
        let isFromMe: Bool
        let participant: String?
    }

    struct QuoteModel: Encodable {
        let id: String
        let author: String
        let text: String?
        let type: String?
        let chat: String?
    }

    struct PollModel: Encodable {
        let question: String
        let options: [String]
        let selectableCount: Int
    }

    struct LinkModel: Encodable {
        let link: String
        let title: String?
        let description: String?
        let hasThumbnail: Bool
    }
}

struct MediaModel: Encodable {
    /// `notAsked`, `downloading`, `downloaded` (and found to be what the message says) or `failed`.
    let state: String
    /// Why it failed.
    let failure: String?
    let mimetype: String
    let caption: String?
    let fileName: String?
    let title: String?
    /// Length of the file.
    let byteCount: Int
    /// SHA-256 (hexadecimal) of the bytes; only when they are downloaded and everything about them is right.
    let sha256: String?
    let encryptedSHA256: String
    let directPath: String
    let width: Int?
    let height: Int?
    let seconds: Int?
    let pageCount: Int?
    let hasThumbnail: Bool
    /// Base64.
    let thumbnail: String?
    let waveform: [UInt8]?
    let hasSidecar: Bool
    let isAnimated: Bool

    init(_ media: ShownMedia, _ state: MediaState?) {
        switch state {
        case .notAsked, nil: (self.state, failure) = ("notAsked", nil)
        case .downloading: (self.state, failure) = ("downloading", nil)
        case .downloaded: (self.state, failure) = ("downloaded", nil)
        case .failed(let reason): (self.state, failure) = ("failed", reason.rawValue)
        }
        mimetype = media.mimetype
        caption = media.caption
        fileName = media.fileName
        title = media.title
        byteCount = media.file.byteCount
        sha256 = state == .downloaded ? Self.hexadecimal(media.file.fileSHA256) : nil
        encryptedSHA256 = Self.hexadecimal(media.file.encryptedFileSHA256)
        directPath = media.file.directPath
        width = media.width
        height = media.height
        seconds = media.seconds
        pageCount = media.pageCount
        hasThumbnail = media.thumbnail != nil
        thumbnail = media.thumbnail.map { Data($0).base64EncodedString() }
        waveform = media.waveform
        hasSidecar = media.sidecar != nil
        isAnimated = media.isAnimated
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 0x0F, radix: 16) }.joined()
    }
}

struct LocationModel: Encodable {
    let latitude: Double
    let longitude: Double
    let name: String?
    let address: String?
    let isLive: Bool

    init(_ location: ShownContent.Location) {
        latitude = location.latitude
        longitude = location.longitude
        name = location.name
        address = location.address
        isLive = location.isLive
    }
}

struct ContactModel: Encodable {
    let displayName: String
    /// From the vCard.
    let name: String?
    /// The digits of the first number: of its account, if the card names one.
    let number: String?
    let numbers: [String]
    /// Accounts that the card names (`waid`).
    let accounts: [String]

    init(_ contact: ShownContent.Contact) {
        displayName = contact.displayName
        name = contact.card?.name
        number = (contact.card?.accounts.first ?? contact.card?.numbers.first).map { $0.filter(\.isNumber) }
        numbers = contact.card?.numbers ?? []
        accounts = contact.card?.accounts ?? []
    }
}

/// What later messages did to one.
struct ChangesModel: Encodable {
    struct Reaction: Encodable {
        let by: String
        let emoji: String
    }

    struct Edit: Encodable {
        /// What was shown before.
        let formerText: String?
        let id: String
    }

    struct Vote: Encodable {
        let by: String
        let options: [String]
    }

    let reactions: [Reaction]
    let edits: [Edit]
    let votes: [Vote]
    struct Answer: Encodable {
        let by: String
        let response: String
    }

    /// To an event.
    let responses: [Answer]
    let isRevoked: Bool
    let revokedBy: String?
    let isPinned: Bool
    let isKept: Bool

    init(_ changes: MessageChanges) {
        reactions = changes.reactions.map { Reaction(by: $0.by, emoji: $0.emoji) }
        edits = changes.edits.map { Edit(formerText: $0.formerText, id: $0.id) }
        votes = changes.votes.map { Vote(by: $0.by, options: $0.options) }
        isRevoked = changes.revokedBy != nil
        revokedBy = changes.revokedBy
        isPinned = changes.isPinned
        isKept = changes.isKept
        responses = changes.answers.map { Answer(by: $0.by, response: $0.answer.rawValue) }
    }
}
