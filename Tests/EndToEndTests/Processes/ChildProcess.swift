import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A program that runs beside the test: its lines can be waited for, and it can be killed at any moment.
final class ChildProcess: Sendable {
    /// How a process ended.
    enum Exit: Equatable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    /// The process ended before it printed what was waited for; the text is the end of its output.
    struct EndedEarly: Error, CustomStringConvertible {
        let output: String
        var description: String { "The process ended early. Its last output:\n\(output)" }
    }

    let processIdentifier: Int32
    private let output: ChildOutput
    private let exited: Task<Exit, Never>

    /// - Parameters:
    ///   - environment: Added to the test's own; the values here win.
    ///   - log: A file that everything the process prints is appended to.
    init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe

        let output = try ChildOutput(log: log)
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard data.isEmpty else { return output.append(data) }
            // Only the end of what it printed is the end: it may be gone before its last line was read.
            handle.readabilityHandler = nil
            output.end()
        }
        let (exits, exit) = AsyncStream.makeStream(of: Exit.self)
        process.terminationHandler = { process in
            exit.yield(
                process.terminationReason == .uncaughtSignal
                    ? .signal(process.terminationStatus) : .code(process.terminationStatus))
            exit.finish()
        }
        try process.run()
        processIdentifier = process.processIdentifier
        self.output = output
        exited = Task {
            for await exit in exits { return exit }
            return .code(-1)
        }
    }

    /// The end of what it printed, for messages about failures.
    var lastOutput: String { output.tail }

    /// Whether one of the first lines contains a text.
    func hasPrinted(_ text: String) -> Bool { output.hasPrinted(text) }

    /// The first line, from the start of the output, that `find` finds something in.
    ///
    /// - Throws: `EndedEarly`.
    func line<Found: Sendable>(_ find: @escaping @Sendable (String) -> Found?) async throws -> Found {
        let line = await output.line { find($0) != nil }
        guard let line, let found = find(line) else { throw EndedEarly(output: lastOutput) }
        return found
    }

    func signal(_ number: Int32) {
        kill(processIdentifier, number)
    }

    func waitForExit() async -> Exit {
        await exited.value
    }

    /// Ends it at once, as a crash would, and waits until it is gone.
    func killNow() async {
        signal(SIGKILL)
        _ = await waitForExit()
    }
}
