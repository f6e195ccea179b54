/// Cuts a protobuf message that comes in pieces into its fields, without ever holding more than one of them.
///
/// ```
/// field   = tag (varint: number << 3 | wire type), then by wire type
///           0 varint · 1 eight bytes · 2 length (varint) and bytes · 5 four bytes
/// ```
/// What is done with a field of bytes is asked for when its length is known: taken whole, skipped unseen, or entered, so
/// that its own fields come one by one between ``Value/begin`` and ``Value/end``. Pure. Source: protobuf encoding guide.
package struct ProtobufSplitter: Sendable {
    package enum Treatment: Sendable { case take, skip, enter }

    package enum Value: Equatable, Sendable {
        case number(UInt64)
        case bytes([UInt8])
        /// The message under this field begins, and ends.
        case begin, end
    }

    package struct Field: Equatable, Sendable {
        /// The field that was entered to get here; nil at the top.
        package let parent: Int?
        package let number: Int
        package let value: Value
    }

    package enum Failure: Error, Equatable, Sendable {
        case malformed
        /// A field to be taken is longer than allowed.
        case tooLarge
        /// The message ends inside a field.
        case truncated
    }

    private enum State: Sendable {
        case tag
        case number(field: Int)
        case length(field: Int)
        case fixed(field: Int, left: Int)
        case taking(field: Int, left: Int)
        case skipping(left: Int)
    }

    private struct Container: Sendable {
        let field: Int
        var left: Int
    }

    private let limit: Int
    private let treatment: @Sendable (_ parent: Int?, _ field: Int) -> Treatment
    private var state = State.tag
    private var containers: [Container] = []
    private var varint: UInt64 = 0
    private var shift: UInt64 = 0
    private var buffer: [UInt8] = []

    private static let maximumDepth = 8

    /// `limit`: the length of the longest field that may be taken.
    package init(limit: Int, treatment: @escaping @Sendable (_ parent: Int?, _ field: Int) -> Treatment) {
        self.limit = limit
        self.treatment = treatment
    }

    /// Takes the next piece; `visit` gets each field that is complete with it.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ visit: (Field) throws -> Void) throws {
        var rest = bytes
        while let byte = rest.first {
            switch state {
            case .tag, .number, .length:
                rest.removeFirst()
                try spend(1)
                try step(byte, visit)
            case .fixed(let field, let left):
                rest.removeFirst()
                try spend(1)
                varint |= UInt64(byte) << shift
                shift += 8
                state = .fixed(field: field, left: left - 1)
                if left == 1 { try complete(field, .number(takeVarint()), visit) }
            case .taking(let field, let left):
                let count = min(left, rest.count)
                buffer.append(contentsOf: rest.prefix(count))
                rest.removeFirst(count)
                try spend(count)
                state = .taking(field: field, left: left - count)
                if left == count {
                    let bytes = buffer
                    buffer = []
                    try complete(field, .bytes(bytes), visit)
                }
            case .skipping(let left):
                let count = min(left, rest.count)
                rest.removeFirst(count)
                try spend(count)
                state = .skipping(left: left - count)
                if left == count { try leave(visit) }
            }
        }
    }

    /// Throws `truncated` unless the message is over where the pieces are.
    package func finish() throws(Failure) {
        guard case .tag = state, shift == 0, containers.isEmpty else { throw .truncated }
    }

    /// A byte of a varint.
    private mutating func step(_ byte: UInt8, _ visit: (Field) throws -> Void) throws {
        guard shift < 64, shift < 63 || byte <= 1 else { throw Failure.malformed }
        varint |= UInt64(byte & 0x7F) << shift
        shift += 7
        guard byte & 0x80 == 0 else { return }
        let value = takeVarint()
        switch state {
        case .tag:
            guard let number = Int(exactly: value >> 3), number > 0, number < 1 << 29 else { throw Failure.malformed }
            switch value & 7 {
            case 0: state = .number(field: number)
            case 1: state = .fixed(field: number, left: 8)
            case 2: state = .length(field: number)
            case 5: state = .fixed(field: number, left: 4)
            default: throw Failure.malformed
            }
        case .number(let field): try complete(field, .number(value), visit)
        case .length(let field): try begin(field, length: value, visit)
        case .fixed, .taking, .skipping: preconditionFailure("only varints are read byte by byte here")
        }
    }

    private mutating func begin(_ field: Int, length: UInt64, _ visit: (Field) throws -> Void) throws {
        guard let length = Int(exactly: length), length <= containers.last?.left ?? .max else { throw Failure.malformed }
        switch treatment(containers.last?.field, field) {
        case .take:
            guard length <= limit else { throw Failure.tooLarge }
            state = .taking(field: field, left: length)
            if length == 0 { try complete(field, .bytes([]), visit) }
        case .skip:
            state = .skipping(left: length)
            if length == 0 { try leave(visit) }
        case .enter:
            guard containers.count < Self.maximumDepth else { throw Failure.malformed }
            try visit(Field(parent: containers.last?.field, number: field, value: .begin))
            try spend(length)
            containers.append(Container(field: field, left: length))
            try leave(visit)
        }
    }

    private mutating func complete(_ field: Int, _ value: Value, _ visit: (Field) throws -> Void) throws {
        try visit(Field(parent: containers.last?.field, number: field, value: value))
        try leave(visit)
    }

    /// A field is over, and with it every message that ends here.
    private mutating func leave(_ visit: (Field) throws -> Void) throws {
        state = .tag
        while let last = containers.last, last.left == 0 {
            containers.removeLast()
            try visit(Field(parent: containers.last?.field, number: last.field, value: .end))
        }
    }

    /// So many bytes of the innermost message are gone.
    private mutating func spend(_ count: Int) throws(Failure) {
        guard let last = containers.indices.last else { return }
        containers[last].left -= count
        if containers[last].left < 0 { throw .malformed }
    }

    private mutating func takeVarint() -> UInt64 {
        defer { (varint, shift) = (0, 0) }
        return varint
    }
}
