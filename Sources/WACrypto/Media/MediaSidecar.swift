/// Computes the streaming sidecar of a video or sound, which lets a player check a piece before it has the whole.
///
/// ```
/// data = iv || ciphertext || file MAC (10)
/// entry k = HMAC-SHA256(MAC key, data[k · 65,536 ..< (k + 1) · 65,536 + 16])[0..<10]
/// ```
/// At most one piece (64 KiB and 16 bytes) is kept in memory beside what was passed in.
package struct MediaSidecar: Sendable {
    package static let pieceByteCount = 65_536
    package static let entryByteCount = 10
    private static let overlapByteCount = 16

    private let macKey: [UInt8]
    private var pending: [UInt8]
    private var entries: [UInt8] = []

    package init(keys: MediaKeys) {
        macKey = keys.macKey
        pending = keys.iv
    }

    /// Takes the next bytes of the encrypted file, its MAC included.
    package mutating func update(_ bytes: some Collection<UInt8>) {
        pending.append(contentsOf: bytes)
        var start = 0
        while pending.count - start >= Self.pieceByteCount + Self.overlapByteCount {
            appendEntry(over: pending[start..<start + Self.pieceByteCount + Self.overlapByteCount])
            start += Self.pieceByteCount
        }
        pending.removeFirst(start)
    }

    /// Returns all entries, 10 bytes each.
    package mutating func finish() -> [UInt8] {
        var rest = pending[...]
        while !rest.isEmpty {
            appendEntry(over: rest)
            rest = rest.dropFirst(Self.pieceByteCount)
        }
        pending = []
        return entries
    }

    private mutating func appendEntry(over piece: ArraySlice<UInt8>) {
        entries.append(contentsOf: HMAC.sha256(key: macKey, [UInt8](piece)).prefix(Self.entryByteCount))
    }
}
