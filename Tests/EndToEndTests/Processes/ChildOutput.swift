import Foundation
import Synchronization

/// Everything a child process prints, as lines that can be waited for.
final class ChildOutput: Sendable {
    private struct Waiter {
        let isWanted: @Sendable (String) -> Bool
        let continuation: CheckedContinuation<String?, Never>
    }

    private struct State {
        var partial: [UInt8] = []
        /// The first lines, which may be asked for after they came.
        var first: [String] = []
        var last: [String] = []
        var waiters: [Waiter] = []
        var isOver = false
    }

    /// Programs say where they listen within so many lines.
    private static let firstLineCount = 200
    private static let lastLineCount = 40

    private let state = Mutex(State())
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
        let found = state.withLock { state in
            state.partial += data
            var found: [(Waiter, String)] = []
            while let end = state.partial.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: state.partial[..<end], as: UTF8.self)
                state.partial.removeSubrange(...end)
                if state.first.count < Self.firstLineCount { state.first.append(line) }
                if state.last.count == Self.lastLineCount { state.last.removeFirst() }
                state.last.append(line)
                found += state.waiters.filter { $0.isWanted(line) }.map { ($0, line) }
                state.waiters.removeAll { $0.isWanted(line) }
            }
            return found
        }
        for (waiter, line) in found { waiter.continuation.resume(returning: line) }
    }

    /// Nothing more will come: whoever waits gets nil.
    func end() {
        let waiters = state.withLock { state in
            state.isOver = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// The first wanted line, one of the past or of the future; nil when the process ends without it.
    func line(_ isWanted: @escaping @Sendable (String) -> Bool) async -> String? {
        await withCheckedContinuation { continuation in
            let known: String?? = state.withLock { state in
                if let line = state.first.first(where: isWanted) { return .some(line) }
                if state.isOver { return .some(nil) }
                state.waiters.append(Waiter(isWanted: isWanted, continuation: continuation))
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
