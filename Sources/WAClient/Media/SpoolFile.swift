#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import NIOCore
import NIOPosix

/// A file that only this process knows: it has no name, so it is gone with the process, however that ends.
///
/// Written once from front to back by one task, then read by any.
package final class SpoolFile: Sendable {
    package static let windowByteCount = 65_536

    private let descriptor: CInt
    package let byteCount: Int

    /// Makes the file and lets `fill` write it, part by part. Runs on the calling thread.
    init(in folder: String, _ fill: (_ append: ([UInt8]) throws -> Void) throws -> Void) throws {
        var name = Array("\(folder)/openwa-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw MediaError.spool(errno: errno) }
        unlink(name)
        var count = 0
        do {
            try fill { bytes in
                try Self.append(bytes, to: descriptor)
                count += bytes.count
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        byteCount = count
    }

    private init(descriptor: CInt, byteCount: Int) {
        self.descriptor = descriptor
        self.byteCount = byteCount
    }

    /// Makes the file and lets `fill` write it as its parts come.
    static func filled(
        in folder: String, _ fill: (_ append: ([UInt8]) throws -> Void) async throws -> Void
    ) async throws -> SpoolFile {
        var name = Array("\(folder)/openwa-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw MediaError.spool(errno: errno) }
        unlink(name)
        var count = 0
        do {
            try await fill { bytes in
                try append(bytes, to: descriptor)
                count += bytes.count
            }
        } catch {
            close(descriptor)
            throw error
        }
        return SpoolFile(descriptor: descriptor, byteCount: count)
    }

    deinit {
        close(descriptor)
    }

    static func append(_ bytes: [UInt8], to descriptor: CInt) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw MediaError.spool(errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Up to a window of bytes from an offset; empty at the end.
    fileprivate func window(at offset: Int) throws -> ByteBuffer {
        var window = ByteBuffer()
        try window.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.windowByteCount) { space in
            let count = pread(descriptor, space.baseAddress, Self.windowByteCount, off_t(offset))
            guard count >= 0 else { throw MediaError.spool(errno: errno) }
            return count
        }
        return window
    }

    /// The file from a byte on, read on the threads for blocking work.
    func windows(from offset: Int) -> Windows { Windows(file: self, offset: offset) }

    struct Windows: AsyncSequence, Sendable {
        let file: SpoolFile
        let offset: Int

        func makeAsyncIterator() -> Iterator { Iterator(file: file, offset: offset) }

        struct Iterator: AsyncIteratorProtocol {
            let file: SpoolFile
            var offset: Int

            mutating func next() async throws -> ByteBuffer? {
                let (file, offset) = (file, offset)
                let window = try await NIOThreadPool.singleton.runIfActive { try file.window(at: offset) }
                self.offset += window.readableBytes
                return window.readableBytes == 0 ? nil : window
            }
        }
    }
}
