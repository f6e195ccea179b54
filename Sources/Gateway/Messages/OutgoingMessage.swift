package import FoundationEssentials

/// What a caller wants to say, before it is given an id and a place in the lane.
///
/// It is stored in the outbox as JSON until WhatsApp acknowledged it, so it holds everything needed to send it: what it
/// quotes or forwards is in it, not merely named.
package enum OutgoingMessage: Sendable, Equatable, Codable {
    case text(OutgoingText)
    case location(OutgoingLocation)
    case contact(OutgoingContact)
    case poll(OutgoingPoll)
    case media(OutgoingMedia)
    /// A stored message, sent on.
    case forward(OutgoingForward)
    /// A message that quotes another one.
    indirect case quoting(OutgoingQuote, OutgoingMessage)
    case reaction(OutgoingReaction)
    case edit(OutgoingEdit)
    case revoke(OutgoingRevoke)
    case pin(OutgoingPin)
    case vote(OutgoingVote)
    /// The answer to a business's buttons or list.
    case choice(OutgoingChoice)

    /// What a stored row says of it (contract 3.5); nil for what only changes another message: reaction, edit, revocation.
    package var storedForm: StoredForm? {
        switch self {
        case .text(let content): StoredForm(type: "text", body: content.text)
        case .location(let content): StoredForm(type: "location", body: "📍 " + (content.name ?? "Location"))
        case .contact(let content): StoredForm(type: "contact", body: "📇 " + content.name)
        case .poll(let content): StoredForm(type: "poll", body: "📊 " + content.question)
        case .media(let content): StoredForm(type: content.kind.rawValue, body: content.storedBody)
        case .forward: StoredForm(type: "forward", body: "[Forwarded]")
        case .quoting(_, let content): content.storedForm
        case .choice(let content): StoredForm(type: "text", body: content.text)
        case .reaction, .edit, .revoke, .pin, .vote: nil
        }
    }

    /// Type and body of a stored row.
    package struct StoredForm: Sendable, Equatable {
        package let type: String
        package let body: String
    }
}

/// A text, up to 4096 characters, and whom it mentions.
package struct OutgoingText: Sendable, Equatable, Codable {
    package var text: String
    /// Chat ids of the people named in the text as `@<number>`.
    package var mentions: [String]
    /// Shown below the text; nil for none.
    package var preview: OutgoingLinkPreview?

    package init(_ text: String, mentions: [String] = [], preview: OutgoingLinkPreview? = nil) {
        self.text = text
        self.mentions = mentions
        self.preview = preview
    }
}

/// What a link in a text leads to, as the caller says or as the page itself said.
package struct OutgoingLinkPreview: Sendable, Equatable, Codable {
    package var url: String
    package var title: String
    package var description: String?
    /// A small JPEG.
    package var thumbnail: Data?

    package init(url: String, title: String, description: String? = nil, thumbnail: Data? = nil) {
        self.thumbnail = thumbnail
        self.url = url
        self.title = title
        self.description = description
    }
}

/// A place on the map.
package struct OutgoingLocation: Sendable, Equatable, Codable {
    /// Degrees, -90...90 and -180...180.
    package var latitude: Double
    package var longitude: Double
    package var name: String?
    package var address: String?

    package init(latitude: Double, longitude: Double, name: String? = nil, address: String? = nil) {
        self.latitude = latitude
        self.longitude = longitude
        self.name = name
        self.address = address
    }
}

/// One contact card.
package struct OutgoingContact: Sendable, Equatable, Codable {
    package var name: String
    /// With country code, digits only.
    package var number: String

    package init(name: String, number: String) {
        self.name = name
        self.number = number
    }
}

/// A question with 2 to 12 answers to choose from.
package struct OutgoingPoll: Sendable, Equatable, Codable {
    package var question: String
    package var options: [String]
    package var allowsMultipleAnswers: Bool

    package init(question: String, options: [String], allowsMultipleAnswers: Bool = false) {
        self.question = question
        self.options = options
        self.allowsMultipleAnswers = allowsMultipleAnswers
    }
}
