package import NIOCore
import Synchronization

/// A connection that was accepted, until somebody serves it.
///
/// A server that is told to stop drops what it has accepted and not begun. A channel's writer that is dropped unfinished
/// ends the program (swift-nio, `NIOAsyncWriter`), so a dropped connection is closed here.
package final class AcceptedConnection<Inbound: Sendable, Outbound: Sendable>: Sendable {
    package typealias Served = NIOAsyncChannel<Inbound, Outbound>

    private let connection: Served
    private let isServed = Atomic(false)

    package var channel: any Channel { connection.channel }

    package init(_ connection: Served) { self.connection = connection }

    /// For who will run `executeThenClose`.
    package func serve() -> Served {
        isServed.store(true, ordering: .relaxed)
        return connection
    }

    deinit {
        guard !isServed.load(ordering: .relaxed) else { return }
        Task { [connection] in
            // Thrown out of the body so that nobody waits for the end of a channel that may never have begun.
            try? await connection.executeThenClose { _, _ in throw ChannelError.alreadyClosed }
        }
    }
}
