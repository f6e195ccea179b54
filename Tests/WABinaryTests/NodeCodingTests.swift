import TestSupport
import Testing

@testable import WABinary

@Suite("Node coding")
struct NodeCodingTests {
    @Test("Any node comes back with the same meaning, and its bytes are stable")
    func roundTrips() throws {
        try withSeed { random in
            for _ in 0..<500 {
                let node = random.node()
                let bytes = NodeEncoder.encode(node)
                let decoded = try NodeDecoder.decode(bytes)
                #expect(decoded.hasSameMeaning(as: node))
                #expect(NodeEncoder.encode(decoded) == bytes)
                #expect(try FramePayload.unpack(FramePayload.pack(node)) == decoded)
                #expect(try FramePayload.unpack([2] + Zlib.deflate(bytes)) == decoded)
            }
        }
    }

    @Test("Every word of the dictionaries is written as its token and read back")
    func tokens() throws {
        for (number, word) in TokenDictionary.words.enumerated().dropFirst() {
            let expected: [UInt8] =
                number < 236 ? [UInt8(number)] : [UInt8(236 + (number - 236) / 256), UInt8((number - 236) % 256)]
            #expect(NodeEncoder.encode(Node(word)) == [0xF8, 1] + expected)
            #expect(try NodeDecoder.decode([0xF8, 1] + expected).tag == word)
            #expect(TokenDictionary.number(of: word) == number)
            #expect(TokenDictionary.number(of: word + "\u{0}") == nil)
        }
        #expect(TokenDictionary.number(of: "") == nil)
    }

    @Test("The longest lists that the wire carries are written and read")
    func longLists() throws {
        let children = Node("list", [:], Array(repeating: Node("item"), count: 65_535))
        #expect(try NodeDecoder.decode(NodeEncoder.encode(children)) == children)
        var elements: [Attributes.Element] = []
        for index in 0..<32_767 { elements.append(Attributes.Element(name: "n\(index)", value: "0")) }
        let attributes = Node("list", Attributes(elements))
        #expect(try NodeDecoder.decode(NodeEncoder.encode(attributes)).attributes.count == 32_767)
    }

    @Test("Invalid UTF-8 in a text is repaired, not refused")
    func invalidUTF8() throws {
        let node = try NodeDecoder.decode([0xF8, 3, 19, 8, 0xFC, 2, 0xFF, 0x61])
        #expect(node["id"] == "\u{FFFD}a")
    }

    @Test("Inflation is exact at the limit, refuses one byte more, and refuses cut or foreign streams")
    func inflation() throws {
        let blob = [UInt8](repeating: 7, count: 100_000)
        let stream = Zlib.deflate(blob)
        #expect(try Zlib.inflate(stream, limit: 100_000) == blob)
        #expect(throws: NodeCodingError.inflatedTooLarge(limit: 99_999)) { try Zlib.inflate(stream, limit: 99_999) }
        #expect(throws: NodeCodingError.self) { try Zlib.inflate(Array(stream.dropLast()), limit: 100_000) }
        #expect(throws: NodeCodingError.self) { try Zlib.inflate([1, 2, 3], limit: 100_000) }
        #expect(throws: NodeCodingError.self) { try Zlib.inflate([], limit: 100_000) }
        #expect(try Zlib.inflate(Zlib.deflate([]), limit: 0) == [])
        #expect(try Zlib.inflate(stream + [1, 2, 3], limit: 100_000) == blob)
    }
}
