import Foundation
import TestSupport
import Testing

/// Everything a child process prints, as lines that can be waited for.
final class ChildOutput: Sendable {
    private struct State: Sendable {
        var partial: [UInt8] = []
        /// The first lines, which may be asked for after they came.
        var first: [String] = []
        var last: [String] = []
        var isOver = false
    }

    /// Programs say where they listen within so many lines.
    private static let firstLineCount = 200
    private static let lastLineCount = 40

    private let state = Watched(State())
    private let log: FileHandle

    init(log: String) throws {
        if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(filePath: log)) }
        self.log = try FileHandle(forWritingTo: URL(filePath: log))
        try self.log.seekToEnd()
    }

    var tail: String { state.withLock { $0.last.joined(separator: "\n") } }

    func hasPrinted(_ text: String) -> Bool {
        state.withLock { $0.first.contains { $0.contains(text) } }
    }

    func append(_ data: Data) {
        try? log.write(contentsOf: data)
        state.withLock { state in
            state.partial += data
            while let end = state.partial.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: state.partial[..<end], as: UTF8.self)
                state.partial.removeSubrange(...end)
                if state.first.count < Self.firstLineCount { state.first.append(line) }
                if state.last.count == Self.lastLineCount { state.last.removeFirst() }
                state.last.append(line)
            }
        }
    }

    /// Nothing more will come: whoever waits gets nil.
    func end() { state.withLock { $0.isOver = true } }

    /// The first wanted line among the first ones, of the past or of the future; nil when the process ends without it.
    func line(_ isWanted: @escaping @Sendable (String) -> Bool) async throws -> String? {
        try await state.wait(for: "a line of a process, whose last ones were:\n\(self.tail)") { state -> String?? in
            if let line = state.first.first(where: isWanted) { return .some(line) }
            return state.isOver ? .some(nil) : nil
        }
    }
}
