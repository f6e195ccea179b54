import ArgumentParser

/// `openwa`: one program, one subcommand for each thing it does.
@main
struct OpenWACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openwa",
        abstract: "A WhatsApp gateway.",
        version: version,
        subcommands: [
            ServeCommand.self, SimulateCommand.self, BenchCommand.self, ErrorsCommand.self, OpenAPICommand.self,
        ])

    /// As in health and in `openwa --version`.
    static let version = "0.1.0"

    static func main() async {
        MemoryArenas.limit()
        await main(nil)
    }
}
