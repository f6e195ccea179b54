internal import CZlib

/// Compression of whole blobs in memory (zlib streams, RFC 1950).
package enum Zlib {
    /// Inflates a complete stream to at most `limit` bytes; what follows the stream is ignored.
    ///
    /// The output grows with what is really in the stream, through a window of at most 64 KiB, so that a bomb is
    /// refused at the limit and a small stream costs little.
    package static func inflate(_ bytes: [UInt8], limit: Int) throws(NodeCodingError) -> [UInt8] {
        guard bytes.count <= Int(UInt32.max) else { throw .inflatedTooLarge(limit: limit) }
        var stream = z_stream()
        let opened = inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .inflateFailed(opened) }
        defer { inflateEnd(&stream) }

        var input = bytes
        var output: [UInt8] = []
        var window = [UInt8](repeating: 0, count: min(1 << 16, max(512, 4 * bytes.count)))
        let status: Int32 = input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var status = Z_OK
            while status == Z_OK, output.count <= limit {
                status = window.withUnsafeMutableBufferPointer { window in
                    stream.next_out = window.baseAddress
                    stream.avail_out = UInt32(window.count)
                    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    output.append(contentsOf: window[..<(window.count - Int(stream.avail_out))])
                    return status
                }
            }
            return status
        }
        guard output.count <= limit else { throw .inflatedTooLarge(limit: limit) }
        guard status == Z_STREAM_END else { throw .inflateFailed(status) }
        return output
    }

    /// Deflates bytes to a complete stream; `level` is zlib's, from 1 (fast) to 9 (small).
    package static func deflate(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
        var length = compressBound(UInt(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(length)) { output, count in
            let status = bytes.withUnsafeBufferPointer { input in
                compress2(output.baseAddress, &length, input.baseAddress, UInt(input.count), Int32(level))
            }
            // The buffer has the size zlib asks for, so only a lack of memory is left.
            precondition(status == Z_OK, "zlib is out of memory")
            count = Int(length)
        }
    }
}
