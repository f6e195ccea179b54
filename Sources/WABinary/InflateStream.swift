internal import CZlib

/// Inflates a zlib (RFC 1950) or gzip (RFC 1952) stream that comes in pieces, a window of at most 64 KiB at a time.
///
/// ```
/// stream.push(piece); while let window = try stream.next() { … }; …; try stream.finish()
/// ```
/// The reader pulls, so a bomb is never in memory and is refused at the limit. What follows the end of the stream is
/// ignored. Not thread-safe.
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
    private var input: [UInt8] = []
    private var position = 0
    private var window = [UInt8](repeating: 0, count: 1 << 16)
    /// There may be more output than the last window held.
    private var isOutputPending = false
    private var left: Int
    private var isFinished = false

    /// 15 bits of window, and 32 to tell zlib from gzip by the header.
    private static let windowBits: Int32 = 15 + 32

    /// `limit`: how many bytes may come out of it in all.
    package init(limit: Int) {
        left = limit
        let status = inflateInit2_(&stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib is out of memory")
    }

    deinit { inflateEnd(&stream) }

    /// The next piece of the stream; `next` must have answered nil to the one before.
    package func push(_ bytes: [UInt8]) {
        precondition(position == input.count || isFinished, "the piece before is used up")
        input = bytes
        position = 0
    }

    /// The next bytes that come out; nil when another piece is needed, or there is no more.
    package func next() throws(Failure) -> ArraySlice<UInt8>? {
        while !isFinished, position < input.count || isOutputPending {
            let status = input.withUnsafeMutableBufferPointer { input in
                window.withUnsafeMutableBufferPointer { window in
                    stream.next_in = input.baseAddress.map { $0 + position }
                    stream.avail_in = UInt32(input.count - position)
                    stream.next_out = window.baseAddress
                    stream.avail_out = UInt32(window.count)
                    return CZlib.inflate(&stream, Z_NO_FLUSH)
                }
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .damaged(status) }
            position = input.count - Int(stream.avail_in)
            isOutputPending = stream.avail_out == 0
            isFinished = status == Z_STREAM_END
            let count = window.count - Int(stream.avail_out)
            left -= count
            guard left >= 0 else { throw .tooLarge }
            if count > 0 { return window[..<count] }
        }
        return nil
    }

    /// Throws unless the stream has come to its end.
    package func finish() throws(Failure) {
        guard isFinished else { throw .truncated }
    }

    /// Inflates a whole blob in memory.
    package static func inflate(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        let stream = InflateStream(limit: limit)
        stream.push(bytes)
        var output: [UInt8] = []
        while let window = try stream.next() { output += window }
        try stream.finish()
        return output
    }
}
