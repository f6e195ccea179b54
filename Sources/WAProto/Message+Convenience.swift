package import SwiftProtobuf

extension SwiftProtobuf.Message {
    /// Reads the wire form. Unknown fields are kept; throws on anything that is not well-formed.
    package init(decoding bytes: [UInt8]) throws {
        try self.init(serializedBytes: bytes)
    }

    /// The wire form, with the unknown fields that were read.
    package func encoded() -> [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            preconditionFailure("only 2 GB or a missing required field fail, and no message has those: \(error)")
        }
    }
}
