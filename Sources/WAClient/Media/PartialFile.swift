#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import NIOPosix

/// A file that is being received: it gets its name when it is whole and on disk, and is removed when it is not.
///
/// It lies beside its place, as `<path>.XXXXXX`, so that naming it is one step.
final class PartialFile {
    private let descriptor: CInt
    private let path: String
    private let partialPath: [CChar]
    private var isInPlace = false
    private(set) var byteCount = 0

    init(for path: String) throws {
        self.path = path
        var name = Array("\(path).XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw MediaError.spool(errno: errno) }
        partialPath = name
    }

    deinit {
        close(descriptor)
        if !isInPlace { unlink(partialPath) }
    }

    func append(_ bytes: [UInt8]) throws {
        try SpoolFile.append(bytes, to: descriptor)
        byteCount += bytes.count
    }

    func moveIntoPlace() async throws {
        let (descriptor, partialPath, path) = (descriptor, partialPath, path)
        try await NIOThreadPool.singleton.runIfActive {
            guard fsync(descriptor) == 0, rename(partialPath, path) == 0 else { throw MediaError.spool(errno: errno) }
        }
        isInPlace = true
    }
}
