import Gateway
import Hummingbird
import NIOCore
import StrictJSON
import Synchronization

/// Reads the bodies of media routes as they come: files go to the spool window by window, the rest is small and kept.
///
/// The largest body follows from the largest file: base64 grows it by a third, and 1 MiB is for everything else (contract 10.8).
/// The budget counts what is in memory, which is never the file.
struct MediaBodyReader: Sendable {
    let spool: MediaSpool
    let budget: BodyBudget
    let maximumByteCount: Int

    /// What is not a file: a batch of 100 long texts with their variables fits several times.
    private static let maximumKeptByteCount = 4 << 20

    init(spool: MediaSpool, budget: BodyBudget) {
        self.spool = spool
        self.budget = budget
        maximumByteCount = Self.maximumByteCount(forFilesOf: spool.maximumByteCount)
    }

    static func maximumByteCount(forFilesOf byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 + (1 << 20) }

    /// The routes whose bodies may hold files, by the last part of their path.
    private static let routes: Set<Substring> = [
        "send-image", "send-video", "send-audio", "send-document", "send-sticker", "send-bulk",
    ]

    /// Whether a request target is one of a media route.
    static func isMedia(_ uri: String) -> Bool {
        let path = uri.prefix { $0 != "?" }
        return path.split(separator: "/").last.map(routes.contains) ?? false
    }

    /// Files of a request, released when it ends.
    final class Files: Sendable {
        private let spool: MediaSpool
        private let ids: Mutex<[String]> = Mutex([])

        init(spool: MediaSpool) { self.spool = spool }

        fileprivate func add(_ id: String) { ids.withLock { $0.append(id) } }

        /// Removes what nothing has adopted.
        func release() {
            for id in ids.withLock({ $0 }) { spool.release(id) }
        }
    }

    /// - Parameter reservation: The part of the budget that is held until `budget.release`.
    /// - Throws: `APIError`, `GatewayError.mediaTooLarge`, `.storageFull`.
    func read(_ request: Request, into held: Files, reservation: inout Int) async throws -> RequestContent {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw APIError.unsupportedEncoding("unsupported content encoding \"\(encoding.prefix(40))\"")
        }
        let declared = request.headers[.contentLength].flatMap(Int.init)
        if declared == 0 || (declared == nil && request.headers[.transferEncoding] == nil) { return .empty }
        guard let header = request.headers[.contentType] else { return .empty }
        let type = MediaTypeHeader(header)
        guard type.isUTF8 else { throw APIError.unsupportedEncoding("unsupported charset \"\(type.charset ?? "")\"") }
        let origin: MediaOrigin = type.name == "multipart/form-data" ? .upload : .base64
        guard declared ?? 0 <= maximumByteCount else {
            throw GatewayError.mediaTooLarge(origin, limit: spool.maximumByteCount)
        }
        switch type.name {
        case "application/json":
            var extractor = MediaExtractor(spool: spool)
            defer { hold(extractor.files, held) }
            try await pieces(of: request, origin, declared) { bytes in
                do {
                    try extractor.feed(bytes)
                } catch let error as JSONReadingError {
                    throw APIError.malformedBody(error.description)
                }
                return extractor.kept.count
            } reserve: {
                try reserve($0, &reservation)
            }
            return try await finished(extractor)
        case "multipart/form-data":
            guard var reader = MultipartReader(contentType: header, spool: spool) else {
                throw APIError.malformedBody("Multipart: Boundary not found")
            }
            defer { hold(reader.files.map(\.writer), held) }
            try await pieces(of: request, origin, declared) { bytes in
                try reader.feed(bytes)
                return 0
            } reserve: {
                try reserve($0, &reservation)
            }
            try reader.finish()
            let files = try await finish(reader.files)
            return .formWithMedia(reader.fields, files)
        case "application/x-www-form-urlencoded":
            var extractor = FormExtractor(spool: spool)
            defer { hold(extractor.files, held) }
            try await pieces(of: request, origin, declared) { bytes in
                try extractor.feed(bytes)
                return extractor.kept.count
            } reserve: {
                try reserve($0, &reservation)
            }
            try extractor.finish()
            let fields = try FormFields(parsing: String(decoding: extractor.kept, as: UTF8.self))
            return .formWithMedia(fields, try await finish(extractor.files.map { ($0, .base64) }))
        default:
            return .empty
        }
    }

    // MARK: - Parts

    private func pieces(
        of request: Request, _ origin: MediaOrigin, _ declared: Int?, _ take: (UnsafeRawBufferPointer) throws -> Int,
        reserve: (Int) throws -> Void
    ) async throws {
        var iterator = request.body.makeAsyncIterator()
        var byteCount = 0
        while true {
            let next: ByteBuffer?
            do { next = try await iterator.next() } catch { throw APIError.bodyIncomplete }
            guard let piece = next else { break }
            byteCount += piece.readableBytes
            guard byteCount <= maximumByteCount else {
                throw GatewayError.mediaTooLarge(origin, limit: spool.maximumByteCount)
            }
            let kept = try piece.withUnsafeReadableBytes(take)
            guard kept <= Self.maximumKeptByteCount else { throw APIError.bodyTooLarge }
            try reserve(kept)
        }
        if let declared, byteCount != declared { throw APIError.bodyIncomplete }
    }

    private func reserve(_ count: Int, _ reservation: inout Int) throws(APIError) {
        let more = count - reservation
        guard more > 0 else { return }
        // Media routes look at the key first.
        guard budget.reserve(more, hasKey: true) else { throw .bodyBudgetSpent }
        reservation += more
    }

    private func hold(_ writers: [SpoolWriter], _ held: Files) {
        for writer in writers { held.add(writer.id) }
    }

    private func finished(_ extractor: MediaExtractor) async throws -> RequestContent {
        let value: JSONValue
        do throws(JSONReadingError) {
            value = try JSONReader.read(extractor.kept)
        } catch {
            throw APIError.malformedBody(error.description)
        }
        switch value {
        case .object, .array: break
        default: throw APIError.malformedBody("JSON body must be an object")
        }
        return .jsonWithMedia(value, try await finish(extractor.files.map { ($0, .base64) }))
    }

    /// Syncs all files; a disk does several at once faster than one after another.
    private func finish(_ writers: [(SpoolWriter, MediaOrigin)]) async throws -> [ReceivedMedia] {
        if writers.isEmpty { return [] }
        return try await withThrowingTaskGroup(of: (Int, SpooledMedia).self) { group in
            for (index, (writer, _)) in writers.enumerated() { group.addTask { (index, try await writer.finish()) } }
            var files: [Int: SpooledMedia] = [:]
            for try await (index, file) in group { files[index] = file }
            return writers.indices.compactMap { index in
                files[index].map { ReceivedMedia(file: $0, origin: writers[index].1) }
            }
        }
    }
}
