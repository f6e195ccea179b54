package import WACrypto

/// What a media message is to people; it decides which field of the message carries it and how its file is encrypted.
package enum MediaKind: String, Sendable, CaseIterable {
    case image, video
    /// A silent, looping video.
    case gif
    case audio
    /// A voice note.
    case voice
    case document, sticker

    /// The purpose in the key derivation: stickers share the images', GIFs the videos', voice notes the sounds'.
    package var purpose: MediaKeys.Purpose {
        switch self {
        case .image, .sticker: .image
        case .video, .gif: .video
        case .audio, .voice: .audio
        case .document: .document
        }
    }

    /// The name of the type on media hosts: `/mms/<type>` and `mms-type=<type>`. Source: protocol reference 7.2.
    package var hostType: String {
        switch self {
        case .image, .sticker: "image"
        case .video, .gif: "video"
        case .audio, .voice: "audio"
        case .document: "document"
        }
    }

    /// Whether players read it piece by piece, so that a sidecar helps them.
    package var isStreamed: Bool {
        switch self {
        case .video, .gif, .audio, .voice: true
        case .image, .document, .sticker: false
        }
    }
}
