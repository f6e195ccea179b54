import Foundation
import WACrypto

/// Length and SHA-256 of a file, read in windows.
enum MediaDigest {
    static func of(_ path: String) throws -> (byteCount: Int, sha256: [UInt8]) {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw SpoolError.of(errno, doing: "reading") }
        defer { try? handle.close() }
        var hash = RunningSHA256()
        var byteCount = 0
        while let window = try handle.read(upToCount: 64 * 1024), !window.isEmpty {
            window.withUnsafeBytes { hash.update($0) }
            byteCount += window.count
        }
        return (byteCount, hash.digest())
    }
}
