import Foundation
import TestSupport
import Testing

@Suite("Imports point down")
struct ImportDirectionTests {
    /// What each target may import besides the standard library and Foundation: the architecture as a list.
    static let allowed: [String: Set<String>] = [
        "StrictJSON": [],
        "WACrypto": ["Crypto", "CryptoExtras", "CSodium"],
        "WABinary": ["CZlib"],
        "WAProto": ["SwiftProtobuf"],
        "WANoise": ["WACrypto", "WAProto"],
        "SignalProtocol": ["WACrypto", "WAProto"],
        "WAProtocol": ["WABinary", "WACrypto", "WAProto", "SignalProtocol", "CZlib"],
        "Storage": ["GRDB", "GRDBSQLite"],
        "WAClient": [
            "WAProtocol", "WABinary", "WACrypto", "WAProto", "SignalProtocol", "WANoise", "Storage", "NIOCore", "NIOPosix",
            "NIOHTTP1", "NIOWebSocket", "NIOSSL", "AsyncHTTPClient", "Logging",
        ],
        "WASimulator": ["WABinary", "WACrypto", "WAProto", "WANoise", "SignalProtocol"],
        "SimulatorServer": [
            "WASimulator", "WABinary", "WACrypto", "WANoise", "WAProto", "Hummingbird", "HummingbirdCore", "HTTPTypes",
            "NIOHTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL", "X509", "Crypto", "SwiftASN1", "Logging", "ServiceLifecycle",
        ],
        "Gateway": [
            "WAClient", "WAProtocol", "WABinary", "WACrypto", "Storage", "StrictJSON", "AsyncHTTPClient", "NIOCore", "NIOPosix",
            "NIOSSL", "NIOHTTP1", "ServiceLifecycle", "Subprocess", "SystemPackage", "Logging",
        ],
        "GatewayAPI": [
            "Gateway", "StrictJSON", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOHTTPTypes", "NIOCore", "NIOHTTP1",
            "NIOWebSocket", "CQREncode", "CZlib", "Logging", "ServiceLifecycle",
        ],
    ]

    static let always: Set<String> = [
        "Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "Glibc", "Musl", "Darwin", "Swift",
    ]

    @Test("Each target imports only what the architecture lets it", arguments: allowed.keys.sorted())
    func imports(target: String) throws {
        let permitted = try #require(Self.allowed[target]).union(Self.always)
        let files = try Repository.swiftFiles(under: "Sources/\(target)")
        #expect(!files.isEmpty)
        for file in files {
            for module in try Repository.imports(of: file) where !permitted.contains(module) {
                Issue.record("\(Repository.relativePath(file)) imports \(module)")
            }
        }
    }

    @Test("Every source target but the executable is in the list")
    func everyTargetIsListed() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: RepositoryRoot.url.appending(path: "Sources").path)
        let targets = folders.filter { !$0.hasPrefix("C") && $0 != "OpenWACommand" }
        #expect(Set(targets) == Set(Self.allowed.keys))
    }

    @Test("Nothing is public: we ship a program")
    func nothingIsPublic() throws {
        for file in try Repository.swiftFiles(under: "Sources") {
            let text = try String(contentsOf: file, encoding: .utf8)
            let publicLine = text.split(separator: "\n").first { $0.trimmingCharacters(in: .whitespaces).hasPrefix("public ") }
            #expect(publicLine == nil, "\(Repository.relativePath(file)): \(publicLine ?? "")")
        }
    }
}

/// The checkout these tests run in.
enum Repository {

    static func swiftFiles(under folder: String) throws -> [URL] {
        let base = RepositoryRoot.url.appending(path: folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return paths.filter { $0.hasSuffix(".swift") }.map { base.appending(path: $0) }
    }

    static func relativePath(_ file: URL) -> String { String(file.path.dropFirst(RepositoryRoot.url.path.count + 1)) }

    /// Modules named by import lines, whatever stands before or behind the word.
    static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
                words[..<index].allSatisfy({ ["package", "private", "internal", "public", "@preconcurrency", "@testable"].contains($0) })
            else { return nil }
            let kinds: Set<String> = ["struct", "class", "enum", "func", "protocol", "typealias", "var"]
            let name = kinds.contains(words[index + 1]) && index + 2 < words.count ? words[index + 2] : words[index + 1]
            return name.split(separator: ".").first.map(String.init)
        }
    }
}
