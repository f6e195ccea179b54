import Logging
import WACrypto
import WAProto
import WAProtocol

extension MediaTransfer {
    /// Fetches a blob of app state, which lies on the media hosts like a file, and opens it in memory.
    ///
    /// Throws `MediaError.corrupted` when it is not what the reference says, `refused` with the host's status when it is
    /// gone, `tooLarge` beyond the limit.
    func appStateBlob(_ blob: WASyncdExternalBlobReference, maximumByteCount: Int) async throws -> [UInt8] {
        let keys = try MediaKeys(mediaKey: [UInt8](blob.mediaKey), purpose: .appState)
        var failure = MediaError.unavailable
        for round in 0..<Self.rounds {
            try await pause(before: round)
            for host in try await hosts.connection(ask: askForHosts).hosts {
                let url = MediaAddress.download(
                    host: host.name, directPath: blob.directPath, fileEncSHA256: [UInt8](blob.fileEncSha256),
                    hostType: "md-app-state")
                do {
                    let response = try await http.execute(MediaHTTPRequest(url: url, headers: [], body: .none))
                    guard response.status == 200 else {
                        failure = .refused(status: response.status)
                        continue
                    }
                    let file = try await response.bytes(atMost: maximumByteCount + 1)
                    guard file.count <= maximumByteCount else { throw MediaError.tooLarge }
                    return try MediaCipher.decrypt(
                        file, keys: keys, fileSHA256: [UInt8](blob.fileSha256),
                        encryptedFileSHA256: [UInt8](blob.fileEncSha256))
                } catch let error as MediaError {
                    throw error
                } catch is CryptoError {
                    throw MediaError.corrupted
                } catch {
                    try Task.checkCancellation()
                    environment.logger.debug("a media host failed", metadata: ["host": "\(host.name)", "error": "\(error)"])
                }
            }
            if case .refused(let status) = failure, status < 500 { break }
        }
        throw failure
    }
}
