/// A file to be sent: where it is now, and what the caller said of it.
///
/// It is stored in the outbox as JSON. It names a file of the spool, or, before acceptance and in batches, a URL.
package struct OutgoingMedia: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable {
        case image, video, audio, voice, document, sticker
    }

    /// A file of the spool.
    package struct File: Sendable, Equatable, Codable {
        package var id: String
        package var byteCount: Int
        /// 64 hex digits.
        package var sha256: String

        package init(_ file: SpooledMedia) {
            id = file.id
            byteCount = file.byteCount
            sha256 = file.sha256.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    package var kind: Kind
    package var file: File?
    /// Where the file is, or was, fetched from.
    package var url: String?
    /// With parameters, as `audio/ogg; codecs=opus`; nil while it is not known.
    package var mimetype: String?
    package var filename: String?
    package var caption: String?
    /// Neutral ids of the people named in the caption.
    package var mentions: [String]

    package init(
        _ kind: Kind, file: File? = nil, url: String? = nil, mimetype: String? = nil, filename: String? = nil,
        caption: String? = nil, mentions: [String] = []
    ) {
        self.kind = kind
        self.file = file
        self.url = url
        self.mimetype = mimetype
        self.filename = filename
        self.caption = kind.hasCaption ? caption : nil
        self.mentions = mentions
    }

    /// The body of its row (contract 3.4): caption, of a document without one the file's name, of sounds and stickers none.
    var storedBody: String {
        switch kind {
        case .image, .video: caption ?? ""
        case .document: caption ?? filename ?? ""
        case .audio, .voice, .sticker: ""
        }
    }
}

extension OutgoingMedia.Kind {
    /// Sounds and stickers are shown without text.
    var hasCaption: Bool {
        switch self {
        case .image, .video, .document: true
        case .audio, .voice, .sticker: false
        }
    }

    /// What a file is taken for when nothing says what it is (contract 4).
    var defaultMimetype: String {
        switch self {
        case .image: "image/jpeg"
        case .video: "video/mp4"
        case .audio: "audio/mpeg"
        case .voice: "audio/ogg; codecs=opus"
        case .document: "application/octet-stream"
        case .sticker: "image/webp"
        }
    }
}
