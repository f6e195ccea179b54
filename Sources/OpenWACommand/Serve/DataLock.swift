#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why the program does not start, for the person who started it.
enum ServeError: Error, Equatable, CustomStringConvertible {
    /// Another gateway runs on the same data: two would use the same keys twice.
    case dataInUse(String)
    /// Something else listens there.
    case portInUse(host: String, port: Int)

    var description: String {
        switch self {
        case .dataInUse(let file):
            "Another gateway is running on the same data (\(file) is locked). Stop it, or choose another --data-directory."
        case .portInUse(let host, let port):
            "Something else listens on \(host):\(port). Stop it, or choose another --port."
        }
    }
}

/// Holds a file's lock until released; the system gives it back when the process ends, however it ends.
struct DataLock {
    private let descriptor: Int32

    /// - Throws: `ServeError.dataInUse` when another process holds it.
    init(file: String) throws {
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            throw ServeError.dataInUse(file)
        }
    }

    func release() { close(descriptor) }
}
