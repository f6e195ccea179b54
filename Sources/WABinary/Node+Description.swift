extension Node: CustomStringConvertible, CustomDebugStringConvertible {
    /// A picture for logs: structure and attributes, with data shown by its size and people by their last four digits.
    package var description: String {
        var text = ""
        draw(into: &text, indentation: 0, revealing: false)
        return text
    }

    /// The whole node with data in hexadecimal, for tests. Not for logs: it shows numbers and ciphertexts in full.
    package var debugDescription: String {
        var text = ""
        draw(into: &text, indentation: 0, revealing: true)
        return text
    }

    private func draw(into text: inout String, indentation: Int, revealing: Bool) {
        let margin = String(repeating: " ", count: indentation)
        text += "\(margin)<\(tag)"
        for attribute in attributes {
            text += " \(attribute.name)=\"\(Self.picture(of: attribute, revealing: revealing))\""
        }
        switch content {
        case nil:
            text += "/>"
        case .nodes(let children)? where children.isEmpty:
            text += "></\(tag)>"
        case .nodes(let children)?:
            text += ">\n"
            for child in children {
                child.draw(into: &text, indentation: indentation + 2, revealing: revealing)
                text += "\n"
            }
            text += "\(margin)</\(tag)>"
        case .bytes(let bytes)?:
            text += revealing ? ">\(Self.hexadecimal(bytes))</\(tag)>" : "><!-- \(bytes.count) bytes --></\(tag)>"
        case .text(let content)?:
            text += revealing ? ">“\(content)”</\(tag)>" : "><!-- \(content.utf8.count) characters --></\(tag)>"
        }
    }

    /// Attribute texts are shown up to 64 bytes, and not at all under names that carry what people wrote.
    private static func picture(of attribute: Attributes.Element, revealing: Bool) -> String {
        if revealing { return attribute.value.text }
        if let jid = attribute.value.jid { return jid.masked }
        let text = attribute.value.text
        switch attribute.name {
        case "notify", "display_name", "subject", "name", "username": return "…"
        default: return text.utf8.count > 64 ? "… \(text.utf8.count) bytes" : text
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension JID {
    /// The text form with all but the last four digits of a person replaced, for logs.
    package var masked: String {
        guard isPerson || server == .legacyUser, user.utf8.count > 4 else { return description }
        var copy = self
        copy.user = "…" + user.suffix(4)
        return copy.description
    }
}
