/// The text of a contact card, as phones write it.
///
/// ```
/// BEGIN:VCARD
/// VERSION:3.0
/// N:;Budi Santoso;;;
/// FN:Budi Santoso
/// TEL;type=CELL;waid=6281234567890:+6281234567890
/// END:VCARD
/// ```
/// `waid` makes the number a WhatsApp account that can be tapped. Source: RFC 2426; OpenWA contract 3.5.
package enum VCard {
    /// `phoneNumber` is digits with or without `+` and separators; text values are escaped, so nobody can add lines.
    package static func text(name: String, phoneNumber: String) -> String {
        let name = escaped(name)
        let digits = phoneNumber.filter { ("0"..."9").contains($0) }
        let number = digits.isEmpty ? escaped(phoneNumber) : "+\(digits)"
        let account = digits.isEmpty ? "" : ";waid=\(digits)"
        return """
            BEGIN:VCARD
            VERSION:3.0
            N:;\(name);;;
            FN:\(name)
            TEL;type=CELL\(account):\(number)
            END:VCARD
            """
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": escaped += "\\\(scalar)"
            case "\n", "\u{2028}", "\u{2029}": escaped += "\\n"
            case "\r": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
