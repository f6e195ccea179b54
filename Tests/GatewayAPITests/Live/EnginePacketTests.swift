import TestSupport
import Testing

@testable import GatewayAPI

@Suite("Packets of Engine.IO")
struct EnginePacketTests {
    /// From the specification's text.
    static let vectors: [(String, EnginePacket)] = [
        ("0{}", .open(Array("{}".utf8))), ("1", .close), ("2", .ping()), ("2probe", .ping(EnginePacket.probe)),
        ("3", .pong()), ("3probe", .pong(EnginePacket.probe)), ("4hello", .message(Array("hello".utf8))),
        ("5", .upgrade), ("6", .noop), ("bAQIDBA==", .binary([1, 2, 3, 4])),
    ]

    @Test("are read and written as the specification shows them", arguments: vectors.indices)
    func packets(index: Int) throws {
        let (text, packet) = Self.vectors[index]
        #expect(try EnginePacket(text: Array(text.utf8)) == packet)
        #expect(packet.text == Array(text.utf8))
    }

    @Test("stand in a payload with 0x1E between them")
    func payload() throws {
        let text = "4hello\u{1E}2\u{1E}4world\u{1E}bAQIDBA=="
        let packets: [EnginePacket] = [
            .message(Array("hello".utf8)), .ping(), .message(Array("world".utf8)), .binary([1, 2, 3, 4]),
        ]
        #expect(try EnginePayload.decode(Array(text.utf8)) == packets)
        #expect(EnginePayload.encode(packets) == Array(text.utf8))
    }

    @Test("that are none are refused: empty, of an unknown type, no base64, too many, too large")
    func refused() {
        #expect(throws: EngineError.emptyPacket) { try EnginePayload.decode([]) }
        #expect(throws: EngineError.emptyPacket) { try EnginePayload.decode(Array("2\u{1E}".utf8)) }
        #expect(throws: EngineError.unknownPacketType(0x37)) { try EnginePacket(text: [0x37]) }
        #expect(throws: EngineError.invalidBase64) { try EnginePacket(text: Array("b!".utf8)) }
        let many = Array(String(repeating: "2\u{1E}", count: 5_000).utf8) + [0x32]
        #expect(throws: EngineError.tooManyPackets) { try EnginePayload.decode(many) }
        #expect(throws: EngineError.payloadTooLarge) {
            try EnginePayload.decode([UInt8](repeating: 0x34, count: EnginePayload.maximumByteCount + 1))
        }
    }

    @Test("Damaged payloads are read or refused, and what is read means the same when it is written")
    func damaged() throws {
        let inputs = Self.vectors.map { Array($0.0.utf8) } + [Array("4a\u{1E}2\u{1E}bAQIDBA==\u{1E}5".utf8)]
        try withMutations(of: inputs) { damaged, _ in
            guard let packets = try? EnginePayload.decode(damaged) else { return }
            let again = try EnginePayload.decode(EnginePayload.encode(packets))
            #expect(again == packets)
        }
    }
}
