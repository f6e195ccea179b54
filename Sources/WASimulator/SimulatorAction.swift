package import WABinary

/// Names one connection to the simulated server; the owner of the ports gives them out and never reuses one.
package struct ConnectionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    package var description: String { "connection \(number)" }

    package static func < (one: ConnectionID, other: ConnectionID) -> Bool { one.number < other.number }
}

/// What the owner of the ports has to do, in this order.
package enum SimulatorAction: Equatable, Sendable {
    /// Seal the node and write it as one frame.
    case send(Node, to: ConnectionID)
    /// Seal these bytes, which are no node, and write them as one frame.
    case sendPayload([UInt8], to: ConnectionID)
    /// Write what was sent so far, then close in good order. `disconnected` need not be called for it.
    case close(ConnectionID)
    /// Drop the connection without a word as soon as this many more bytes have been written to it (0: now).
    /// Then call `disconnected`.
    case cut(ConnectionID, afterByteCount: Int)
    /// Fetch the file, check and decrypt it, and call `fetchedMedia`: a phone wants to show it.
    case fetchMedia(MediaFile)
    /// Keep the file on the media server; one under the same name is replaced.
    case store(StoredFile)
    /// Keep the bytes of a file under another name too, as if it had been uploaded again.
    case storeAgain(String, as: String)
}
