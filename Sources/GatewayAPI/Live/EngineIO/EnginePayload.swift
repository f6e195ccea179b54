/// Packets in the body of a polling request or answer: their texts with 0x1E between them.
///
/// ```
/// 4hello 1E 2 1E 4world 1E bAQIDBA==
/// ```
/// Source: socketio/engine.io-protocol, "HTTP long-polling".
enum EnginePayload {
    static let separator: UInt8 = 0x1E
    /// What one body may carry, either way; the handshake tells it as `maxPayload`. One packet of ours alone may be larger.
    static let maximumByteCount = 1_000_000
    static let maximumPacketCount = 4_096

    static func decode(_ body: some Collection<UInt8>) throws(EngineError) -> [EnginePacket] {
        guard body.count <= maximumByteCount else { throw .payloadTooLarge }
        var packets: [EnginePacket] = []
        // One more piece than allowed shows that there are too many, without splitting the rest.
        let pieces = body.split(
            separator: separator, maxSplits: maximumPacketCount, omittingEmptySubsequences: false)
        guard pieces.count <= maximumPacketCount else { throw .tooManyPackets }
        packets.reserveCapacity(pieces.count)
        for piece in pieces { packets.append(try EnginePacket(text: piece)) }
        return packets
    }

    static func encode(_ packets: some Sequence<EnginePacket>) -> [UInt8] {
        var body: [UInt8] = []
        for packet in packets {
            if !body.isEmpty { body.append(separator) }
            body.append(contentsOf: packet.text)
        }
        return body
    }
}
