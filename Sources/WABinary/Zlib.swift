internal import CZlib

/// Compression of whole blobs in memory (zlib streams, RFC 1950).
package enum Zlib {
    /// Inflates a complete stream to at most `limit` bytes; what follows the stream is ignored.
    ///
    /// Output grows by doubling from four times the input, so memory follows what is really in the stream and a bomb
    /// is refused at the limit.
    package static func inflate(_ bytes: [UInt8], limit: Int) throws(NodeCodingError) -> [UInt8] {
        var stream = z_stream()
        let opened = inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .inflateFailed(opened) }
        defer { inflateEnd(&stream) }
        guard bytes.count <= Int(UInt32.max) else { throw .inflatedTooLarge(limit: limit) }

        var input = bytes
        var output: [UInt8] = []
        var written = 0
        let status: Int32 = input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var status = Z_OK
            // One byte beyond the limit tells a stream that is too long from one that just fits.
            while status == Z_OK, written <= limit {
                let aim = max(512, written == 0 ? 4 * input.count : 2 * written)
                let size = max(output.count, min(limit + 1, aim))
                output.append(contentsOf: repeatElement(0, count: size - output.count))
                status = output.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress! + written
                    stream.avail_out = UInt32(output.count - written)
                    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    written = output.count - Int(stream.avail_out)
                    return status
                }
            }
            return status
        }
        guard written <= limit else { throw .inflatedTooLarge(limit: limit) }
        guard status == Z_STREAM_END else { throw .inflateFailed(status) }
        output.removeLast(output.count - written)
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
