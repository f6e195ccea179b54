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

    @Flag(help: "Only the codecs and Signal.")
    var codecs = false

    @Flag(help: "Only the gateway.")
    var gateway = false

    func run() async throws {
        if !gateway { try CodecBenchmark().run().print() }
        if !codecs { try await GatewayBenchmark(sessionCounts: sessions, sendSeconds: seconds).run().print() }
    }
}
