/// A text that equals another only when every byte does, as texts do in JavaScript.
///
/// `String` calls equal what looks the same, and sorts combining marks for that: quadratic in their number, so that one
/// property name of 100 KB could occupy a core for many seconds. Whatever is compared or hashed as it came from the
/// network is compared like this.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (one: ExactText, other: ExactText) -> Bool {
        one.text.isExactly(other.text)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// Whether both have the same bytes.
    package func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
