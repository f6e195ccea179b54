import Foundation
import Subprocess
import SystemPackage

/// This program again as a child: its first matching output line, its memory, and its end.
final class ChildProcess: Sendable {
    private let processIdentifier: Int32
    private let lines: AsyncStream<String>
    private let ended: Task<Void, Never>
    let startedAt: ContinuousClock.Instant

    private init(
        processIdentifier: Int32, lines: AsyncStream<String>, ended: Task<Void, Never>,
        startedAt: ContinuousClock.Instant
    ) {
        self.processIdentifier = processIdentifier
        self.lines = lines
        self.ended = ended
        self.startedAt = startedAt
    }

    /// - Parameter environment: added to our own.
    static func start(_ arguments: [String], environment: [String: String] = [:]) async throws -> ChildProcess {
        let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(percentEncoded: false)
        let changes = environment.map { (Environment.Key(stringLiteral: $0), Optional($1)) }
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let (starts, started) = AsyncThrowingStream.makeStream(of: Int32.self)
        let startedAt = ContinuousClock.now
        let ended = Task.detached {
            do {
                _ = try await Subprocess.run(
                    .path(FilePath(executable)), arguments: Arguments(arguments),
                    environment: .inherit.updating(Dictionary(uniqueKeysWithValues: changes)),
                    input: .none, output: .sequence, error: .currentStandardError
                ) { process in
                    started.yield(process.processIdentifier.value)
                    for try await line in process.standardOutput.strings() {
                        sink.yield(line.trimmingCharacters(in: .newlines))
                    }
                }
            } catch {
                started.finish(throwing: error)
            }
            sink.finish()
        }
        for try await identifier in starts {
            return ChildProcess(processIdentifier: identifier, lines: lines, ended: ended, startedAt: startedAt)
        }
        throw BenchError.childEnded("starting")
    }

    /// The next output line with this in it.
    func line(containing text: String) async throws -> String {
        for await line in lines where line.contains(text) { return line }
        throw BenchError.childEnded("waiting for \"\(text)\"")
    }

    /// Resident bytes, of which the kernel says so.
    var residentBytes: Double {
        let status = (try? String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
        return kilobytes * 1024
    }

    /// Processor time it has used so far, of all threads.
    var processorSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(processIdentifier)/stat", encoding: .utf8)) ?? ""
        // Behind the name in parentheses: the times are fields 14 and 15, the state is field 3.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func stop() async {
        kill(processIdentifier, SIGTERM)
        await ended.value
    }
}

enum BenchError: Error, CustomStringConvertible {
    case childEnded(String)
    case unexpectedAnswer(String)

    var description: String {
        switch self {
        case .childEnded(let doing): "a child process ended while \(doing)"
        case .unexpectedAnswer(let text): "unexpected answer: \(text)"
        }
    }
}
