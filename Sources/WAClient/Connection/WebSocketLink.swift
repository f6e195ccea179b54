/// One WebSocket to a WhatsApp server, as bytes in order both ways.
///
/// The seam exists because production speaks TCP and TLS through NIO while tests cut, delay and reorder in memory.
/// `send` never blocks and never fails: bytes given to a closed link are dropped, and the receiver's `closed` has said so.
/// Message boundaries carry no meaning (frames have their own lengths, protocol reference 1.1).
package protocol WebSocketLink: Sendable {
    func send(_ bytes: [UInt8])
    /// Asks, on the link's own thread and after earlier calls, whether bytes are wanted, and reads from the network or leaves
    /// it. What has been read already is still handed on.
    func readWhile(_ isWanted: @escaping @Sendable () -> Bool)
    func close()
}

/// What a link calls. `received` comes in order, one call at a time; `closed` comes once, last.
package struct LinkReceiver: Sendable {
    package let received: @Sendable ([UInt8]) -> Void
    package let closed: @Sendable ((any Error)?) -> Void

    package init(
        received: @escaping @Sendable ([UInt8]) -> Void,
        closed: @escaping @Sendable ((any Error)?) -> Void
    ) {
        self.received = received
        self.closed = closed
    }
}

/// Opens links: NIO in production, memory in tests.
package typealias LinkOpener = @Sendable (ServerEndpoint, LinkReceiver) async throws -> any WebSocketLink
