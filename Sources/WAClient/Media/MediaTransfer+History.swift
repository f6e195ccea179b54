import Logging
import NIOCore
import WACrypto
import WAProtocol

extension MediaTransfer {
    /// Fetches a blob of history into a file without a name, decrypted and checked; nil when no host has it any more.
    ///
    /// Throws `MediaError.corrupted` when it is not what the reference says, `tooLarge` beyond the limit, `unavailable`
    /// when no host answers usefully.
    func historyFile(_ reference: MediaReference, maximumByteCount: Int) async throws -> SpoolFile? {
        var failure = MediaError.unavailable
        for round in 0..<Self.rounds {
            try await pause(before: round)
            var goneAt = 0
            let all = try await hosts.connection(ask: askForHosts).hosts
            for host in all {
                let url = MediaAddress.download(
                    host: host.name, directPath: reference.directPath, fileEncSHA256: reference.fileEncSHA256,
                    hostType: "md-msg-hist")
                do {
                    let response = try await http.execute(
                        MediaHTTPRequest(url: url, headers: [("Origin", "https://web.whatsapp.com")], body: .none))
                    switch response.status {
                    case 200: return try await open(response, reference, maximumByteCount)
                    case 403, 404, 410: goneAt += 1
                    default: failure = .refused(status: response.status)
                    }
                } catch let error as MediaError {
                    throw error
                } catch is CryptoError {
                    throw MediaError.corrupted
                } catch {
                    try Task.checkCancellation()
                    environment.logger.debug("a media host failed", metadata: ["host": "\(host.name)", "error": "\(error)"])
                }
            }
            if goneAt > 0, goneAt == all.count { return nil }
        }
        throw failure
    }

    private func open(
        _ response: MediaHTTPResponse, _ reference: MediaReference, _ maximumByteCount: Int
    ) async throws -> SpoolFile {
        var decryptor = try MediaCipher.Decryptor(
            keys: MediaKeys(mediaKey: reference.mediaKey, purpose: .history), fileSHA256: reference.fileSHA256,
            encryptedFileSHA256: reference.fileEncSHA256)
        return try await SpoolFile.filled(in: spoolFolder) { append in
            var left = maximumByteCount
            for try await piece in response.body {
                left -= piece.readableBytes
                guard left >= 0 else { throw MediaError.tooLarge }
                try append(decryptor.update([UInt8](piece.readableBytesView)))
            }
            try append(decryptor.finish().tail)
        }
    }
}
