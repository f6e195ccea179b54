#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
package import NIOCore
import NIOPosix

/// An open file of the shelf: read window by window, also when it is removed meanwhile.
package final class MediaWindows: Sendable {
    private static let windowByteCount = 65_536

    private let descriptor: CInt
    package let byteCount: Int

    /// Nil when the file cannot be opened.
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return nil }
        byteCount = Int(status.st_size)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Up to a window of the range's bytes; empty at its end.
    package func window(in range: Range<Int>) async throws -> ByteBuffer {
        guard !range.isEmpty else { return ByteBuffer() }
        let count = min(range.count, Self.windowByteCount)
        return try await NIOThreadPool.singleton.runIfActive { [descriptor] in
            var window = ByteBuffer()
            try window.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                let read = pread(descriptor, space.baseAddress, count, off_t(range.lowerBound))
                guard read >= 0 else { throw SpoolError.of(errno, doing: "reading a file") }
                return read
            }
            return window
        }
    }
}
