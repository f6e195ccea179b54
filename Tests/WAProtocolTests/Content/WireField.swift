/// A field of a protobuf as it stands on the wire, read without any schema, to check field numbers by hand.
enum WireField: Equatable {
    case varint(UInt64), fixed64(UInt64), fixed32(UInt32), bytes([UInt8])

    static func text(_ text: String) -> WireField { .bytes(Array(text.utf8)) }

    /// The fields by number; a repeated one keeps all its values.
    static func read(_ bytes: [UInt8]) throws -> [Int: [WireField]] {
        var fields: [Int: [WireField]] = [:]
        var rest = bytes[...]
        func varint() throws -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 64, by: 7) {
                guard let byte = rest.popFirst() else { break }
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte < 0x80 { return value }
            }
            throw Malformed()
        }
        func little(_ count: Int) throws -> UInt64 {
            let part = rest.prefix(count)
            guard part.count == count else { throw Malformed() }
            rest = rest.dropFirst(count)
            return part.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        while !rest.isEmpty {
            let tag = try varint()
            let field: WireField
            switch tag & 7 {
            case 0: field = .varint(try varint())
            case 1: field = .fixed64(try little(8))
            case 2:
                let count = Int(try varint())
                guard rest.count >= count else { throw Malformed() }
                field = .bytes(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            case 5: field = .fixed32(UInt32(try little(4)))
            default: throw Malformed()
            }
            fields[Int(tag >> 3), default: []].append(field)
        }
        return fields
    }

    struct Malformed: Error {}
}
