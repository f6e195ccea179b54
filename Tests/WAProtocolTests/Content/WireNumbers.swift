/// A protobuf with its numbers replaced, one at a time, without any schema.
enum WireNumbers {
    /// What a sender may write where a number is expected.
    static let hostile: [UInt64] = [UInt64(Int64.max), 1 << 63, .max, UInt64(UInt32.max), 0x7FFF_FFFF]

    /// As many messages as there are varints in this one, each with another of them replaced.
    static func replaced(in bytes: [UInt8], by number: UInt64) -> [[UInt8]] {
        guard let fields = fields(bytes) else { return [] }
        var messages: [[UInt8]] = []
        for (index, field) in fields.enumerated() {
            let before = fields[..<index].flatMap(\.bytes)
            let after = fields[(index + 1)...].flatMap(\.bytes)
            switch field.tag & 7 {
            case 0:
                messages.append(before + varint(field.tag) + varint(number) + after)
            case 2:
                for inner in replaced(in: field.value, by: number) {
                    messages.append(before + varint(field.tag) + varint(UInt64(inner.count)) + inner + after)
                }
            default: break
            }
        }
        return messages
    }

    private struct Field {
        let tag: UInt64
        /// The content of a length-delimited field, empty for others.
        let value: [UInt8]
        /// All of it, as it stands there.
        let bytes: [UInt8]
    }

    /// Nil when the bytes are no whole fields: a text, or a key.
    private static func fields(_ bytes: [UInt8]) -> [Field]? {
        var fields: [Field] = []
        var rest = bytes[...]
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        while !rest.isEmpty {
            let start = rest
            var value: [UInt8] = []
            guard let tag = varint(), tag >> 3 > 0 else { return nil }
            switch tag & 7 {
            case 0:
                guard varint() != nil else { return nil }
            case 1, 5:
                let count = tag & 7 == 1 ? 8 : 4
                guard rest.count >= count else { return nil }
                rest = rest.dropFirst(count)
            case 2:
                guard let count = varint(), count <= UInt64(rest.count) else { return nil }
                value = Array(rest.prefix(Int(count)))
                rest = rest.dropFirst(Int(count))
            default: return nil
            }
            fields.append(Field(tag: tag, value: value, bytes: Array(start[..<rest.startIndex])))
        }
        return fields
    }

    private static func varint(_ number: UInt64) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
