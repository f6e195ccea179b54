// Reading a node leniently: an attribute in the form that is asked for, children by tag, data as bytes or text.

extension Node {
    /// An attribute in text form; nil when it is absent.
    package subscript(name: String) -> String? {
        attributes[name]?.text
    }

    /// An attribute that is a JID, or a text that reads as one.
    package func jid(_ name: String) -> JID? {
        attributes[name]?.jid
    }

    /// An attribute that is a decimal number.
    package func integer(_ name: String) -> Int64? {
        guard case .text(let text)? = attributes[name] else { return nil }
        return Int64(text)
    }

    /// An attribute that is a time or a span in seconds, within ``WireTime``.
    package func seconds(_ name: String) -> Int64? {
        integer(name).map(WireTime.seconds)
    }

    /// An attribute that is a time or a span in milliseconds, within ``WireTime``.
    package func milliseconds(_ name: String) -> Int64? {
        integer(name).map(WireTime.milliseconds)
    }

    /// The child nodes; empty when the node holds data or nothing.
    package var children: [Node] {
        guard case .nodes(let children)? = content else { return [] }
        return children
    }

    /// The first child with a tag.
    package func child(_ tag: String) -> Node? {
        guard case .nodes(let children)? = content else { return nil }
        return children.first { $0.tag == tag }
    }

    package func children(_ tag: String) -> [Node] {
        children.filter { $0.tag == tag }
    }

    /// The data of the node, or the UTF-8 of its text: a real server sends short data as tokens or packed digits.
    package var bytes: [UInt8]? {
        switch content {
        case .bytes(let bytes)?: bytes
        case .text(let text)?: Array(text.utf8)
        case .nodes?, nil: nil
        }
    }

    /// The text of the node, or its data read as UTF-8.
    package var text: String? {
        switch content {
        case .bytes(let bytes)?: String(decoding: bytes, as: UTF8.self)
        case .text(let text)?: text
        case .nodes?, nil: nil
        }
    }
}
