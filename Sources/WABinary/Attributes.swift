/// The value of a node's attribute: a text, or a JID in one of the wire's JID forms.
package enum AttributeValue: Hashable, Sendable, ExpressibleByStringInterpolation {
    case text(String)
    case jid(JID)

    package init(stringLiteral value: String) {
        self = .text(value)
    }

    package static func integer(_ value: some BinaryInteger) -> AttributeValue { .text(String(value)) }
    package static func boolean(_ value: Bool) -> AttributeValue { .text(value ? "true" : "false") }

    /// The value as text; a JID in its text form.
    package var text: String {
        switch self {
        case .text(let text): text
        case .jid(let jid): jid.description
        }
    }

    /// The JID, or the JID that the text is a form of.
    package var jid: JID? {
        switch self {
        case .text(let text): JID(text)
        case .jid(let jid): jid
        }
    }
}

/// The attributes of a node, in the order they are written.
///
/// Order counts for the bytes and not for the meaning: two lists are equal when they hold the same names and values.
/// A name that the network repeats is kept twice and found once, first come.
package struct Attributes: Equatable, Sendable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    package struct Element: Equatable, Sendable {
        package let name: String
        package var value: AttributeValue

        package init(name: String, value: AttributeValue) {
            self.name = name
            self.value = value
        }
    }

    private var elements: [Element]

    package init() {
        elements = []
    }

    package init(_ elements: [Element]) {
        self.elements = elements
    }

    package init(dictionaryLiteral elements: (String, AttributeValue)...) {
        self.elements = elements.map { Element(name: $0.0, value: $0.1) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { elements.count }
    package subscript(position: Int) -> Element { elements[position] }

    /// The value under a name. Setting it replaces in place or appends; setting nil removes.
    package subscript(name: String) -> AttributeValue? {
        get {
            for element in elements where element.name == name {
                return element.value
            }
            return nil
        }
        set {
            guard let newValue else {
                elements.removeAll { $0.name == name }
                return
            }
            if let index = elements.firstIndex(where: { $0.name == name }) {
                elements[index].value = newValue
            } else {
                elements.append(Element(name: name, value: newValue))
            }
        }
    }

    package static func == (left: Attributes, right: Attributes) -> Bool {
        if left.elements == right.elements { return true }
        guard left.count == right.count else { return false }
        return left.elements.allSatisfy { right[$0.name] == $0.value }
            && right.elements.allSatisfy { left[$0.name] == $0.value }
    }

    var storage: [Element] { elements }
}
