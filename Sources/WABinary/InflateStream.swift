internal import CZlib

/// Inflates a zlib (RFC 1950) or gzip (RFC 1952) stream that comes in pieces, through a window of 64 KiB.
///
/// Not thread-safe. What follows the end of the stream is ignored.
package final class InflateStream {
    package enum Failure: Error, Equatable, Sendable {
        /// More came out than allowed: a bomb, or nothing for us.
        case tooLarge
        /// Not such a stream; zlib's own code.
        case damaged(Int32)
        /// The input is over and the stream is not.
        case truncated
    }

    private var stream = z_stream()
    private var window = [UInt8](repeating: 0, count: 1 << 16)
    private var left: Int
    private(set) package var isFinished = false

    /// 15 bits of window, and 32 to tell zlib from gzip by the header.
    private static let windowBits: Int32 = 15 + 32

    /// `limit`: how many bytes may come out of it in all.
    package init(limit: Int) {
        left = limit
        let status = inflateInit2_(&stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib is out of memory")
    }

    deinit { inflateEnd(&stream) }

    /// Takes the next piece and hands out what it gives, window by window.
    package func feed(_ bytes: [UInt8], _ take: (ArraySlice<UInt8>) throws -> Void) throws {
        var bytes = bytes
        try bytes.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while !isFinished {
                let status = window.withUnsafeMutableBufferPointer { window in
                    stream.next_out = window.baseAddress
                    stream.avail_out = UInt32(window.count)
                    return CZlib.inflate(&stream, Z_NO_FLUSH)
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw Failure.damaged(status)
                }
                let count = window.count - Int(stream.avail_out)
                left -= count
                guard left >= 0 else { throw Failure.tooLarge }
                if count > 0 { try take(window[..<count]) }
                isFinished = status == Z_STREAM_END
                // Nothing came out although there was room: the rest of the input is used up.
                if stream.avail_out > 0, stream.avail_in == 0 || status == Z_BUF_ERROR { break }
            }
        }
    }

    /// Throws unless the stream has come to its end.
    package func finish() throws {
        guard isFinished else { throw Failure.truncated }
    }

    /// Inflates a whole blob in memory.
    package static func inflate(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        let stream = InflateStream(limit: limit)
        var output: [UInt8] = []
        try stream.feed(bytes) { output += $0 }
        try stream.finish()
        return output
    }
}
