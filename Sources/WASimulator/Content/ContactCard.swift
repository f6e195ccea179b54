/// Name and numbers of a vCard, as a phone shows them.
///
/// ```
/// BEGIN:VCARD
/// VERSION:3.0
/// FN:John Doe
/// TEL;type=CELL;waid=628987654321:+62 898-7654-321
/// END:VCARD
/// ```
package struct ContactCard: Sendable, Equatable {
    package let name: String
    /// As written on the card.
    package let numbers: [String]
    /// The `waid` parameters: accounts that a phone offers to write to.
    package let accounts: [String]

    /// nil when the text is no vCard, or has no name.
    package init?(_ text: String) {
        let lines = Self.unfolded(text)
        guard lines.first?.uppercased() == "BEGIN:VCARD", lines.last?.uppercased() == "END:VCARD" else { return nil }
        var name: String?
        var numbers: [String] = []
        var accounts: [String] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let parameters = line[..<colon].split(separator: ";")
            let value = String(line[line.index(after: colon)...])
            // A group such as `item1.` may stand before a name.
            switch parameters.first?.split(separator: ".").last?.uppercased() {
            case "FN": name = name ?? Self.unescaped(value)
            case "TEL":
                numbers.append(value)
                for parameter in parameters where parameter.lowercased().hasPrefix("waid=") {
                    accounts.append(String(parameter.dropFirst(5)))
                }
            default: break
            }
        }
        guard let name, !name.isEmpty else { return nil }
        self.name = name
        self.numbers = numbers
        self.accounts = accounts
    }

    /// The text of a card with one number.
    package static func text(name: String, number: String) -> String {
        """
        BEGIN:VCARD
        VERSION:3.0
        FN:\(escaped(name))
        TEL;type=CELL;type=VOICE;waid=\(number):+\(number)
        END:VCARD
        """
    }

    /// A line that begins with a blank goes on with the one before (RFC 6350, 3.2).
    private static func unfolded(_ text: String) -> [String] {
        var lines: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.first == " " || line.first == "\t", !lines.isEmpty {
                lines[lines.count - 1] += line.dropFirst()
            } else {
                lines.append(String(line))
            }
        }
        return lines
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing(",", with: "\\,").replacing(";", with: "\\;")
            .replacing("\n", with: "\\n")
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                result.append(character == "n" || character == "N" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}
