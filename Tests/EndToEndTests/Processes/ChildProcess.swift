import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

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

    /// The process was told to end and did not; it has been killed.
    struct NeverEnded: Error, CustomStringConvertible {
        let output: String
        var description: String { "The process did not end when it was told to. Its last output:\n\(output)" }
    }

    let processIdentifier: Int32
    private let output: ChildOutput
    private let exited: Task<Exit, Never>

    private init(processIdentifier: Int32, output: ChildOutput, exited: Task<Exit, Never>) {
        self.processIdentifier = processIdentifier
        self.output = output
        self.exited = exited
    }

    /// - Parameters:
    ///   - environment: Added to the test's own; the values here win.
    ///   - log: A file that everything the process prints is appended to.
    static func start(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], log: String
    ) async throws -> ChildProcess {
        let output = try ChildOutput(log: log)
        let (starts, started) = AsyncThrowingStream.makeStream(of: Int32.self)
        let changes = environment.map { (Environment.Key(stringLiteral: $0), Optional($1)) }
        // Not a child task: the process ends when it is told to, not with the task that started it.
        let exited = Task.detached { () -> Exit in
            do {
                let ended = try await Subprocess.run(
                    .path(FilePath(executable)), arguments: Arguments(arguments),
                    environment: .inherit.updating(Dictionary(uniqueKeysWithValues: changes)),
                    input: .none, output: .sequence, error: .combinedWithOutput
                ) { process in
                    started.yield(process.processIdentifier.value)
                    for try await piece in process.standardOutput {
                        output.append(piece.withUnsafeBytes { Data($0) })
                    }
                }
                // Only the end of what it printed is the end: it may be gone before its last line was read.
                output.end()
                switch ended.terminationStatus {
                case .exited(let code): return .code(code)
                case .signaled(let number): return .signal(number)
                }
            } catch {
                output.end()
                started.finish(throwing: error)
                return .code(-1)
            }
        }
        for try await identifier in starts {
            return ChildProcess(processIdentifier: identifier, output: output, exited: exited)
        }
        throw CancellationError()
    }

    /// The end of what it printed, for messages about failures.
    var lastOutput: String { output.tail }

    /// Whether one of the first lines contains a text.
    func hasPrinted(_ text: String) -> Bool { output.hasPrinted(text) }

    /// The first line, from the start of the output, that `find` finds something in.
    ///
    /// - Throws: `EndedEarly`.
    func line<Found: Sendable>(_ find: @escaping @Sendable (String) -> Found?) async throws -> Found {
        let line = try await output.line { find($0) != nil }
        guard let line, let found = find(line) else { throw EndedEarly(output: lastOutput) }
        return found
    }

    func signal(_ number: Int32) {
        kill(processIdentifier, number)
    }

    /// Returns when it ends, whenever that is.
    var exit: Exit {
        get async { await exited.value }
    }

    /// Waits for the end of a process that was told to end; one that does not is killed.
    ///
    /// - Throws: `NeverEnded`.
    func waitForExit(within limit: Duration = .seconds(60)) async throws -> Exit {
        do {
            return try await patiently("process \(self.processIdentifier) to end", within: limit) { await self.exit }
        } catch is OutOfPatience {
            // The first leaves a picture of what it was doing, where the machine keeps such.
            signal(SIGQUIT)
            signal(SIGKILL)
            throw NeverEnded(output: lastOutput)
        }
    }

    /// Ends it at once, as a crash would, and waits until it is gone.
    func killNow() async {
        signal(SIGKILL)
        _ = try? await waitForExit()
    }
}
