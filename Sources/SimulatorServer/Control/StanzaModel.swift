import Foundation
import WABinary
import WASimulator

/// A stanza in JSON, for what the simulator does not do by itself.
struct StanzaModel: Decodable {
    let tag: String
    /// Those with an `@` are addresses.
    let attributes: [String: String]?
    /// The content: bytes of a text, bytes, or children.
    let text: String?
    let base64: String?
    let children: [StanzaModel]?

    private static let maximumDepth = 16

    func node(depth: Int = 0) throws -> Node {
        guard depth < Self.maximumDepth else { throw ControlError.badRequest("children are too deep.") }
        guard !tag.isEmpty else { throw ControlError.badRequest("tag is empty.") }
        var node = Node(tag)
        for (name, value) in (attributes ?? [:]).sorted(by: { $0.key < $1.key }) {
            node.attributes[name] = value.contains("@") ? JID(value).map { .jid($0) } ?? .text(value) : .text(value)
        }
        if let children {
            node.content = .nodes(try children.map { try $0.node(depth: depth + 1) })
        } else if let text {
            node.content = .bytes(Array(text.utf8))
        } else if let base64 {
            guard let data = Data(base64Encoded: base64) else { throw ControlError.badRequest("base64 is not base64.") }
            node.content = .bytes([UInt8](data))
        }
        return node
    }
}
