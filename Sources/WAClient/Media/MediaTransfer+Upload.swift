import Logging
import WACrypto
import WAProtocol

extension MediaTransfer {
    /// Encrypts the file and uploads it.
    func upload(_ file: MediaFile, kind: MediaKind) async throws -> MediaReference {
        guard file.byteCount <= Self.maximumByteCount else { throw MediaError.tooLarge }
        let encrypted = try await EncryptedFile.encrypt(file, kind: kind, spoolFolder: spoolFolder)
        let keyTimestampSeconds = environment.nowSeconds
        let (directPath, url) = try await store(encrypted, kind: kind)
        return MediaReference(
            directPath: directPath, url: url, mediaKey: encrypted.mediaKey, fileSHA256: encrypted.summary.fileSHA256,
            fileEncSHA256: encrypted.summary.encryptedFileSHA256, byteCount: file.byteCount,
            keyTimestampSeconds: keyTimestampSeconds, sidecar: kind.isStreamed ? encrypted.summary.sidecar : nil)
    }

    private typealias Place = (directPath: String, url: String?)

    /// Goes from host to host, round after round.
    private func store(_ file: EncryptedFile, kind: MediaKind) async throws -> Place {
        var worthless: MediaConnection?
        for round in 0..<Self.rounds {
            try await pause(before: round)
            let connection = try await hosts.connection(insteadOf: worthless, ask: askForHosts)
            let willing = connection.hosts.filter { $0.maximumByteCount ?? .max >= file.spool.byteCount }
            guard !willing.isEmpty else { throw MediaError.tooLarge }
            trying: for host in willing {
                switch try await store(file, kind: kind, at: host.name, auth: connection.auth) {
                case .stored(let directPath, let url): return (directPath, url)
                case .refused(let status): throw MediaError.refused(status: status)
                case .unauthorised:
                    worthless = connection
                    break trying
                case .partly, .tryAgain: continue
                }
            }
        }
        throw MediaError.unavailable
    }

    private func store(
        _ file: EncryptedFile, kind: MediaKind, at host: String, auth: String
    ) async throws -> UploadReply {
        var step = MediaAddress.UploadStep.whole
        if file.spool.byteCount >= resumeByteCount {
            switch try await post(file, kind: kind, at: host, auth: auth, .ask) {
            case .stored(let directPath, let url): return .stored(directPath: directPath, url: url)
            case .partly(let offset) where offset < file.spool.byteCount: step = .from(offset)
            case .unauthorised: return .unauthorised
            // Whoever cannot tell gets all of it.
            case .partly, .tryAgain, .refused: break
            }
        }
        return try await post(file, kind: kind, at: host, auth: auth, step)
    }

    /// A host that cannot be reached answers `tryAgain`.
    private func post(
        _ file: EncryptedFile, kind: MediaKind, at host: String, auth: String, _ step: MediaAddress.UploadStep
    ) async throws -> UploadReply {
        let start =
            switch step {
            case .whole: 0
            case .ask: file.spool.byteCount
            case .from(let offset): offset
            }
        let url = MediaAddress.upload(
            host: host, kind: kind, fileEncSHA256: file.summary.encryptedFileSHA256, auth: auth, step: step)
        do {
            let response = try await http.execute(
                MediaHTTPRequest(url: url, headers: Self.headers, body: .file(file.spool, from: start)))
            let body = try await response.bytes(atMost: UploadReply.maximumBodyByteCount)
            return UploadReply(status: response.status, body: body)
        } catch let error as MediaError {
            throw error
        } catch {
            try Task.checkCancellation()
            environment.logger.debug("a media host failed", metadata: ["host": "\(host)", "error": "\(error)"])
            return .tryAgain
        }
    }
}
