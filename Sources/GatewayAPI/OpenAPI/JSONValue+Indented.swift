import StrictJSON

extension JSONValue {
    /// The value as people read it and `git diff` compares it: two spaces a level, a line break at the end.
    var indentedText: String {
        var text = ""
        write(indentedBy: 0, to: &text)
        return text + "\n"
    }

    private func write(indentedBy depth: Int, to text: inout String) {
        let inner = String(repeating: "  ", count: depth + 1)
        let outer = String(repeating: "  ", count: depth)
        switch self {
        case .object(let object) where !object.members.isEmpty:
            text += "{\n"
            for (index, member) in object.members.enumerated() {
                text += inner + JSONValue.string(member.name).compactText + ": "
                member.value.write(indentedBy: depth + 1, to: &text)
                text += index + 1 < object.members.count ? ",\n" : "\n"
            }
            text += outer + "}"
        case .array(let elements) where !elements.isEmpty:
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += inner
                element.write(indentedBy: depth + 1, to: &text)
                text += index + 1 < elements.count ? ",\n" : "\n"
            }
            text += outer + "]"
        default: text += compactText
        }
    }

    private var compactText: String { String(decoding: JSONWriter.bytes(of: self), as: UTF8.self) }
}
