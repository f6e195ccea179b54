import ArgumentParser
import GatewayAPI

/// `openwa errors`: the catalogue of errors, as it is committed in `Docs/errors.md`.
struct ErrorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "errors", abstract: "Print the catalogue of errors.", shouldDisplay: false)

    func run() { print(ErrorCatalogue.markdown, terminator: "") }
}
