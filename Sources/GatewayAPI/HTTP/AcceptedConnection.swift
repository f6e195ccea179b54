import HummingbirdCore
import NIOCore
import Synchronization

/// A connection that was accepted, until somebody serves it.
///
/// A server that is told to stop drops what it has accepted and not begun. A channel's writer that is dropped unfinished
/// ends the program (swift-nio, `NIOAsyncWriter`), so a dropped connection is closed here.
final class AcceptedConnection<Inbound: Sendable, Outbound: Sendable>: ServerChildChannelValue {
    typealias Served = NIOAsyncChannel<Inbound, Outbound>

    private let connection: Served
    private let isServed = Atomic(false)

    var channel: any Channel { connection.channel }

    init(_ connection: Served) { self.connection = connection }

    /// For who will run `executeThenClose`.
    func serve() -> Served {
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
