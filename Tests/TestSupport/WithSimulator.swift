package import Logging
package import SimulatorServer
import WASimulator

/// Lends a simulator on free ports of loopback, seeded, with nobody in it yet. The seed is printed when the body fails.
///
/// For `wss` pass `tlsPort: 0`, for the control API `controlPort: 0`; a test that needs neither starts faster without.
package func withSimulator<R: Sendable>(
    seed: UInt64 = 1, tlsPort: Int? = nil, controlPort: Int? = nil,
    configure: (inout SimulatorSettings) -> Void = { _ in },
    logger: Logger = Logger(label: "simulator", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: @Sendable (RunningSimulator) async throws -> R
) async throws -> R {
    var settings = SimulatorSettings()
    settings.configuration.seed = seed
    settings.tlsPort = tlsPort
    settings.controlPort = controlPort
    configure(&settings)
    do {
        return try await withRunningSimulator(settings, logger: logger, body)
    } catch {
        print("The simulator's seed was \(settings.configuration.seed).")
        throw error
    }
}
