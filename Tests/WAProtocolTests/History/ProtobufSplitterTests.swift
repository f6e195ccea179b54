import TestSupport
import Testing
import WAProtocol

@Suite("Cutting a protobuf message into its fields")
struct ProtobufSplitterTests {
    typealias Field = ProtobufSplitter.Field

    private func split(
        _ bytes: [UInt8], by size: Int = 1, limit: Int = 100,
        _ treatment: @escaping @Sendable (Int?, Int) -> ProtobufSplitter.Treatment = { _, _ in .take }
    ) throws -> [Field] {
        var splitter = ProtobufSplitter(limit: limit, treatment: treatment)
        var fields: [Field] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            try splitter.feed(bytes[start..<min(start + size, bytes.count)]) { fields.append($0) }
        }
        try splitter.finish()
        return fields
    }

    /// 1: 300, 2: { 1: "ab", 2: { }, 3: 7 }, 3: eight bytes, 4: four bytes, 2: { }
    private let sample: [UInt8] = [
        0x08, 0xAC, 0x02, 0x12, 0x08, 0x0A, 2, 0x61, 0x62, 0x12, 0, 0x18, 7, 0x19, 1, 0, 0, 0, 0, 0, 0, 2, 0x25, 9, 0, 0, 0,
        0x12, 0,
    ]

    @Test("Fields come with their parent, entered messages between begin and end, whatever the pieces", arguments: [1, 2, 5, 100])
    func fields(size: Int) throws {
        let fields = try split(sample, by: size) { parent, field in parent == nil && field == 2 ? .enter : .take }
        let expected: [(Int?, Int, ProtobufSplitter.Value)] = [
            (nil, 1, .number(300)), (nil, 2, .begin), (2, 1, .bytes([0x61, 0x62])), (2, 2, .bytes([])), (2, 3, .number(7)),
            (nil, 2, .end), (nil, 3, .number(0x0200_0000_0000_0001)), (nil, 4, .number(9)), (nil, 2, .begin), (nil, 2, .end),
        ]
        #expect(fields.count == expected.count)
        for (field, (parent, number, value)) in zip(fields, expected) {
            #expect(field.parent == parent && field.number == number && field.value == value)
        }
        #expect(try split(sample, by: size) { _, field in field == 2 ? .skip : .take }.map(\.number) == [1, 3, 4])
    }

    @Test("Messages within messages end together")
    func nested() throws {
        let fields = try split([0x0A, 4, 0x0A, 2, 0x0A, 0]) { _, _ in .enter }
        #expect(fields.map(\.value) == [.begin, .begin, .begin, .end, .end, .end])
    }

    @Test(
        "What is no protobuf message is refused",
        arguments: [
            ([0x08], ProtobufSplitter.Failure.truncated), ([0x0A, 5, 1], .truncated), ([0x12, 3, 0x0A, 1], .truncated),
            ([0x12, 2, 0x0A, 1], .malformed), ([0x12, 1, 0x18, 8, 1], .malformed), ([0x12, 2, 0x19, 0, 0], .malformed),
            ([0x0B], .malformed), ([0x0C], .malformed), ([0x0F], .malformed), ([0x00], .malformed),
            ([0x08] + [UInt8](repeating: 0xFF, count: 10), .malformed),
            ([0x0A] + [UInt8](repeating: 0xFF, count: 9) + [1], .malformed), ([0x0A, 101] + [UInt8](repeating: 0, count: 101), .tooLarge),
        ] as [([UInt8], ProtobufSplitter.Failure)])
    func hostile(bytes: [UInt8], failure: ProtobufSplitter.Failure) {
        #expect(throws: failure) { try split(bytes) { _, field in field == 2 ? .enter : .take } }
    }

    @Test("Damaged messages never trap, and nothing longer than allowed is held")
    func damaged() throws {
        withMutations(of: [sample]) { damaged, random in
            let size = Int.random(in: 1...16, using: &random)
            let fields = try? split(damaged, by: size, limit: 16) { parent, field in field == 2 ? .enter : .take }
            for case .bytes(let bytes) in (fields ?? []).map(\.value) { #expect(bytes.count <= 16) }
        }
    }
}
