/// A node as the payload of a frame: a flag byte, then the node, compressed when the flag says so.
///
/// ```
/// 00        node
/// xx & 02   zlib stream of a node
/// ```
package enum FramePayload {
    /// The largest node that a compressed frame may hold: the same 16 MiB as an uncompressed one.
    package static let maximumInflatedLength = 1 << 24

    private static let compressedFlag: UInt8 = 0x02

    /// The payload of a node. Clients and servers may both leave frames uncompressed, and we do.
    package static func pack(_ node: Node) -> [UInt8] {
        NodeEncoder.encode(node, after: [0])
    }

    /// The node in a payload; unknown flags are ignored.
    package static func unpack(_ bytes: [UInt8]) throws(NodeCodingError) -> Node {
        guard let flags = bytes.first else { throw .emptyFrame }
        guard flags & compressedFlag != 0 else { return try NodeDecoder.decode(bytes, from: 1) }
        let inflated = try Zlib.inflate(Array(bytes.dropFirst()), limit: maximumInflatedLength)
        return try NodeDecoder.decode(inflated)
    }
}
