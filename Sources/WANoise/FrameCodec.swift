/// Cuts the byte stream of a connection into frames.
///
/// ```
/// frame = length (3, big-endian) || payload
/// ```
/// Frame boundaries have nothing to do with WebSocket message boundaries: a message may hold several frames or a part.
package struct FrameCodec: Sendable {
    /// The longest payload that three length bytes can express.
    package static let longestPayload = 1 << 24 - 1
    private static let keptCapacity = 4096

    private let maximumLength: Int
    private var buffer: [UInt8] = []
    private var start = 0

    /// A server lowers the maximum until it knows who is talking.
    package init(maximumLength: Int = FrameCodec.longestPayload) {
        self.maximumLength = maximumLength
    }

    /// Puts the length in front of a payload; more than 2^24 − 1 bytes are a mistake of the caller.
    package static func frame(_ payload: [UInt8]) -> [UInt8] {
        precondition(payload.count <= longestPayload, "a frame holds at most 16,777,215 bytes")
        var frame = [UInt8]()
        frame.reserveCapacity(3 + payload.count)
        frame.append(UInt8(payload.count >> 16))
        frame.append(UInt8(payload.count >> 8 & 0xFF))
        frame.append(UInt8(payload.count & 0xFF))
        frame.append(contentsOf: payload)
        return frame
    }

    /// How many received bytes do not belong to a returned frame yet.
    package var bufferedByteCount: Int { buffer.count - start }

    /// Takes received bytes in pieces of any size.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// Returns the next complete payload, nil while there is none; throws `frameTooLong` as soon as the length is known.
    package mutating func next() throws(NoiseError) -> [UInt8]? {
        guard bufferedByteCount >= 3 else { return nil }
        let length = Int(buffer[start]) << 16 | Int(buffer[start + 1]) << 8 | Int(buffer[start + 2])
        guard length <= maximumLength else { throw .frameTooLong(length) }
        guard bufferedByteCount >= 3 + length else {
            dropConsumed()
            return nil
        }
        let payload = [UInt8](buffer[start + 3..<start + 3 + length])
        start += 3 + length
        if bufferedByteCount == 0 { dropConsumed() }
        return payload
    }

    /// Frees what was returned. Idle connections keep at most a small buffer.
    private mutating func dropConsumed() {
        guard start > 0 else { return }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptCapacity)
        } else {
            buffer.removeFirst(start)
        }
        start = 0
    }
}
