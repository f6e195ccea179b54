import ArgumentParser

/// `openwa`: one program, one subcommand for each thing it does.
@main
struct OpenWACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openwa",
        abstract: "A WhatsApp gateway.",
        subcommands: [SimulateCommand.self])
}
