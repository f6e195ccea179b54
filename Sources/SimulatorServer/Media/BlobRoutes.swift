import Foundation
import NIOCore
import NIOHTTP1
import WASimulator

/// What a media server answers. Reference 7.3 and 7.4.
///
/// ```
/// POST /mms/<type>/<token>?auth=…&token=…                  the whole file → 200 {url, direct_path, handle, object_id}
/// POST /newsletter/newsletter-<type>/<token>?…             the same, not encrypted; also /product/image and others
/// POST …&resume=1                     (empty body)         → {"resume": "complete", url, direct_path} or {"resume": "<offset>"}
/// POST …&file_offset=<n>              the bytes behind n   → as for the whole file
/// GET  <direct path>                  with Range or without
/// DELETE <direct path>                by whoever has read a chunk of history
/// ```
/// `token` is the base64url of the file's SHA-256. 401: another `auth`; 400: bytes with another hash; 413: too large.
struct BlobRoutes: Sendable {
    let store: BlobStore
    let host: SimulatorHost
    /// `host:port`, for the URLs in answers.
    let authority: String

    @concurrent
    func respond(to exchange: HTTPExchange) async throws {
        switch exchange.head.method {
        case .POST, .PUT: try await upload(exchange)
        case .GET, .HEAD: try await download(exchange)
        case .DELETE: try await delete(exchange)
        default: try await exchange.answer(.methodNotAllowed)
        }
    }

    // MARK: - Uploads

    /// What an upload is about, as its address says.
    private struct Upload {
        let type: String
        let name: String
        let offset: Int?
        let isQuery: Bool
    }

    private enum Refusal: Error { case answer(HTTPResponseStatus, String) }

    private func upload(of target: RequestTarget) throws(Refusal) -> Upload {
        let parts = target.path.split(separator: "/")
        guard parts.count == 3, MediaPath.isUploadPlace(parts[0], parts[1]) else {
            throw .answer(.notFound, "no such type of media")
        }
        guard let name = MediaPath.name(ofToken: parts[2]),
            target["token"].flatMap({ MediaPath.name(ofToken: $0) }) == name
        else { throw .answer(.badRequest, "token is not the base64url of a SHA-256, or differs from the path") }
        var offset: Int?
        if let text = target["file_offset"] {
            guard let value = Int(text), value >= 0 else { throw .answer(.badRequest, "file_offset is no number") }
            offset = value
        }
        return Upload(type: String(parts[1]), name: name, offset: offset, isQuery: target["resume"] == "1")
    }

    @concurrent
    private func upload(_ exchange: HTTPExchange) async throws {
        let target = RequestTarget(exchange.head.uri)
        do {
            let upload = try upload(of: target)
            let authorization = await host.drive { server, _ in server.mediaAuthorization }
            guard target["auth"]?.removingPercentEncoding == authorization else {
                throw Refusal.answer(.unauthorized, "another auth is needed")
            }
            if upload.isQuery { return try await answerQuery(upload, exchange) }
            try await receive(upload, exchange)
        } catch let Refusal.answer(status, text) {
            store.refusedUpload()
            try await answer(["error": text], status, exchange)
        }
    }

    @concurrent
    private func answerQuery(_ upload: Upload, _ exchange: HTTPExchange) async throws {
        let partByteCount = store.partByteCount(of: upload.name)
        if let blob = store[upload.name], blob.expiredStatus == nil {
            try await answer(description(of: blob).merging(["resume": "complete"]) { $1 }, .ok, exchange)
        } else {
            try await answer(["resume": String(partByteCount)], .ok, exchange)
        }
    }

    @concurrent
    private func receive(_ upload: Upload, _ exchange: HTTPExchange) async throws {
        let failure = store.takeUploadFailure()
        if case .status(let status)? = failure {
            while try await exchange.nextBody() != nil {}
            throw Refusal.answer(HTTPResponseStatus(statusCode: status), "a failure on purpose")
        }
        var writer = try writer(for: upload)
        do {
            while let bytes = try await exchange.nextBody() {
                guard writer.byteCount + bytes.readableBytes <= BlobStore.blobByteLimit else {
                    _ = try writer.close()
                    try? FileManager.default.removeItem(atPath: writer.path)
                    throw Refusal.answer(.payloadTooLarge, "the file is too large")
                }
                try writer.append([UInt8](bytes.readableBytesView))
                if case .cut(let limit)? = failure, writer.byteCount >= limit { throw ChannelError.inputClosed }
            }
        } catch  where !(error is Refusal) {
            // Whoever comes back may go on from here.
            let byteCount = try writer.close().byteCount
            store.keep(BlobStore.Part(path: writer.path, byteCount: byteCount), of: upload.name)
            throw error
        }
        let (digest, byteCount) = try writer.close()
        guard MediaPath.base64url(digest) == upload.name else {
            try? FileManager.default.removeItem(atPath: writer.path)
            throw Refusal.answer(.badRequest, "the bytes do not have the hash that the token names")
        }
        let blob = store.keep(
            .init(name: upload.name, type: upload.type, byteCount: byteCount, path: writer.path),
            isResumed: upload.offset ?? 0 > 0)
        try await answer(description(of: blob), .ok, exchange)
    }

    private func writer(for upload: Upload) throws -> BlobWriter {
        guard let offset = upload.offset, offset > 0 else { return try BlobWriter(path: store.newPath()) }
        guard let part = store.takePart(of: upload.name) else {
            throw Refusal.answer(.conflict, "there is nothing to go on from")
        }
        guard offset <= part.byteCount else {
            store.keep(part, of: upload.name)
            throw Refusal.answer(.conflict, "file_offset is behind what was received")
        }
        return try BlobWriter(continuing: part, at: offset)
    }

    private func description(of blob: BlobStore.Blob) -> [String: String] {
        let directPath = MediaPath.directPath(of: blob.name, type: blob.type)
        return [
            "url": MediaPath.url(of: directPath, at: authority), "direct_path": directPath,
            "handle": Data(blob.name.utf8).base64EncodedString(), "object_id": String(blob.name.prefix(16)),
        ]
    }

    @concurrent
    private func answer(
        _ fields: [String: String], _ status: HTTPResponseStatus, _ exchange: HTTPExchange
    ) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try await exchange.answer(
            status, ["Content-Type": "application/json"], ByteBuffer(bytes: try encoder.encode(fields)))
    }

    // MARK: - Downloads

    @concurrent
    private func download(_ exchange: HTTPExchange) async throws {
        let name = MediaPath.name(of: exchange.head.uri)
        if let status = store.takeDownloadFailure() {
            store.refusedDownload()
            return try await exchange.answer(HTTPResponseStatus(statusCode: status))
        }
        if store[name] == nil, let made = await host.drive({ server, _ in server.historyFile(named: name) }) {
            return try await send(made, name, exchange)
        }
        guard let blob = store[name], blob.expiredStatus == nil,
            let file = FileHandle(forReadingAtPath: blob.path)
        else {
            store.refusedDownload()
            return try await exchange.answer(HTTPResponseStatus(statusCode: store[name]?.expiredStatus ?? 404))
        }
        defer { try? file.close() }
        var headers: HTTPHeaders = ["Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"]
        var range = 0..<blob.byteCount
        var status = HTTPResponseStatus.ok
        if let wanted = exchange.head.headers.first(name: "Range") {
            guard let part = ByteRange.parse(wanted, of: blob.byteCount) else {
                headers.add(name: "Content-Range", value: "bytes */\(blob.byteCount)")
                return try await exchange.answer(.rangeNotSatisfiable, headers)
            }
            range = part
            status = .partialContent
            headers.add(
                name: "Content-Range", value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(blob.byteCount)")
        }
        try await exchange.begin(status, headers, byteCount: range.count)
        guard exchange.head.method != .HEAD else { return try await exchange.end() }
        try file.seek(toOffset: UInt64(range.lowerBound))
        var left = range.count
        while left > 0, let bytes = try file.read(upToCount: min(left, 65_536)), !bytes.isEmpty {
            left -= bytes.count
            try await exchange.write(ByteBuffer(bytes: bytes))
        }
        try await exchange.end()
        store.downloaded(name)
    }

    /// A small file of somebody's past, which is made when it is asked for.
    @concurrent
    private func send(
        _ made: Result<[UInt8], DownloadRefusal>, _ name: String, _ exchange: HTTPExchange
    ) async throws {
        switch made {
        case .success(let bytes):
            try await exchange.answer(
                .ok, ["Content-Type": "application/octet-stream"], ByteBuffer(bytes: bytes))
            store.downloaded(name)
        case .failure(let refusal):
            store.refusedDownload()
            try await exchange.answer(HTTPResponseStatus(statusCode: refusal.status))
        }
    }

    /// History blobs are deleted by the client that has read them.
    @concurrent
    private func delete(_ exchange: HTTPExchange) async throws {
        let wasThere = store.remove(MediaPath.name(of: exchange.head.uri))
        try await exchange.answer(wasThere ? .ok : .notFound)
    }
}

/// A `Range` header with one range of bytes (RFC 9110, 14.1.2).
enum ByteRange {
    /// nil when there is no such part of the file.
    static func parse(_ header: String, of byteCount: Int) -> Range<Int>? {
        guard header.hasPrefix("bytes=") else { return nil }
        let sides = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        if sides[0].isEmpty {
            guard let count = Int(sides[1]), count > 0, byteCount > 0 else { return nil }
            return max(0, byteCount - count)..<byteCount
        }
        guard let first = Int(sides[0]), first >= 0, first < byteCount else { return nil }
        guard !sides[1].isEmpty else { return first..<byteCount }
        guard let last = Int(sides[1]), last >= first else { return nil }
        return first..<min(last, byteCount - 1) + 1
    }
}
