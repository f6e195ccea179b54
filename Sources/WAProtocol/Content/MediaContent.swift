import WAProto

/// An image, video, sound, document or sticker: what is known of the file, and where it lies.
///
/// The file itself is fetched and checked by `WAClient`. Which field carries which kind: ``MediaContent+Coding``.
package struct MediaContent: Equatable, Sendable {
    package var kind: MediaKind
    package var reference: MediaReference
    package var mimetype: String
    /// Images, videos and documents only.
    package var caption: String?
    /// Documents only.
    package var filename: String?
    package var width: Int?
    package var height: Int?
    /// Videos and sounds.
    package var seconds: Int?
    /// A small JPEG, of a sticker PNG, best under 10 KB since it travels inside the message.
    package var thumbnail: [UInt8]?
    /// Voice notes: the loudness of 64 parts, 0 to 100.
    package var waveform: [UInt8]?
    /// Documents.
    package var pageCount: Int?
    /// Stickers.
    package var isAnimated: Bool
    package var context: MessageContext

    package init(
        kind: MediaKind, reference: MediaReference, mimetype: String, caption: String? = nil, filename: String? = nil,
        width: Int? = nil, height: Int? = nil, seconds: Int? = nil, thumbnail: [UInt8]? = nil,
        waveform: [UInt8]? = nil, pageCount: Int? = nil, sidecar: [UInt8]? = nil, isAnimated: Bool = false,
        context: MessageContext = .none
    ) {
        self.kind = kind
        self.reference = reference
        self.mimetype = mimetype
        self.caption = caption
        self.filename = filename
        self.width = width
        self.height = height
        self.seconds = seconds
        self.thumbnail = thumbnail
        self.waveform = waveform
        self.pageCount = pageCount
        if let sidecar { self.reference.sidecar = sidecar }
        self.isAnimated = isAnimated
        self.context = context
    }

    /// Videos and sounds; it belongs to the encrypted file.
    package var sidecar: [UInt8]? {
        get { reference.sidecar }
        set { reference.sidecar = newValue }
    }
}
