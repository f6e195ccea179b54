#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes nodes as the bytes of the wire.
///
/// Two walks over the node: one adds up an upper bound of the length, the other writes into one block of that size.
/// The result is the same bytes as whatsmeow writes, except for empty texts, which are `FC 00`.
package enum NodeEncoder {
    /// The bytes of a node without the frame's flag byte.
    ///
    /// A node has at most 32,767 attributes and 65,535 children; more is a fault of the caller and stops the process.
    package static func encode(_ node: Node) -> [UInt8] {
        encode(node, after: [])
    }

    /// The bytes of a node behind a prefix.
    static func encode(_ node: Node, after prefix: [UInt8]) -> [UInt8] {
        let bound = prefix.count + NodeWriter.bound(of: node)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            var writer = NodeWriter(start: UnsafeMutableRawPointer(buffer.baseAddress!))
            for byte in prefix { writer.write(byte) }
            withUnsafePointer(to: node) { writer.write($0) }
            count = writer.count
        }
    }
}

/// The write position in a block that is known to be long enough.
private struct NodeWriter {
    private let start: UnsafeMutableRawPointer
    private var cursor: UnsafeMutableRawPointer
    private let tokens: TokenIndex

    init(start: UnsafeMutableRawPointer) {
        self.start = start
        cursor = start
        tokens = TokenDictionary.index
    }

    var count: Int { cursor - start }

    // MARK: - Upper bounds

    /// No text takes more than its bytes, a start byte and four bytes of length.
    private static let textOverhead = 5
    /// A text JID (`65535-` `:65535` `@`) and its text overhead; every other form is shorter.
    private static let jidOverhead = 24
    private static let listOverhead = 3

    static func bound(of node: Node) -> Int {
        withUnsafePointer(to: node) { bound(of: $0) }
    }

    private static func bound(of node: UnsafePointer<Node>) -> Int {
        var bound = listOverhead + textOverhead + node.pointee.tag.utf8.count
        node.pointee.attributes.storage.withUnsafeBufferPointer { attributes in
            for index in attributes.indices {
                bound += textOverhead + attributes[index].name.utf8.count
                switch attributes[index].value {
                case .text(let text): bound += textOverhead + text.utf8.count
                case .jid(let jid): bound += jidOverhead + jid.user.utf8.count + jid.server.rawValue.utf8.count
                }
            }
        }
        switch node.pointee.content {
        case nil: break
        case .nodes(let children)?:
            bound += listOverhead
            children.withUnsafeBufferPointer { children in
                guard let first = children.baseAddress else { return }
                for index in children.indices { bound += Self.bound(of: first + index) }
            }
        case .bytes(let bytes)?: bound += textOverhead + bytes.count
        case .text(let text)?: bound += textOverhead + text.utf8.count
        }
        return bound
    }

    // MARK: - Writing

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        cursor.storeBytes(of: byte, as: UInt8.self)
        cursor += 1
    }

    @inline(__always)
    private mutating func write(_ number: UInt16) {
        write(UInt8(truncatingIfNeeded: number >> 8))
        write(UInt8(truncatingIfNeeded: number))
    }

    /// Takes a pointer so that walking a tree copies, and counts references to, none of its nodes.
    mutating func write(_ node: UnsafePointer<Node>) {
        node.pointee.attributes.storage.withUnsafeBufferPointer { attributes in
            writeList(count: 1 + 2 * attributes.count + (node.pointee.content == nil ? 0 : 1))
            write(node.pointee.tag)
            for index in attributes.indices {
                write(attributes[index].name)
                switch attributes[index].value {
                case .text(let text): write(text)
                case .jid(let jid): write(jid)
                }
            }
        }
        switch node.pointee.content {
        case nil: break
        case .nodes(let children)?:
            writeList(count: children.count)
            children.withUnsafeBufferPointer { children in
                guard let first = children.baseAddress else { return }
                for index in children.indices { write(first + index) }
            }
        case .bytes(let bytes)?: bytes.withUnsafeBytes { writeRaw($0) }
        case .text(let text)?: write(text)
        }
    }

    private mutating func writeList(count: Int) {
        if count == 0 {
            write(WireByte.emptyList)
        } else if count < 256 {
            write(WireByte.list8)
            write(UInt8(count))
        } else {
            precondition(count <= 65_535, "A list on the wire holds at most 65,535 items")
            write(WireByte.list16)
            write(UInt16(count))
        }
    }

    @inline(__always)
    private mutating func write(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        if isWritten == nil {
            Array(text.utf8).withUnsafeBytes { write($0) }
        }
    }

    /// The string path: token, nibbles, hexadecimal digits, raw bytes, whichever fits first.
    private mutating func write(_ text: UnsafeRawBufferPointer) {
        let token = tokens.number(of: text)
        if token != 0 {
            if token < UInt32(TokenDictionary.singleCount) {
                write(UInt8(token))
            } else {
                let place = token - UInt32(TokenDictionary.singleCount)
                write(WireByte.dictionary0 + UInt8(place >> 8))
                write(UInt8(place & 0xFF))
            }
        } else if let alphabet = PackedString.alphabet(for: text) {
            writePacked(text, alphabet)
        } else {
            writeRaw(text)
        }
    }

    private mutating func writePacked(_ text: UnsafeRawBufferPointer, _ alphabet: PackedString.Alphabet) {
        let count = text.count
        let isOdd = count & 1 == 1
        write(alphabet.startByte)
        write(UInt8((count + 1) / 2) | (isOdd ? 0x80 : 0))
        var index = 0
        while index + 1 < count {
            write(PackedString.value(text[index]) << 4 | PackedString.value(text[index + 1]))
            index += 2
        }
        if isOdd {
            write(PackedString.value(text[count - 1]) << 4 | 0x0F)
        }
    }

    private mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        if count < 256 {
            write(WireByte.binary8)
            write(UInt8(count))
        } else if count < 1 << 20 {
            write(WireByte.binary20)
            write(UInt8(count >> 16))
            write(UInt16(truncatingIfNeeded: count))
        } else {
            precondition(count <= Int(UInt32.max), "A value on the wire has at most 2^32 - 1 bytes")
            write(WireByte.binary32)
            write(UInt16(truncatingIfNeeded: count >> 16))
            write(UInt16(truncatingIfNeeded: count))
        }
        if let base = bytes.baseAddress, count > 0 {
            memcpy(cursor, base, count)
            cursor += count
        }
    }

    /// The shortest form that carries all of a JID: with a device for people, always for hosted, foreign and Messenger
    /// ones, else as a pair. A device that fits no form goes out as text.
    private mutating func write(_ jid: JID) {
        if let domain = jid.server.domain {
            if jid.device == 0, domain < 128 {
                writePair(jid)
            } else if let device = UInt8(exactly: jid.device) {
                write(WireByte.deviceJID)
                write(domain)
                write(device)
                write(jid.user)
            } else {
                write(jid.description)
            }
        } else if jid.server == .messenger {
            write(WireByte.messengerJID)
            write(jid.user)
            write(jid.device)
            write(jid.server.rawValue)
        } else if jid.server == .interop {
            write(WireByte.interopJID)
            write(jid.user)
            write(jid.device)
            write(jid.integrator)
            write(jid.server.rawValue)
        } else if jid.device == 0 {
            writePair(jid)
        } else {
            write(jid.description)
        }
    }

    private mutating func writePair(_ jid: JID) {
        write(WireByte.jidPair)
        if jid.user.isEmpty {
            write(WireByte.emptyList)
        } else {
            write(jid.user)
        }
        write(jid.server.rawValue)
    }
}
