import Foundation

/// The `openwa` program that was built together with these tests.
enum BuiltExecutable {
    /// Beside the test bundle; `OPENWA_EXECUTABLE` names another one, such as a release build.
    static let path: String = ProcessInfo.processInfo.environment["OPENWA_EXECUTABLE"] ?? beside("openwa")

    private static func beside(_ name: String) -> String {
        let itself = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let bundle = itself ?? CommandLine.arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: name).path(percentEncoded: false)
    }
}
