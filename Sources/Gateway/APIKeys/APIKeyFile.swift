#if canImport(Glibc)
    import Glibc
#endif

/// The file that a drawn first key is kept in, readable by its owner only. It goes when the key is of no use any more.
struct APIKeyFile: Sendable {
    let path: String

    /// Replaces the file, mode 0600 from its first byte, synced, so that it outlives a power cut like the database does.
    ///
    /// - Throws: `APIKeyBootstrap.Failure.cannotWrite`.
    func write(_ rawKey: String) throws {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure }
        defer { close(descriptor) }
        let bytes = Array((rawKey + "\n").utf8)
        guard bytes.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) }) == bytes.count,
            fsync(descriptor) == 0
        else { throw failure }
    }

    /// The key in the file; nil when there is none.
    func read() -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Far longer than any key of ours.
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        let text = String(decoding: bytes[..<count], as: UTF8.self).filter { !$0.isWhitespace }
        return text.isEmpty ? nil : text
    }

    func remove() { unlink(path) }

    private var failure: APIKeyBootstrap.Failure {
        .cannotWrite(file: path, reason: String(cString: strerror(errno)))
    }
}
