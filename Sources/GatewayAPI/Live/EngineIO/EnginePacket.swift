#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One packet of Engine.IO, revision 4.
///
/// ```
/// 0{"sid":…}   open       2[probe]   ping      4<text>    message      6  noop
/// 1            close      3[probe]   pong      5          upgrade      b<base64>  binary message, in payloads only
/// ```
/// In a WebSocket each packet is one text message without more; a binary message is a binary one, as it is. In the bodies
/// of HTTP requests packets are joined (`EnginePayload`). Source: socketio/engine.io-protocol, "Packet encoding".
enum EnginePacket: Equatable, Sendable {
    /// JSON that tells the session's id and times.
    case open([UInt8])
    case close
    case ping([UInt8] = [])
    case pong([UInt8] = [])
    /// UTF-8 text; whoever reads it checks that.
    case message([UInt8])
    case binary([UInt8])
    case upgrade
    case noop

    /// What a probe of a new transport says, and is answered with.
    static let probe = Array("probe".utf8)

    /// Reads the text form.
    ///
    /// - Throws: for an empty text, an unknown type, or base64 that is none.
    init(text: some Collection<UInt8>) throws(EngineError) {
        guard let type = text.first else { throw .emptyPacket }
        let rest = text.dropFirst()
        switch type {
        case UInt8(ascii: "0"): self = .open(Array(rest))
        case UInt8(ascii: "1"): self = .close
        case UInt8(ascii: "2"): self = .ping(Array(rest))
        case UInt8(ascii: "3"): self = .pong(Array(rest))
        case UInt8(ascii: "4"): self = .message(Array(rest))
        case UInt8(ascii: "5"): self = .upgrade
        case UInt8(ascii: "6"): self = .noop
        case UInt8(ascii: "b"):
            guard let data = Data(base64Encoded: Data(rest)) else { throw .invalidBase64 }
            self = .binary(Array(data))
        default: throw .unknownPacketType(type)
        }
    }

    /// The text form; binary messages become base64.
    var text: [UInt8] {
        switch self {
        case .open(let json): [UInt8(ascii: "0")] + json
        case .close: [UInt8(ascii: "1")]
        case .ping(let data): [UInt8(ascii: "2")] + data
        case .pong(let data): [UInt8(ascii: "3")] + data
        case .message(let text): [UInt8(ascii: "4")] + text
        case .upgrade: [UInt8(ascii: "5")]
        case .noop: [UInt8(ascii: "6")]
        case .binary(let bytes): [UInt8(ascii: "b")] + Array(Data(bytes).base64EncodedString().utf8)
        }
    }

    /// Bytes of the text form, but for base64.
    var byteCount: Int {
        switch self {
        case .open(let bytes), .ping(let bytes), .pong(let bytes), .message(let bytes), .binary(let bytes):
            bytes.count + 1
        case .close, .upgrade, .noop: 1
        }
    }
}

/// What is wrong with bytes that should be packets; the session they came in ends.
enum EngineError: Error, Equatable {
    case emptyPacket
    case unknownPacketType(UInt8)
    case invalidBase64
    /// More packets in one payload than anybody needs.
    case tooManyPackets
    case payloadTooLarge
}
