import Crypto
import Foundation
import WACrypto
import WASimulator

/// Fetches files for the phones of the simulator and checks them as phones do, in pieces: nothing of a file is kept.
///
/// The pure machine asks for each file once per key and hashes (`SimulatorAction.fetchMedia`), however many devices
/// were sent it.
struct MediaReader: Sendable {
    let store: BlobStore

    /// How much of a file is needed to tell what it is.
    private static let headByteCount = 64

    /// Answers the machine's wishes until the task is cancelled.
    @concurrent
    func run(for host: SimulatorHost) async {
        for await file in host.mediaRequests {
            await host.fetched(file, check(file))
        }
    }

    /// The first bytes of a file that is as its message says.
    func check(_ file: MediaFile) -> Result<[UInt8], MediaFailure> {
        do {
            var head: [UInt8] = []
            var plaintext = try MediaPlaintext(of: file, in: store)
            while let piece = try plaintext.next() {
                if head.count < Self.headByteCount { head += piece.prefix(Self.headByteCount - head.count) }
            }
            return .success(head)
        } catch {
            return .failure(error)
        }
    }
}

/// The plaintext of a file in the store, piece by piece. Reference 7.4: encrypted hash, MAC, plaintext hash and length
/// are compared at the end; what was handed out is worth nothing when `next` throws.
struct MediaPlaintext {
    private let file: MediaFile
    private let handle: FileHandle
    /// nil for files of channels, which are not encrypted.
    private var decryptor: MediaCipher.Decryptor?
    /// Of the file as it is kept.
    private var hash = SHA256()
    private var byteCount = 0
    private var isAtEnd = false

    private static let pieceByteCount = 65_536

    /// - Parameter includingExpired: for phones that downloaded it before it expired.
    init(of file: MediaFile, in store: BlobStore, includingExpired: Bool = false) throws(MediaFailure) {
        let path = file.directPath.isEmpty ? file.url ?? "" : file.directPath
        guard let blob = store[MediaPath.name(of: path)] else { throw .notFound }
        if blob.expiredStatus != nil, !includingExpired { throw .expired }
        guard let handle = FileHandle(forReadingAtPath: blob.path) else { throw .notFound }
        self.file = file
        self.handle = handle
        guard !file.mediaKey.isEmpty else { return }
        guard let keys = try? MediaKeys(mediaKey: file.mediaKey, purpose: file.purpose),
            let decryptor = try? MediaCipher.Decryptor(keys: keys)
        else { throw .wrongMAC }
        self.decryptor = decryptor
    }

    /// nil when everything was handed out and is as the message says.
    mutating func next() throws(MediaFailure) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        while let piece = try? handle.read(upToCount: Self.pieceByteCount), !piece.isEmpty {
            hash.update(data: piece)
            guard let plaintext = decryptor == nil ? [UInt8](piece) : try? decryptor?.update([UInt8](piece)) else {
                throw .wrongLength
            }
            byteCount += plaintext.count
            if !plaintext.isEmpty { return plaintext }
        }
        isAtEnd = true
        return try finish()
    }

    private mutating func finish() throws(MediaFailure) -> [UInt8] {
        let digest = [UInt8](hash.finalize())
        guard var decryptor else {
            guard digest == file.fileSHA256 else { throw .wrongPlaintextHash }
            guard byteCount == file.byteCount else { throw .wrongLength }
            return []
        }
        guard digest == file.encryptedFileSHA256 else { throw .wrongEncryptedHash }
        let end: (tail: [UInt8], fileSHA256: [UInt8])
        do {
            end = try decryptor.finish()
        } catch {
            switch error {
            case .authenticationFailed: throw .wrongMAC
            case .wrongLength: throw .wrongLength
            default: throw .wrongPadding
            }
        }
        guard end.fileSHA256 == file.fileSHA256 else { throw .wrongPlaintextHash }
        guard byteCount + end.tail.count == file.byteCount else { throw .wrongLength }
        return end.tail
    }
}
