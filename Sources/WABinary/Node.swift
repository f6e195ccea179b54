/// One stanza or part of one: a tag, attributes, and children or data.
///
/// ```
/// <message id="3EB0…" to="15551234567@s.whatsapp.net" type="text">   tag, attributes
///   <enc v="2" type="msg">                                           children: nodes
///     a1 b2 …                                                        or content: bytes
/// ```
///
/// Source: protocol reference 2.
package struct Node: Equatable, Sendable {
    /// What a node holds; a node may also hold nothing.
    package enum Content: Equatable, Sendable {
        case nodes([Node])
        /// Written raw, whatever the bytes are.
        case bytes([UInt8])
        /// Written through the string path (token, packed digits, raw). Servers use `bytes` for what clients compare.
        case text(String)
    }

    package var tag: String
    package var attributes: Attributes
    package var content: Content?

    package init(_ tag: String, _ attributes: Attributes = [:]) {
        self.init(tag, attributes, content: nil)
    }

    package init(_ tag: String, _ attributes: Attributes = [:], _ children: [Node]) {
        self.init(tag, attributes, content: .nodes(children))
    }

    package init(_ tag: String, _ attributes: Attributes = [:], bytes: [UInt8]) {
        self.init(tag, attributes, content: .bytes(bytes))
    }

    package init(_ tag: String, _ attributes: Attributes = [:], text: String) {
        self.init(tag, attributes, content: .text(text))
    }

    package init(_ tag: String, _ attributes: Attributes, content: Content?) {
        self.tag = tag
        self.attributes = attributes
        self.content = content
    }
}
