import Logging
import NIOCore
import WACrypto
import WAProtocol

extension MediaTransfer {
    /// What one host gave.
    private enum Fetched {
        case complete, gone, tryAgain, corrupted
        case refused(Int)
    }

    /// Fetches a file, decrypts and checks it, and puts it at a path in one step; until then nothing is there.
    ///
    /// The path's folder must exist. A file of more than `maximumByteCount` is not begun.
    func download(
        _ reference: MediaReference, kind: MediaKind, to path: String, maximumByteCount: Int = Self.maximumByteCount
    ) async throws -> MediaDownload {
        guard reference.byteCount <= min(maximumByteCount, Self.maximumByteCount) else { throw MediaError.tooLarge }
        for round in 0..<Self.rounds {
            try await pause(before: round)
            var worst = Fetched.tryAgain
            // While one host may still have it, it is not gone.
            var mayBeThere = false
            for host in try await hosts.connection(ask: askForHosts).hosts {
                switch try await fetch(reference, kind: kind, from: host.name, to: path) {
                case .complete: return .complete
                case .tryAgain: mayBeThere = true
                case let final: worst = final
                }
            }
            switch worst {
            case .gone where !mayBeThere: return .expired
            case .corrupted: throw MediaError.corrupted
            case .refused(let status): throw MediaError.refused(status: status)
            case .complete, .tryAgain, .gone: continue
            }
        }
        throw MediaError.unavailable
    }

    private func fetch(
        _ reference: MediaReference, kind: MediaKind, from host: String, to path: String
    ) async throws -> Fetched {
        let url = MediaAddress.download(host: host, reference, kind: kind)
        do {
            let response = try await http.execute(
                MediaHTTPRequest(url: url, headers: [("Origin", "https://web.whatsapp.com")], body: .none))
            switch response.status {
            case 200: return try await receive(response, reference, kind: kind, to: path)
            case 403, 404, 410: return .gone
            case 408, 429, 500...: return .tryAgain
            default: return .refused(response.status)
            }
        } catch let error as MediaError {
            throw error
        } catch is CryptoError {
            return .corrupted
        } catch {
            try Task.checkCancellation()
            environment.logger.debug("a media host failed", metadata: ["host": "\(host)", "error": "\(error)"])
            return .tryAgain
        }
    }

    private func receive(
        _ response: MediaHTTPResponse, _ reference: MediaReference, kind: MediaKind, to path: String
    ) async throws -> Fetched {
        var decryptor = try MediaCipher.Decryptor(
            keys: MediaKeys(mediaKey: reference.mediaKey, purpose: kind.purpose), fileSHA256: reference.fileSHA256,
            encryptedFileSHA256: reference.fileEncSHA256)
        let file = try PartialFile(for: path)
        var left = Self.encryptedByteCount(of: reference.byteCount)
        for try await piece in response.body {
            left -= piece.readableBytes
            guard left >= 0 else { return .corrupted }
            try file.append(decryptor.update([UInt8](piece.readableBytesView)))
        }
        guard left == 0 else { return .tryAgain }
        try file.append(decryptor.finish().tail)
        guard file.byteCount == reference.byteCount else { return .corrupted }
        try await file.moveIntoPlace()
        return .complete
    }

    /// Whole blocks with at least one byte of padding, then the MAC.
    private static func encryptedByteCount(of byteCount: Int) -> Int {
        (byteCount / AESCBC.blockByteCount + 1) * AESCBC.blockByteCount + MediaCipher.macByteCount
    }
}
