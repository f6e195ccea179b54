package import SwiftProtobuf

/// Why bytes are not a message.
package enum ProtobufError: Error, Equatable, Sendable {
    /// Not the protobuf wire format: a truncated field, a length past the end, invalid UTF-8, nesting past 100 levels.
    case malformed
}

/// Every message of this target between value and bytes, so that other targets need not import SwiftProtobuf.
extension SwiftProtobuf.Message {
    /// Parses a message from untrusted bytes. Unknown fields are kept.
    package init(decoding bytes: [UInt8]) throws(ProtobufError) {
        do {
            try self.init(serializedBytes: bytes, partial: true)
        } catch {
            throw .malformed
        }
    }

    /// The same from a slice, such as the part of a frame behind a version byte.
    package init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        try self.init(decoding: [UInt8](bytes))
    }

    /// Serialises in field order, unknown fields last.
    package func encoded() -> [UInt8] {
        do {
            return try serializedBytes(partial: true)
        } catch {
            preconditionFailure("a message without required fields under 2 GB always serialises: \(error)")
        }
    }
}
