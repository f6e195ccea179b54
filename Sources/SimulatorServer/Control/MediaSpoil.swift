import WACrypto

/// What is wrong on purpose with the file of something said: the message names a file that no phone can use.
enum MediaSpoil: String, CaseIterable {
    /// The MAC at the end of the file is another; its encrypted hash is right.
    case mac
    /// The message names another hash of the plaintext.
    case plaintextHash
    /// The message names another length.
    case length

    /// What a message says of its file.
    struct Facts {
        var fileByteCount: Int
        var fileSHA256: [UInt8]
        var encryptedFileSHA256: [UInt8]
        let sidecar: [UInt8]
    }

    /// - Parameter word: one of the cases, or nil for a file that is right.
    static func applied(
        _ word: String?, to file: [UInt8], _ summary: MediaSummary
    ) throws -> (file: [UInt8], facts: Facts) {
        var facts = Facts(
            fileByteCount: summary.fileByteCount, fileSHA256: summary.fileSHA256,
            encryptedFileSHA256: summary.encryptedFileSHA256, sidecar: summary.sidecar)
        guard let word else { return (file, facts) }
        guard let spoil = MediaSpoil(rawValue: word) else {
            throw ControlError.badRequest("spoil must be one of \(allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        var file = file
        switch spoil {
        case .mac:
            file[file.count - 1] ^= 0xFF
            facts.encryptedFileSHA256 = Digest.sha256(file)
        case .plaintextHash: facts.fileSHA256[0] ^= 0xFF
        case .length: facts.fileByteCount += 1
        }
        return (file, facts)
    }
}
