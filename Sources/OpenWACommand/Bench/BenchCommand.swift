import ArgumentParser

/// `openwa bench`: figures of this machine. Build it with `-c release`; a debug build measures the debug build.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this build on this machine.",
        discussion: "Prints small tables, with figures of other software for comparison. Nothing passes or fails.")

    @Option(parsing: .upToNextOption, help: "Numbers of idle linked sessions to measure memory with.")
    var sessions = [100, 200, 1_000]

    @Option(help: "How long each send measurement lasts.")
    var seconds = 10

    @Option(help: "Kilobytes of the file that is sent again and again.")
    var fileKilobytes = 100

    @Option(help: "People in the group that is written to, ourselves included.")
    var groupSize = 256

    @Option(help: "How long messages stream in with webhooks, a live and a dead one for each session.")
    var webhookSeconds = 60

    @Option(
        parsing: .upToNextOption,
        help:
            "Only these parts of the gateway: memory, sends, media, group, inbound, chats, history, webhooks, restart.")
    var only: [GatewayBenchmark.Part] = []

    @Flag(help: "Only the codecs and Signal.")
    var codecs = false

    @Flag(help: "Only the gateway.")
    var gateway = false

    func validate() throws {
        guard sessions.allSatisfy({ (1...10_000).contains($0) }), !sessions.isEmpty else {
            throw ValidationError("--sessions takes numbers from 1 to 10000.")
        }
        guard (1...50_000).contains(fileKilobytes) else {
            throw ValidationError("--file-kilobytes is from 1 to 50000.")
        }
        guard (2...1_024).contains(groupSize) else { throw ValidationError("--group-size is from 2 to 1024.") }
        guard seconds > 0, webhookSeconds > 0 else { throw ValidationError("Measurements last at least a second.") }
    }

    func run() async throws {
        if !gateway && only.isEmpty { try CodecBenchmark().run().print() }
        if codecs { return }
        let benchmark = GatewayBenchmark(
            sessionCounts: sessions, sendSeconds: seconds, fileByteCount: fileKilobytes * 1_000, groupSize: groupSize,
            webhookSeconds: webhookSeconds, parts: only.isEmpty ? Set(GatewayBenchmark.Part.allCases) : Set(only))
        try await benchmark.run().print()
    }
}
