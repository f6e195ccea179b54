import Foundation
import TestSupport

/// The disk that loses what was not synced, as a library to preload.
enum PowerLossShim {
    static func built() async throws -> String {
        let script = RepositoryRoot.url.appending(path: "Scripts/build-power-loss.sh").path(percentEncoded: false)
        let log = FileManager.default.temporaryDirectory.appending(path: "openwa-power-loss-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let build = try await ChildProcess.start("/bin/sh", [script], log: log.path(percentEncoded: false))
        return try await build.line { $0.hasPrefix("/") ? $0 : nil }
    }
}
