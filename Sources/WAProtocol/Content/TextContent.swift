import FoundationEssentials
package import WABinary
import WAProto

/// A text, with the preview of a link in it and what it refers to.
///
/// ```
/// 1 conversation                                                           a bare text
/// 6 extendedTextMessage { 1 text, 2 matchedText, 5 description, 6 title, 16 JPEGThumbnail, 17 contextInfo }
/// ```
package struct TextContent: Equatable, Sendable {
    package var text: String
    package var preview: LinkPreview?
    package var context: MessageContext

    package init(_ text: String, preview: LinkPreview? = nil, context: MessageContext = .none) {
        self.text = text
        self.preview = preview
        self.context = context
    }

    /// A text that names people; it holds `@<user>` for each.
    package init(_ text: String, mentioning people: [JID]) {
        self.init(text, context: MessageContext(mentions: people.map(\.account)))
    }

    init?(_ message: WAMessage) {
        if message.hasConversation {
            self.init(message.conversation)
        } else if message.hasExtendedTextMessage, message.extendedTextMessage.hasText {
            let extended = message.extendedTextMessage
            self.init(
                extended.text, preview: LinkPreview(extended),
                context: extended.hasContextInfo ? MessageContext(extended.contextInfo) : .none)
        } else {
            return nil
        }
    }

    var message: WAMessage {
        var message = WAMessage()
        let info = context.proto
        if info == nil, preview == nil {
            message.conversation = text
            return message
        }
        message.extendedTextMessage.text = text
        preview?.write(to: &message.extendedTextMessage)
        if let info { message.extendedTextMessage.contextInfo = info }
        return message
    }
}

/// The card shown over a text with a link. Source: protocol reference 5.21.
package struct LinkPreview: Equatable, Sendable {
    /// The link as it stands in the text (`matchedText`); receivers show no card when it does not.
    package var matchedText: String
    /// Not empty, or the card is none.
    package var title: String
    package var description: String?
    /// A JPEG of about 100 to 192 pixels a side, or nil.
    package var thumbnail: [UInt8]?

    package init(matchedText: String, title: String, description: String? = nil, thumbnail: [UInt8]? = nil) {
        self.matchedText = matchedText
        self.title = title
        self.description = description
        self.thumbnail = thumbnail
    }

    init?(_ message: WAExtendedTextMessage) {
        guard !message.title.isEmpty, !message.matchedText.isEmpty else { return nil }
        self.init(
            matchedText: message.matchedText, title: message.title,
            description: message.hasDescription_p ? message.description_p : nil,
            thumbnail: message.hasJpegThumbnail ? [UInt8](message.jpegThumbnail) : nil)
    }

    func write(to message: inout WAExtendedTextMessage) {
        message.matchedText = matchedText
        message.title = title
        if let description { message.description_p = description }
        message.previewType = .none
        if let thumbnail { message.jpegThumbnail = Data(thumbnail) }
    }
}
