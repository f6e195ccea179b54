/// Writes a JSON text into bytes, member by member, in the order of the calls.
///
/// ```
/// var json = JSONWriter()
/// json.object { json in
///     json.member("messageId", id)
///     json.member("timestamp", seconds)
/// }
/// ```
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// The JSON text of one model.
    package static func bytes(of model: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        model.write(to: &writer)
        return writer.bytes
    }

    // MARK: - Values

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        container(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    package mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout JSONWriter, Element) -> Void) {
        container(UInt8(ascii: "["), UInt8(ascii: "]")) { writer in
            for element in elements { write(&writer, element) }
        }
    }

    package mutating func array(_ models: some Sequence<some JSONWritable>) {
        array(models) { writer, model in model.write(to: &writer) }
    }

    package mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    package mutating func integer(_ value: Int64) {
        separate()
        decimal(value)
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    package mutating func null() {
        separate()
        append("null")
    }

    /// A value that is already JSON text, written as it is. The caller vouches for it.
    package mutating func raw(_ json: String) {
        separate()
        bytes.append(contentsOf: json.utf8)
    }

    // MARK: - Members

    package mutating func member(_ name: StaticString, _ text: String) {
        begin(name)
        string(text)
    }

    /// A string, or `null`.
    package mutating func member(_ name: StaticString, _ text: String?) {
        begin(name)
        if let text { string(text) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ value: Int64) {
        begin(name)
        integer(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        begin(name)
        boolean(value)
    }

    package mutating func member(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
        begin(name)
        object(members)
    }

    package mutating func member(_ name: StaticString, array models: some Sequence<some JSONWritable>) {
        begin(name)
        array(models)
    }

    package mutating func member(_ name: StaticString, array texts: [String]) {
        begin(name)
        array(texts) { writer, text in writer.string(text) }
    }

    package mutating func member(_ name: StaticString, raw json: String) {
        begin(name)
        raw(json)
    }

    /// A member whose name is known only at run time.
    package mutating func member(named name: String, _ value: (inout JSONWriter) -> Void) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        value(&self)
    }

    // MARK: - Bytes

    private mutating func begin(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func container(_ open: UInt8, _ close: UInt8, _ content: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        content(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func decimal(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { content in
            var copied = 0
            for index in content.indices {
                let byte = content[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: content[copied..<index]))
                copied = index + 1
                escape(byte)
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: content[copied...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        default:
            let digits = Array("0123456789abcdef".utf8)
            append("\\u00")
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}

/// A response model: it writes itself as one JSON value.
package protocol JSONWritable {
    func write(to json: inout JSONWriter)
}

extension JSONValue: JSONWritable {
    package func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .boolean(let value): json.boolean(value)
        case .number(.integer(let value)): json.integer(value)
        // JSON has no infinity; no field of ours lets one through.
        case .number(.real(let value)): json.raw(value.isFinite ? "\(value)" : "null")
        case .string(let text): json.string(text)
        case .array(let elements): json.array(elements)
        case .object(let object): object.write(to: &json)
        }
    }
}

extension JSONObject: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            for member in members { json.member(named: member.name) { member.value.write(to: &$0) } }
        }
    }

    /// The object as JSON text.
    package var json: String { String(decoding: JSONWriter.bytes(of: self), as: UTF8.self) }
}
