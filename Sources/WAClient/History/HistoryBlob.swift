import NIOCore
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// A chunk of history, compressed as it came: in the notification itself, or fetched into a file without a name.
enum HistoryBlob: Sendable {
    case inline([UInt8])
    case file(SpoolFile)

    /// What a phone inflates a chunk to is some tens of megabytes; it passes through windows, so this bounds time alone.
    static let maximumByteCount = 1 << 30
    /// Compressed, as it lies on the media hosts.
    private static let maximumFileByteCount = 256 << 20

    /// Why there is no blob.
    enum Failure: Error, Equatable {
        /// The media hosts have it no more.
        case expired
        /// The notification names no blob.
        case nowhere
    }

    static func fetch(_ notification: WAHistorySyncNotification, through transfer: MediaTransfer) async throws -> HistoryBlob {
        if !notification.initialHistBootstrapInlinePayload.isEmpty {
            return .inline([UInt8](notification.initialHistBootstrapInlinePayload))
        }
        guard let reference = notification.reference else { throw Failure.nowhere }
        guard let file = try await transfer.historyFile(reference, maximumByteCount: maximumFileByteCount) else {
            throw Failure.expired
        }
        return .file(file)
    }

    /// Inflated, window by window; each is lent to `take`.
    func read(_ take: (ArraySlice<UInt8>) async throws -> Void) async throws {
        let stream = InflateStream(limit: Self.maximumByteCount)
        switch self {
        case .inline(let bytes):
            stream.push(bytes)
            while let window = try stream.next() { try await take(window) }
        case .file(let file):
            for try await piece in file.windows(from: 0) {
                stream.push([UInt8](piece.readableBytesView))
                while let window = try stream.next() { try await take(window) }
            }
        }
        try stream.finish()
    }
}

extension WAHistorySyncNotification {
    /// Where the blob is and how to open it; nil unless all of it is there.
    fileprivate var reference: MediaReference? {
        guard directPath.hasPrefix("/"), mediaKey.count == MediaKeys.mediaKeyByteCount,
            fileSha256.count == MediaReference.hashByteCount, fileEncSha256.count == MediaReference.hashByteCount
        else { return nil }
        return MediaReference(
            directPath: directPath, mediaKey: [UInt8](mediaKey), fileSHA256: [UInt8](fileSha256),
            fileEncSHA256: [UInt8](fileEncSha256), byteCount: Int(clamping: fileLength), keyTimestampSeconds: 0)
    }
}
