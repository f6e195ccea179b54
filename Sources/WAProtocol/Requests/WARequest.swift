package import WABinary

/// A request to the server and the reading of its reply, as one type.
///
/// ```
/// → <iq id="12.34-1" xmlns="…" type="get|set" to="s.whatsapp.net">…</iq>
/// ← <iq id="12.34-1" type="result" from="s.whatsapp.net">…</iq>
/// ```
/// The connection matches replies by `id` and turns `type="error"` into ``IQError`` before `parse` is called.
package protocol WARequest: Sendable {
    associatedtype Reply: Sendable

    /// The stanza to send under an id that is unique on the connection.
    func node(id: String) -> Node

    /// Reads a reply of type `result`; throws ``WAProtocolError`` when it lacks what the reply is for.
    func parse(_ reply: Node) throws -> Reply
}

extension WARequest where Reply == Void {
    /// A result without content says that it is done.
    package func parse(_ reply: Node) throws {}
}

extension Node {
    /// A request to the server, with attributes in the order independent clients write them.
    static func iq(
        id: String, xmlns: String, type: IQType, to: JID = .server, _ children: [Node] = []
    ) -> Node {
        let attributes: Attributes = [
            "id": .text(id), "xmlns": .text(xmlns), "type": .text(type.rawValue), "to": .jid(to),
        ]
        return children.isEmpty ? Node("iq", attributes) : Node("iq", attributes, children)
    }

    /// The answer to a request of the server.
    static func iqResult(id: String?, to: JID = .server, _ children: [Node] = []) -> Node {
        var attributes: Attributes = ["to": .jid(to), "type": "result"]
        if let id { attributes["id"] = .text(id) }
        return children.isEmpty ? Node("iq", attributes) : Node("iq", attributes, children)
    }
}

enum IQType: String {
    case get, set
}
