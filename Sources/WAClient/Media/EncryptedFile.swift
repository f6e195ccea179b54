#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import NIOPosix
import WACrypto
import WAProtocol

/// A file encrypted for the media hosts, and what is needed to open it.
struct EncryptedFile: Sendable {
    let spool: SpoolFile
    let mediaKey: [UInt8]
    let summary: MediaSummary

    /// Reads the file once, in windows of 64 KiB, on a thread for blocking work; the ciphertext goes to a nameless file.
    ///
    /// Throws `MediaError.fileChanged` when it is not the file that was described.
    static func encrypt(_ file: MediaFile, kind: MediaKind, spoolFolder: String) async throws -> EncryptedFile {
        try await NIOThreadPool.singleton.runIfActive {
            let descriptor = open(file.path, O_RDONLY)
            guard descriptor >= 0 else { throw MediaError.spool(errno: errno) }
            defer { close(descriptor) }
            let mediaKey = SecureRandom.bytes(MediaKeys.mediaKeyByteCount)
            var encryptor = try MediaCipher.Encryptor(keys: MediaKeys(mediaKey: mediaKey, purpose: kind.purpose))
            var summary: MediaSummary?
            let spool = try SpoolFile(in: spoolFolder) { append in
                var left = file.byteCount
                while let window = try nextWindow(descriptor) {
                    left -= window.count
                    guard left >= 0 else { throw MediaError.fileChanged }
                    try append(encryptor.update(window))
                }
                let end = try encryptor.finish()
                try append(end.tail)
                summary = end.summary
            }
            guard let summary, summary.fileByteCount == file.byteCount, summary.fileSHA256 == file.sha256 else {
                throw MediaError.fileChanged
            }
            return EncryptedFile(spool: spool, mediaKey: mediaKey, summary: summary)
        }
    }

    private static func nextWindow(_ descriptor: CInt) throws -> [UInt8]? {
        let window = try [UInt8](unsafeUninitializedCapacity: SpoolFile.windowByteCount) { space, count in
            let result = read(descriptor, space.baseAddress, space.count)
            guard result >= 0 else { throw MediaError.spool(errno: errno) }
            count = result
        }
        return window.isEmpty ? nil : window
    }
}
