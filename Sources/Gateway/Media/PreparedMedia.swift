import Foundation
import WAProtocol

/// An uploaded file: where it lies, and what is said of it in a message. Kept as JSON; fields may be added, never renamed.
struct PreparedMedia: Sendable, Equatable, Codable {
    var reference: MediaReference
    /// Of a file whose bytes are of the one type such a message has, also when it was called something else.
    var mimetype: String?
    var facts: MediaFacts
}

extension OutgoingMedia {
    /// The message as the protocol knows it, once its file is uploaded.
    func content(_ prepared: PreparedMedia) -> MediaContent {
        let facts = prepared.facts
        let people = mentions.compactMap { (try? ChatID(parsing: $0))?.jid }
        return MediaContent(
            kind: kind.mediaKind, reference: prepared.reference,
            mimetype: prepared.mimetype ?? mimetype ?? kind.defaultMimetype, caption: caption,
            filename: kind == .document ? filename ?? "file" : nil, width: facts.width, height: facts.height,
            seconds: facts.seconds, thumbnail: facts.thumbnail.map { [UInt8]($0) },
            waveform: facts.waveform.map { [UInt8]($0) }, sidecar: prepared.reference.sidecar,
            isAnimated: facts.isAnimated, context: MessageContext(mentions: people))
    }
}

extension OutgoingMedia.Kind {
    var mediaKind: MediaKind {
        switch self {
        case .image: .image
        case .video: .video
        case .audio: .audio
        case .voice: .voice
        case .document: .document
        case .sticker: .sticker
        }
    }
}
