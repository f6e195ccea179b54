import StrictJSON

/// One packet of Socket.IO, revision 5; it travels as an Engine.IO message.
///
/// ```
/// <type>[<attachments>-][<namespace>,][<ack id>][<JSON>]
///
/// 0/events,{"apiKey":"…"}          connect          3/events,7[{…}]              ack
/// 1/events,                        disconnect       4/events,{"message":"…"}     connect error
/// 2/events,7["message",{…}]        event            51-/events,["message",{…}]   event with one binary attachment
/// ```
/// Source: socketio/socket.io-protocol, "Packet encoding".
enum SocketPacket: Equatable, Sendable {
    case connect(namespace: String, auth: JSONValue?)
    case disconnect(namespace: String)
    case event(namespace: String, name: String, arguments: [JSONValue], acknowledgement: Int64?)
    case acknowledgement(namespace: String, id: Int64, arguments: [JSONValue])
    case connectError(namespace: String, data: JSONValue)
    /// An event or acknowledgement whose attachments follow as binary messages. What it says is not read.
    case binary(namespace: String, attachmentCount: Int, acknowledgement: Int64?)

    enum Limits {
        static let namespaceLength = 200
        static let attachmentCount = 10
        /// Frames are flat: a subscription with many events is the largest.
        static let json = JSONReader.Limits(depth: 32, values: 20_000)
    }

    init(_ bytes: [UInt8]) throws(SocketError) {
        guard let type = bytes.first else { throw .emptyPacket }
        var reader = Reader(rest: bytes.dropFirst())
        switch type {
        case UInt8(ascii: "0"):
            let namespace = try reader.namespace()
            let auth = reader.rest.isEmpty ? nil : try reader.json()
            if let auth, case .object = auth {} else if auth != nil { throw .invalidPayload }
            self = .connect(namespace: namespace, auth: auth)
        case UInt8(ascii: "1"):
            self = .disconnect(namespace: try reader.namespace())
        case UInt8(ascii: "2"):
            let namespace = try reader.namespace()
            let id = try reader.acknowledgement()
            guard case .array(let values) = try reader.json(), let name = values.first?.string else {
                throw .invalidPayload
            }
            self = .event(
                namespace: namespace, name: name, arguments: Array(values.dropFirst()), acknowledgement: id)
        case UInt8(ascii: "3"):
            let namespace = try reader.namespace()
            guard let id = try reader.acknowledgement(), case .array(let values) = try reader.json() else {
                throw .invalidPayload
            }
            self = .acknowledgement(namespace: namespace, id: id, arguments: values)
        case UInt8(ascii: "4"):
            self = .connectError(namespace: try reader.namespace(), data: try reader.json())
        case UInt8(ascii: "5"), UInt8(ascii: "6"):
            let count = try reader.attachmentCount()
            let namespace = try reader.namespace()
            let id = try reader.acknowledgement()
            self = .binary(
                namespace: namespace, attachmentCount: count,
                acknowledgement: type == UInt8(ascii: "5") ? id : nil)
        default: throw .unknownPacketType(type)
        }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// `/name,` or nothing for the main one. A query behind the name, which old clients send, is no part of it.
        mutating func namespace() throws(SocketError) -> String {
            guard rest.first == UInt8(ascii: "/") else { return "/" }
            let name = rest.prefix { $0 != UInt8(ascii: ",") }
            guard name.count <= Limits.namespaceLength else { throw .namespaceTooLong }
            rest = rest.dropFirst(name.count + 1)
            return String(decoding: name.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        }

        mutating func acknowledgement() throws(SocketError) -> Int64? {
            try number()
        }

        mutating func attachmentCount() throws(SocketError) -> Int {
            guard let count = try number(), rest.first == UInt8(ascii: "-"), count <= Limits.attachmentCount else {
                throw .invalidAttachmentCount
            }
            rest = rest.dropFirst()
            return Int(count)
        }

        private mutating func number() throws(SocketError) -> Int64? {
            let digits = rest.prefix { $0 &- UInt8(ascii: "0") <= 9 }
            guard !digits.isEmpty else { return nil }
            guard digits.count <= 15 else { throw .invalidPayload }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        func json() throws(SocketError) -> JSONValue {
            do {
                return try JSONReader.read(Array(rest), limits: Limits.json)
            } catch {
                throw .invalidPayload
            }
        }
    }
}

/// What is wrong with a message that should be a packet; the connection ends.
enum SocketError: Error, Equatable {
    case emptyPacket
    case unknownPacketType(UInt8)
    case namespaceTooLong
    case invalidAttachmentCount
    case invalidPayload
}

extension SocketPacket {
    /// The text form.
    var bytes: [UInt8] {
        switch self {
        case .connect(let namespace, let auth):
            return Self.head("0", namespace) + (auth.map { JSONWriter.bytes(of: $0) } ?? [])
        case .disconnect(let namespace):
            return Self.head("1", namespace)
        case .event(let namespace, let name, let arguments, let id):
            return Self.head("2", namespace, id)
                + JSONWriter.bytes(of: JSONValue.array([.string(name)] + arguments))
        case .acknowledgement(let namespace, let id, let arguments):
            return Self.head("3", namespace, id) + JSONWriter.bytes(of: JSONValue.array(arguments))
        case .connectError(let namespace, let data):
            return Self.head("4", namespace) + JSONWriter.bytes(of: data)
        case .binary(let namespace, let count, let id):
            return Self.head("5\(count)-", namespace, id) + Array("[]".utf8)
        }
    }

    /// An event of one argument that is JSON text already: large payloads are not parsed to be written.
    static func event(namespace: String, name: StaticString, json: [UInt8]) -> [UInt8] {
        wrapped(head("2", namespace) + Array("[\"\(name)\",".utf8), json)
    }

    /// The acknowledgement of an event, with one argument that is JSON text already.
    static func acknowledgement(namespace: String, id: Int64, json: [UInt8]) -> [UInt8] {
        wrapped(head("3", namespace, id) + [UInt8(ascii: "[")], json)
    }

    private static func wrapped(_ head: [UInt8], _ json: [UInt8]) -> [UInt8] {
        var bytes = head
        bytes.reserveCapacity(head.count + json.count + 1)
        bytes.append(contentsOf: json)
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    private static func head(_ type: String, _ namespace: String, _ id: Int64? = nil) -> [UInt8] {
        Array((type + (namespace == "/" ? "" : namespace + ",") + (id.map(String.init) ?? "")).utf8)
    }
}
