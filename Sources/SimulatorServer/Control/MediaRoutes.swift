import Hummingbird
import NIOCore
import WASimulator

/// The files of messages, and the media server behind them: what it counts, what goes wrong on purpose.
struct MediaRoutes {
    let simulator: RunningSimulator
    private var host: SimulatorHost { simulator.host }
    private var store: BlobStore { simulator.media.store }

    init(simulator: RunningSimulator) {
        self.simulator = simulator
    }

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/inbox/:id/media") { [host, store] request, context in
            let address = try request.device(context)
            let id = try context.parameters.require("id")
            let limit = try request.wait(default: 30)
            try await host.drive { server, _ in try server.downloadMedia(of: id, on: address) }
            let message = await host.firstValue(within: limit) { server in
                (try? server.inboxMessage(id, of: address)).flatMap { $0.media == .downloading ? nil : $0 }
            }
            guard let message, message.media == .downloaded, let media = message.content.media else {
                var reason = "is still being downloaded"
                if case .failed(let failure) = message?.media { reason = failure.rawValue }
                throw ControlError(
                    status: .conflict, error: "mediaFailed", message: "The file of message \(id): \(reason).")
            }
            return Self.response(for: media, from: store)
        }
        router.get("sites/:host/**") { [sites = simulator.sites] _, context in
            let host = try context.parameters.require("host")
            let path = "/" + context.parameters.getCatchAll().joined(separator: "/")
            guard sites.contains(where: { $0.host == host }), let page = PlaygroundSites.pages[path] else {
                throw ControlError(status: .notFound, error: "unknownPage", message: "The playground has no such page.")
            }
            return Response(
                status: .ok, headers: [.contentType: page.type], body: .init(byteBuffer: ByteBuffer(bytes: page.body)))
        }
        router.get("media") { [simulator] _, _ in MediaServerModel(simulator.media) }
        router.post("media/expire") { [store] request, context in
            let wanted = try await request.decode(as: Expiry.self, context: context)
            let status = wanted.status ?? 410
            guard [403, 404, 410].contains(status) else {
                throw ControlError.badRequest("status must be 403, 404 or 410.")
            }
            let count = store.expire(directPath: wanted.directPath, status: status)
            guard count > 0 || wanted.directPath == nil else {
                throw ControlError(status: .notFound, error: "unknownFile", message: "There is no such file.")
            }
            return ExpiredCount(expired: count)
        }
        router.post("media/spoil") { [store] request, context in
            let wanted = try await request.decode(as: SpoilRequest.self, context: context)
            guard let how = BlobStore.Spoiling(rawValue: wanted.how ?? "hash") else {
                throw ControlError.badRequest("how must be hash or truncated.")
            }
            guard store.spoil(directPath: wanted.directPath, how) else {
                throw ControlError(status: .notFound, error: "unknownFile", message: "There is no such file.")
            }
            return Response(status: .noContent)
        }
        router.put("media/failures") { [store] request, context in
            let wanted = try await request.decode(as: Failures.self, context: context)
            let status = wanted.status ?? 503
            guard (400...599).contains(status) else { throw ControlError.badRequest("status must be from 400 to 599.") }
            store.failUploads(
                wanted.uploads ?? 0, wanted.cutAfterByteCount.map { .cut(afterByteCount: $0) } ?? .status(status))
            store.failDownloads(wanted.downloads ?? 0, status: status)
            return Response(status: .noContent)
        }
        router.post("media/renew-authorization") { [host] _, _ in
            await host.drive { server, _ in server.renewMediaAuthorization() }
            return Response(status: .noContent)
        }
    }

    /// The plaintext in pieces. The file was found good before; if the store has dropped it since, the answer breaks off.
    private static func response(for media: ShownMedia, from store: BlobStore) -> Response {
        Response(
            status: .ok, headers: [.contentType: media.mimetype],
            body: .init(contentLength: media.file.byteCount) { writer in
                var plaintext = try MediaPlaintext(of: media.file, in: store, includingExpired: true)
                while let piece = try plaintext.next() { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            })
    }

    struct Expiry: Decodable {
        /// All files when absent.
        let directPath: String?
        /// 403, 404 or 410 (the default).
        let status: Int?
    }

    struct SpoilRequest: Decodable {
        let directPath: String
        /// `hash` (when absent) or `truncated`.
        let how: String?
    }

    struct ExpiredCount: ResponseEncodable {
        let expired: Int
    }

    struct Failures: Decodable {
        /// So many uploads fail from now on.
        let uploads: Int?
        /// So many downloads.
        let downloads: Int?
        /// With this status; 503 when absent.
        let status: Int?
        /// Uploads are not answered but cut after so many bytes.
        let cutAfterByteCount: Int?
    }
}

/// The media server: what it counted, and the files it keeps.
struct MediaServerModel: ResponseEncodable {
    struct File: Encodable {
        let directPath: String
        let type: String
        /// Of the encrypted file.
        let byteCount: Int
        let downloads: Int
        let isExpired: Bool
    }

    let host: String
    let counts: BlobStore.Counts
    let files: [File]

    init(_ media: MediaServer) {
        host = media.host
        counts = media.store.counts
        files = media.store.blobs.map { blob in
            File(
                directPath: MediaPath.directPath(of: blob.name, type: blob.type), type: blob.type,
                byteCount: blob.byteCount, downloads: blob.downloads, isExpired: blob.expiredStatus != nil)
        }
    }
}
