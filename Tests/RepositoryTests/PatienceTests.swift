import Foundation
import TestSupport
import Testing

/// The waits of tests end, whatever happens.
@Suite("Waits of tests")
struct PatienceTests {
    private let value = Watched(0)

    @Test("return what is found: at once, or when the value has changed")
    func found() async throws {
        #expect(try await value.wait(for: "a number") { $0 } == 0)
        let waiting = Task { try await value.wait(for: "two") { $0 == 2 ? "two" : nil } }
        for number in 1...2 { value.withLock { $0 = number } }
        #expect(try await waiting.value == "two")
    }

    @Test("end with the limit, which is an issue that names what was waited for")
    func limit() async throws {
        try await withKnownIssue {
            _ = try await value.wait(for: "one", within: .milliseconds(1)) { $0 == 1 ? true : nil }
        } matching: { issue in
            (issue.error as? OutOfPatience)?.what == "one"
        }
    }

    @Test("end with the limit although the operation does not notice that it is cancelled")
    func deaf() async throws {
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        try await withKnownIssue {
            try await patiently("nothing", within: .milliseconds(1)) {
                await Task.detached { for await _ in never {} }.value
            }
        } matching: { issue in
            (issue.error as? OutOfPatience)?.what == "nothing"
        }
        end.finish()
    }

    @Test("are these, and no continuations of a test's own, which may wait for ever")
    func everywhere() throws {
        let continuation = "withChecked" + "Continuation"
        for file in try Repository.swiftFiles(under: "Tests") where !file.path.contains("/Tests/TestSupport/") {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains(continuation), "\(Repository.relativePath(file))")
        }
    }

    @Test("end with their task")
    func cancelled() async {
        let waiting = Task { try await value.wait(for: "one") { $0 == 1 ? true : nil } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
