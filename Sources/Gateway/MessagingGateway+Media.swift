import Foundation
import NIOCore

extension MessagingGateway {
    /// Whether the session takes sends; asked before a send's media is looked at (contract 3.2).
    ///
    /// - Throws: `GatewayError.sessionNotActive`, `.sessionNotConnected`.
    package func checkSends(session idOrName: String) throws(GatewayError) {
        guard let session = directory[idOrName] else { throw .sessionNotActive(idOrName) }
        switch session.lifecycle.sendGate {
        case .open: break
        case .notActive: throw .sessionNotActive(idOrName)
        case .notLinked: throw .sessionNotConnected
        }
    }

    /// Whether thumbnails, durations and conversions can be made here.
    package var hasMediaTool: Bool { mediaTool != nil }

    /// Lends a message whose file, if it has one, is in the spool; it stays there once `accept` has stored a row for it.
    ///
    /// A file at a URL is fetched first, so that whatever is accepted is on disk.
    ///
    /// - Throws: `GatewayError.destination`, `.mediaTooLarge`, `.mediaEmpty`, `.storageFull`, and what `accept` throws.
    func withFile<R>(
        of content: OutgoingMessage, _ accept: (OutgoingMessage) async throws -> R
    ) async throws -> R {
        guard var media = content.media else { return try await accept(content) }
        var fetched: String?
        do {
            if media.file == nil {
                media = try await fetchFile(of: media)
                fetched = media.file?.id
            } else if media.mimetype == nil, let id = media.file?.id {
                media.mimetype = mimetype(of: mediaSpool.path(of: id), said: nil, kind: media.kind)
            }
            let result = try await accept(content.replacingMedia(with: media))
            if let id = media.file?.id { mediaSpool.adopt(id) }
            return result
        } catch {
            if let fetched { mediaSpool.release(fetched) }
            throw error
        }
    }

    private func fetchFile(of media: OutgoingMedia) async throws -> OutgoingMedia {
        guard let text = media.url else { throw GatewayError.mediaSourceMissing }
        let writer = try mediaSpool.open(.url)
        do {
            let head = try await fetch.fetch(
                try WebURL(parsing: text),
                limits: GuardedFetch.Limits(
                    byteCount: mediaSpool.maximumByteCount, timeout: configuration.mediaFetchTimeout, redirects: 3)
            ) { piece in
                try piece.withUnsafeReadableBytes { try writer.write($0) }
            }
            let file = try await writer.finish()
            guard file.byteCount > 0 else { throw GatewayError.mediaEmpty(source: "url") }
            var media = media
            media.file = OutgoingMedia.File(file)
            // A sticker's type is what the server says (contract 3.4); of all others the caller's word comes first.
            let said = media.kind == .sticker ? head.contentType ?? media.mimetype : media.mimetype ?? head.contentType
            media.mimetype = mimetype(of: file.path, said: said, kind: media.kind)
            if media.kind == .document, media.filename == nil { media.filename = head.url.lastPathComponent }
            return media
        } catch {
            mediaSpool.release(writer.id)
            throw (error as? DestinationError).map(GatewayError.destination) ?? error
        }
    }

    /// What was said, unless that says nothing; else what the bytes say; else what such a message usually holds.
    private func mimetype(of path: String, said: String?, kind: OutgoingMedia.Kind) -> String {
        if let said, !MediaType.isVague(said) { return said }
        return MediaType.sniff(MediaExaminer.prefix(of: path)) ?? kind.defaultMimetype
    }
}
