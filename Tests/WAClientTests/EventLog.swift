import Storage
import TestSupport
import Testing
import WAClient

/// Everything a client recorded or announced, in order; tests wait on it instead of sleeping.
final class EventLog: Sendable {
    private let events = Watched<[ClientEvent]>([])

    func append(_ event: ClientEvent) { events.withLock { $0.append(event) } }

    /// Waits until `find` finds something among the events so far.
    func first<Found: Sendable>(
        sourceLocation: SourceLocation = #_sourceLocation, _ find: @escaping @Sendable (ClientEvent) -> Found?
    ) async throws -> Found {
        try await wait(for: "an event of the client", sourceLocation: sourceLocation) { $0.lazy.compactMap(find).first }
    }

    /// Waits until `find` finds something in so many events, those before included.
    func wait<Found: Sendable>(
        for count: Int, sourceLocation: SourceLocation = #_sourceLocation,
        _ find: @escaping @Sendable (ClientEvent) -> Found?
    ) async throws {
        try await events.wait(for: "\(count) events of the client", sourceLocation: sourceLocation) { events in
            events.lazy.filter { find($0) != nil }.prefix(count).count == count ? true : nil
        }
    }

    /// Waits until `find` finds something in all that has happened so far.
    func wait<Found: Sendable>(
        for what: @autoclosure @escaping @Sendable () -> String, sourceLocation: SourceLocation = #_sourceLocation,
        _ find: @escaping @Sendable ([ClientEvent]) -> Found?
    ) async throws -> Found {
        try await events.wait(for: what(), sourceLocation: sourceLocation, find)
    }

    func all<Found: Sendable>(_ find: @Sendable (ClientEvent) -> Found?) -> [Found] { events.withLock { $0.compactMap(find) } }

    var received: [ReceivedMessage] { all { if case .received(let message) = $0 { message } else { nil } } }
}
