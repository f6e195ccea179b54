// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "openwa",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "openwa", targets: ["OpenWACommand"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

        // The pure half: bytes in, values out
        source("WACrypto", [crypto, cryptoExtras, "CSodium"]),
        source("WABinary", ["CZlib"]),
        // Generated: its classes are each one message's own, copied before they change, so no access can overlap another; the
        // checks for that were a tenth of what messages cost.
        .target(
            name: "WAProto", dependencies: [protobuf],
            swiftSettings: settings
                + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]),
        source("WANoise", ["WACrypto", "WAProto"]),
        source("SignalProtocol", ["WACrypto", "WAProto"]),
        source("WAProtocol", ["WABinary", "WACrypto", "WAProto", "SignalProtocol", "CZlib"]),

        source("StrictJSON", []),

        // The client of one account, and its storage
        source("Storage", [grdb, grdbSQLite]),
        source("WAClient", [
            "WAProtocol", "WABinary", "WACrypto", "WAProto", "SignalProtocol", "WANoise", "Storage",
            nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, asyncHTTPClient, logging,
        ]),

        // The other side of the protocol, written a second time
        source("WASimulator", ["WABinary", "WACrypto", "WAProto", "WANoise", "SignalProtocol"]),
        source("SimulatorServer", [
            "WASimulator", "WABinary", "WACrypto", "WANoise",
            hummingbird, nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, x509, asn1, crypto, logging,
        ]),

        // The product
        source("Gateway", [
            "WAClient", "WAProtocol", "WABinary", "WACrypto", "Storage", "StrictJSON",
            asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL, serviceLifecycle, subprocess, system, logging,
        ]),
        source("GatewayAPI", [
            "Gateway", "StrictJSON", hummingbird, nioCore, nioHTTP1, nioWebSocket, serviceLifecycle, "CQREncode", "CZlib",
            logging,
        ]),
        .executableTarget(
            name: "OpenWACommand",
            dependencies: [
                "GatewayAPI", "Gateway", "WAClient", "WAProtocol", "WAProto", "WABinary", "WACrypto", "WANoise",
                "SignalProtocol", "Storage", "StrictJSON", "SimulatorServer", "WASimulator",
                argumentParser, serviceLifecycle, unixSignals, asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL, subprocess,
                system, logging,
            ],
            swiftSettings: settings),

        // Tests
        .target(
            name: "CPowerLoss", path: "Tests/CPowerLoss", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "TestSupport",
            dependencies: [
                "GatewayAPI", "Gateway", "WAClient", "WAProtocol", "WAProto", "WABinary", "WACrypto", "WANoise",
                "SignalProtocol", "Storage", "SimulatorServer", "WASimulator", "CPowerLoss",
                asyncHTTPClient, logging, nioCore, nioHTTP1, nioPosix,
            ],
            path: "Tests/TestSupport",
            exclude: ["Vectors"],
            swiftSettings: settings),
        tests("WACryptoTests", ["WACrypto", "WAProto"]),
        tests("WABinaryTests", ["WABinary", "WACrypto"]),
        tests("WANoiseTests", ["WANoise", "WACrypto", "WAProto"]),
        tests("SignalProtocolTests", ["SignalProtocol", "WACrypto", "WAProto"]),
        tests("WAProtocolTests", ["WAProtocol", "WABinary", "WACrypto", "WAProto", "SignalProtocol"]),
        tests("StorageTests", ["Storage"]),
        tests("WAClientTests", [
            "WAClient", "WAProtocol", "WABinary", "WACrypto", "WAProto", "WANoise", "SignalProtocol", "Storage",
            "SimulatorServer", "WASimulator", hummingbird, nioCore, nioHTTP1, nioPosix, nioSSL, logging,
        ]),
        tests("WASimulatorTests", ["WASimulator", "WABinary", "WACrypto", "WAProto", "WANoise", "SignalProtocol"]),
        tests("SimulatorServerTests", [
            "SimulatorServer", "WASimulator", "WANoise", "WABinary", "WACrypto", "WAProto",
            nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, asyncHTTPClient, logging,
        ]),
        tests("GatewayTests", [
            "Gateway", "WAClient", "WAProtocol", "WABinary", "WACrypto", "Storage", "StrictJSON", nioCore, nioHTTP1,
            nioPosix, nioSSL, subprocess, system, logging,
        ]),
        tests(
            "GatewayAPITests",
            [
                "GatewayAPI", "Gateway", "WAClient", "Storage", "StrictJSON", hummingbird, hummingbirdTesting, nioCore,
                serviceLifecycle, logging, "CZlib",
            ]),
        tests("OpenWACommandTests", ["OpenWACommand", "GatewayAPI", "WAClient", "WACrypto", "WANoise", logging]),
        tests("EndToEndTests", [
            "GatewayAPI", "Gateway", "WAClient", "WAProtocol", "WABinary", "WACrypto", "WANoise", "WASimulator",
            "SimulatorServer", "Storage", "StrictJSON", asyncHTTPClient, hummingbird, hummingbirdTesting, nioCore, nioHTTP1,
            nioPosix, nioSSL, serviceLifecycle, subprocess, system, logging,
        ]),
        tests("RepositoryTests", []),
    ],
    swiftLanguageModes: [.v6]
)

// `ONLY=WAClientTests,GatewayTests swift test` builds these test targets and no others.
if let only = Context.environment["ONLY"]?.split(separator: ",").map(String.init) {
    package.targets.removeAll { $0.type == .test && !only.contains($0.name) }
}

// MARK: - Products of other packages

var argumentParser: Target.Dependency { .product(name: "ArgumentParser", package: "swift-argument-parser") }
var asn1: Target.Dependency { .product(name: "SwiftASN1", package: "swift-asn1") }
var asyncHTTPClient: Target.Dependency { .product(name: "AsyncHTTPClient", package: "async-http-client") }
var crypto: Target.Dependency { .product(name: "Crypto", package: "swift-crypto") }
var cryptoExtras: Target.Dependency { .product(name: "CryptoExtras", package: "swift-crypto") }
var grdb: Target.Dependency { .product(name: "GRDB", package: "GRDB.swift") }
var grdbSQLite: Target.Dependency { .product(name: "GRDBSQLite", package: "GRDB.swift") }
var hummingbird: Target.Dependency { .product(name: "Hummingbird", package: "hummingbird") }
var hummingbirdTesting: Target.Dependency { .product(name: "HummingbirdTesting", package: "hummingbird") }
var logging: Target.Dependency { .product(name: "Logging", package: "swift-log") }
var nioCore: Target.Dependency { .product(name: "NIOCore", package: "swift-nio") }
var nioHTTP1: Target.Dependency { .product(name: "NIOHTTP1", package: "swift-nio") }
var nioPosix: Target.Dependency { .product(name: "NIOPosix", package: "swift-nio") }
var nioSSL: Target.Dependency { .product(name: "NIOSSL", package: "swift-nio-ssl") }
var nioWebSocket: Target.Dependency { .product(name: "NIOWebSocket", package: "swift-nio") }
var protobuf: Target.Dependency { .product(name: "SwiftProtobuf", package: "swift-protobuf") }
var serviceLifecycle: Target.Dependency { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
var subprocess: Target.Dependency { .product(name: "Subprocess", package: "swift-subprocess") }
var system: Target.Dependency { .product(name: "SystemPackage", package: "swift-system") }
var unixSignals: Target.Dependency { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
var x509: Target.Dependency { .product(name: "X509", package: "swift-certificates") }

// MARK: - One line a target

nonisolated var settings: [SwiftSetting] {
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}

nonisolated func source(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

nonisolated func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}
