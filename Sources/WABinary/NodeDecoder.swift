/// Reads nodes from the bytes of the wire.
///
/// The bytes come from the network, so every count is checked against the bytes that are left before anything is
/// reserved, depth and the number of parts are limited, and all input either gives a node or throws.
package enum NodeDecoder {
    /// How deep nodes may lie inside nodes; real stanzas stay under 10.
    package static let maximumDepth = 64
    /// How many nodes and attributes one frame may hold.
    ///
    /// An attribute takes at least 2 bytes on the wire and 64 in memory, so without this a frame of 16 MiB could claim
    /// half a gigabyte. The largest honest frames (every group of a large account with every participant) stay below.
    package static let maximumElementCount = 1 << 20

    /// Reads one node that takes up all of the bytes, without the frame's flag byte.
    package static func decode(_ bytes: [UInt8]) throws(NodeCodingError) -> Node {
        try decode(bytes, from: 0)
    }

    /// Reads one node that takes up the bytes from an offset on.
    static func decode(_ bytes: [UInt8], from offset: Int) throws(NodeCodingError) -> Node {
        let result = bytes.withUnsafeBytes { buffer -> Result<Node, NodeCodingError> in
            var reader = NodeReader(UnsafeRawBufferPointer(rebasing: buffer[offset...]))
            do throws(NodeCodingError) {
                let node = try reader.readNode(depth: 0)
                guard reader.remaining == 0 else { throw .trailingBytes(reader.remaining) }
                return .success(node)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// The read position in a block of bytes.
private struct NodeReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var elementBudget = NodeDecoder.maximumElementCount
    /// Bytes that the lists being read still owe: what their announced but unread nodes take at the least. A new list
    /// may only claim what is beyond that, so that claims inside claims never add up to more than the input.
    private var owed = 0
    private static let leastNodeLength = 3
    private static let leastAttributeLength = 2
    private let words: [String]

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        words = TokenDictionary.words
    }

    var remaining: Int { bytes.count - position }

    // MARK: - Bytes

    @inline(__always)
    private mutating func readByte() throws(NodeCodingError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        let byte = bytes[position]
        position += 1
        return byte
    }

    @inline(__always)
    private mutating func readUInt16() throws(NodeCodingError) -> UInt16 {
        let high = try readByte()
        return try UInt16(high) << 8 | UInt16(readByte())
    }

    @inline(__always)
    private mutating func readBytes(_ count: Int) throws(NodeCodingError) -> UnsafeRawBufferPointer {
        guard count <= remaining else { throw .truncated }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
        position += count
        return slice
    }

    /// Nil when the byte starts no list.
    @inline(__always)
    private mutating func readListCount(_ start: UInt8) throws(NodeCodingError) -> Int? {
        switch start {
        case WireByte.emptyList: 0
        case WireByte.list8: Int(try readByte())
        case WireByte.list16: Int(try readUInt16())
        default: nil
        }
    }

    /// Nil when the byte starts no raw bytes.
    @inline(__always)
    private mutating func readRaw(_ start: UInt8) throws(NodeCodingError) -> UnsafeRawBufferPointer? {
        switch start {
        case WireByte.binary8:
            return try readBytes(Int(readByte()))
        case WireByte.binary20:
            let high = try readByte() & 0x0F
            return try readBytes(Int(high) << 16 | Int(readUInt16()))
        case WireByte.binary32:
            let high = try readUInt16()
            return try readBytes(Int(high) << 16 | Int(readUInt16()))
        default:
            return nil
        }
    }

    // MARK: - Nodes

    mutating func readNode(depth: Int) throws(NodeCodingError) -> Node {
        guard depth < NodeDecoder.maximumDepth else { throw .tooDeep }
        let start = try readByte()
        guard let size = try readListCount(start) else { throw .unexpectedByte(start) }
        guard size > 0 else { throw .emptyTag }
        let tagStart = try readByte()
        if tagStart == WireByte.emptyList { throw .emptyTag }
        let tag = try readText(tagStart)
        guard !tag.isEmpty else { throw .emptyTag }

        let attributeCount = (size - 1) / 2
        guard Self.leastAttributeLength * attributeCount <= remaining - owed else { throw .truncated }
        try spend(1 + attributeCount)
        var attributes: [Attributes.Element] = []
        if attributeCount > 0 {
            attributes.reserveCapacity(attributeCount)
            for _ in 0..<attributeCount {
                let name = try readText(readByte())
                attributes.append(Attributes.Element(name: name, value: try readValue(readByte())))
            }
        }
        let content = size & 1 == 0 ? try readContent(depth: depth) : nil
        return Node(tag, Attributes(attributes), content: content)
    }

    private mutating func readContent(depth: Int) throws(NodeCodingError) -> Node.Content {
        let start = try readByte()
        if let count = try readListCount(start) {
            let owedByList = Self.leastNodeLength * count
            guard owedByList <= remaining - owed else { throw .truncated }
            guard count <= elementBudget else { throw .tooManyElements }
            owed += owedByList
            var children: [Node] = []
            children.reserveCapacity(count)
            for _ in 0..<count {
                owed -= Self.leastNodeLength
                children.append(try readNode(depth: depth + 1))
            }
            return .nodes(children)
        }
        if let raw = try readRaw(start) {
            return .bytes([UInt8](raw))
        }
        return .text(try readValue(start).text)
    }

    private mutating func spend(_ elements: Int) throws(NodeCodingError) {
        elementBudget -= elements
        guard elementBudget >= 0 else { throw .tooManyElements }
    }

    // MARK: - Texts and JIDs

    /// A text in any of its forms; a list or a JID is refused.
    private mutating func readText(_ start: UInt8) throws(NodeCodingError) -> String {
        if start < WireByte.dictionary0 {
            guard start != WireByte.emptyList else { throw .unexpectedByte(start) }
            return words[Int(start)]
        }
        switch start {
        case WireByte.dictionary0...WireByte.dictionary3:
            let place = Int(start - WireByte.dictionary0) << 8 | Int(try readByte())
            return words[TokenDictionary.singleCount + place]
        case WireByte.nibble8:
            return try readPacked(.nibble)
        case WireByte.hex8:
            return try readPacked(.hex)
        default:
            guard let raw = try readRaw(start) else { throw .unexpectedByte(start) }
            return String(decoding: raw, as: UTF8.self)
        }
    }

    private mutating func readPacked(_ alphabet: PackedString.Alphabet) throws(NodeCodingError) -> String {
        let length = try readByte()
        let packed = try readBytes(Int(length & 0x7F))
        return try PackedString.unpack(packed, alphabet, isOdd: length & 0x80 != 0)
    }

    /// An attribute's value; the empty list reads as an empty text.
    private mutating func readValue(_ start: UInt8) throws(NodeCodingError) -> AttributeValue {
        switch start {
        case WireByte.emptyList: return .text("")
        case WireByte.jidPair: return .jid(try readPair())
        case WireByte.deviceJID: return .jid(try readDeviceJID())
        case WireByte.messengerJID: return .jid(try readMessengerJID())
        case WireByte.interopJID: return .jid(try readInteropJID())
        default: return .text(try readText(start))
        }
    }

    private mutating func readPair() throws(NodeCodingError) -> JID {
        let start = try readByte()
        let user = start == WireByte.emptyList ? "" : try readText(start)
        return JID(user, try readServer())
    }

    private mutating func readServer() throws(NodeCodingError) -> JID.Server {
        let start = try readByte()
        guard start != WireByte.emptyList else { throw .invalidJID }
        let server = try readText(start)
        guard !server.isEmpty else { throw .invalidJID }
        return JID.Server(rawValue: server)
    }

    private mutating func readDeviceJID() throws(NodeCodingError) -> JID {
        let server = JID.Server(domain: try readByte())
        let device = UInt16(try readByte())
        return JID(try readText(readByte()), server, device: device)
    }

    private mutating func readMessengerJID() throws(NodeCodingError) -> JID {
        let user = try readText(readByte())
        let device = try readUInt16()
        let server = try readServer()
        guard server == .messenger else { throw .invalidJID }
        return JID(user, server, device: device)
    }

    private mutating func readInteropJID() throws(NodeCodingError) -> JID {
        let user = try readText(readByte())
        let device = try readUInt16()
        let integrator = try readUInt16()
        let server = try readServer()
        guard server == .interop else { throw .invalidJID }
        return JID(user, server, device: device, integrator: integrator)
    }
}
