import Foundation

/// This program again as a child: its first matching output line, its memory, and its end.
final class ChildProcess: Sendable {
    private let process: Process
    private let lines: AsyncStream<String>
    let startedAt = ContinuousClock.now

    /// - Parameter environment: added to our own.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        let (lines, sink) = AsyncStream<String>.makeStream()
        nonisolated(unsafe) var rest = ""
        // The handle calls one at a time, so `rest` has one user.
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard !data.isEmpty else {
                handle.readabilityHandler = nil
                return sink.finish()
            }
            rest += String(decoding: data, as: UTF8.self)
            while let end = rest.firstIndex(of: "\n") {
                sink.yield(String(rest[..<end]))
                rest = String(rest[rest.index(after: end)...])
            }
        }
        try process.run()
        self.process = process
        self.lines = lines
    }

    /// The next output line with this in it.
    func line(containing text: String) async throws -> String {
        for await line in lines where line.contains(text) { return line }
        throw BenchError.childEnded("waiting for \"\(text)\"")
    }

    /// Resident bytes, of which the kernel says so.
    var residentBytes: Double {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
        return kilobytes * 1024
    }

    /// Processor time it has used so far, of all threads.
    var processorSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        // Behind the name in parentheses: the times are fields 14 and 15, the state is field 3.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
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
