import ArgumentParser
import AsyncHTTPClient

@main
struct OpenWACommand: ParsableCommand {
    mutating func run() {}
}
