/// The bytes a client sends before its first frame.
///
/// ```
/// [ 45 44 00 01 || length (3, big-endian) || routing information ]   optional
/// 57 41 06 03                                                        "WA", protocol 6, dictionary 3
/// ```
/// The header is also the prologue of the Noise handshake; the routing information is not.
package enum ConnectionHeader {
    package static let bytes: [UInt8] = [0x57, 0x41, 0x06, 0x03]

    static let routingMark: [UInt8] = [0x45, 0x44, 0x00, 0x01]

    /// The whole preamble, with the routing information a server gave us on an earlier connection, if any.
    package static func preamble(routingInfo: [UInt8]? = nil) -> [UInt8] {
        guard let routingInfo else { return bytes }
        return routingMark + FrameCodec.frame(routingInfo) + bytes
    }
}

/// Reads the preamble on the server's side, from pieces of any size.
package struct PreambleReader: Sendable {
    /// Why 4 KiB? Routing information seen in the field has a few dozen bytes; nobody is to make us buffer megabytes
    /// before the first header byte.
    package static let maximumRoutingInfoLength = 4096

    private let header: [UInt8]
    private var buffer: [UInt8] = []

    package init(header: [UInt8] = ConnectionHeader.bytes) {
        self.header = header
    }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// Returns the routing information and all bytes behind the header, once the header is complete.
    ///
    /// Throws `malformedPreamble` at the first byte that fits neither form, and `frameTooLong`.
    package func finished() throws(NoiseError) -> (routingInfo: [UInt8]?, remainder: [UInt8])? {
        let mark = ConnectionHeader.routingMark
        guard buffer.first == mark[0] else {
            return try afterHeader(from: 0, routingInfo: nil)
        }
        guard zip(buffer, mark).allSatisfy(==) else { throw .malformedPreamble }
        guard buffer.count >= mark.count + 3 else { return nil }
        let length = Int(buffer[4]) << 16 | Int(buffer[5]) << 8 | Int(buffer[6])
        guard length <= Self.maximumRoutingInfoLength else { throw .frameTooLong(length) }
        guard buffer.count >= mark.count + 3 + length else { return nil }
        let routingInfo = [UInt8](buffer[7..<7 + length])
        return try afterHeader(from: 7 + length, routingInfo: routingInfo)
    }

    private func afterHeader(
        from start: Int, routingInfo: [UInt8]?
    ) throws(NoiseError) -> (routingInfo: [UInt8]?, remainder: [UInt8])? {
        let rest = buffer[start...]
        guard zip(rest, header).allSatisfy(==) else { throw .malformedPreamble }
        guard rest.count >= header.count else { return nil }
        return (routingInfo, [UInt8](rest.dropFirst(header.count)))
    }
}
