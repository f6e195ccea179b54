/// Why bytes could not be read as a node. What is wrong is only this one frame.
package enum NodeCodingError: Error, Equatable, Sendable {
    /// The bytes end inside a value, or a count announces more than the bytes that follow could hold.
    case truncated
    /// Bytes follow the root node.
    case trailingBytes(Int)
    /// A byte that starts no value in this place.
    case unexpectedByte(UInt8)
    /// A node without a tag: list size 0 or an empty text.
    case emptyTag
    /// A packed string holds a nibble outside its alphabet.
    case invalidPackedString
    /// A JID form with a missing or a wrong server.
    case invalidJID
    /// Nodes inside nodes beyond ``NodeDecoder/maximumDepth``.
    case tooDeep
    /// More nodes and attributes than ``NodeDecoder/maximumElementCount``.
    case tooManyElements
    /// A frame without its flag byte.
    case emptyFrame
    /// A compressed frame that is no complete zlib stream; the code is zlib's.
    case inflateFailed(Int32)
    /// A compressed frame that inflates beyond the limit.
    case inflatedTooLarge(limit: Int)
}
