package import WACrypto

/// What a person sees of one message by itself; what later messages did to it is in `MessageChanges`.
package struct ShownContent: Sendable, Equatable {
    /// A word for what it is, as people would say.
    package enum Kind: String, Sendable, CaseIterable {
        case text, image, video, gif, roundVideo, audio, voice, document, sticker
        case location, liveLocation, contact, contacts, poll, event, groupInvite
        case buttons, list, template, interactive, choice, order, product, album, channelInvite
        /// These say something about an earlier message.
        case reaction, edit, revoke, vote, pin, keep, eventResponse, comment
        /// A change of the chat itself, such as its expiry time.
        case setting
        /// The content is on the phone alone.
        case unavailable
        case unknown
    }

    package struct Target: Sendable, Equatable {
        package let id: String
        /// `remoteJID` of the key: the chat, as the writer of the key sees it.
        package let chat: String
        package let isFromMe: Bool
        package let participant: String?
    }

    package struct Location: Sendable, Equatable {
        package let latitude: Double
        package let longitude: Double
        package let name: String?
        package let address: String?
        package let isLive: Bool

        package init(latitude: Double, longitude: Double, name: String?, address: String?, isLive: Bool = false) {
            self.latitude = latitude
            self.longitude = longitude
            self.name = name
            self.address = address
            self.isLive = isLive
        }
    }

    package struct Contact: Sendable, Equatable {
        package let displayName: String
        package let card: ContactCard?
    }

    package struct Poll: Sendable, Equatable {
        package let question: String
        package let options: [String]
        /// 0: any number of options may be chosen.
        package let selectableCount: Int
    }

    package struct Quote: Sendable, Equatable {
        package let id: String
        /// The address of the person who wrote the quoted message.
        package let author: String
        package let text: String?
        package let kind: Kind?
        /// Set when the quoted message is from another chat.
        package let chat: String?
    }

    package struct LinkPreview: Sendable, Equatable {
        package let link: String
        package let title: String?
        package let description: String?
        package let hasThumbnail: Bool
    }

    package var kind = Kind.unknown
    /// Names of the wrapping fields, outermost first, such as `ephemeralMessage`.
    package var wrappers: [String] = []
    /// The text, the caption, the new text of an edit, or the emoji of a reaction (empty: taken back).
    package var text: String?
    package var media: ShownMedia?
    package var location: Location?
    package var contacts: [Contact] = []
    package var poll: Poll?
    package var choices: Choices?
    package var choice: Choice?
    package var invitation: GroupInvitation?
    package var order: ShownOrder?
    package var product: ShownProduct?
    package var event: ShownEvent?
    package var target: Target?
    /// What it adds is encrypted with the secret of its target.
    package var isEncrypted = false
    /// Of a pin or keep: false when it ends one.
    package var isPinning = false
    package var quoted: Quote?
    /// Addresses of mentioned people.
    package var mentions: [String] = []
    package var forwardingScore = 0
    package var isForwarded = false
    package var linkPreview: LinkPreview?
    /// After how many seconds the message disappears.
    package var expirationSeconds: Int?
    package var isViewOnce = false

    /// What somebody with an automatic answer would answer to: words, also those below a picture.
    var answerableText: String? {
        kind == .text || media != nil ? text : nil
    }
}

/// The file a message names: enough to fetch it, and to tell whether it is the right one.
package struct MediaFile: Sendable, Hashable {
    package let directPath: String
    package let url: String?
    package let mediaKey: [UInt8]
    package let fileSHA256: [UInt8]
    package let encryptedFileSHA256: [UInt8]
    /// Of the plaintext.
    package let byteCount: Int
    package let purpose: MediaKeys.Purpose

    package init(
        directPath: String, url: String?, mediaKey: [UInt8], fileSHA256: [UInt8], encryptedFileSHA256: [UInt8],
        byteCount: Int, purpose: MediaKeys.Purpose
    ) {
        self.directPath = directPath
        self.url = url
        self.mediaKey = mediaKey
        self.fileSHA256 = fileSHA256
        self.encryptedFileSHA256 = encryptedFileSHA256
        self.byteCount = byteCount
        self.purpose = purpose
    }
}

/// A file in a message, with what the message says about it.
package struct ShownMedia: Sendable, Equatable {
    package var file: MediaFile
    package var mimetype: String
    package var caption: String?
    package var fileName: String?
    package var title: String?
    package var width: Int?
    package var height: Int?
    package var seconds: Int?
    package var pageCount: Int?
    /// JPEG, or PNG for stickers.
    package var thumbnail: [UInt8]?
    /// 64 loudnesses from 0 to 100.
    package var waveform: [UInt8]?
    package var sidecar: [UInt8]?
    package var isAnimated = false

    package init(file: MediaFile, mimetype: String) {
        self.file = file
        self.mimetype = mimetype
    }
}
