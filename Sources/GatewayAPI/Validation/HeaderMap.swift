import StrictJSON

/// Custom headers as a caller may give them (contract 10): at most 50, names of letters, digits and hyphens that differ in
/// more than case, values of at most 1024 Latin-1 characters without control characters.
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
                scalar.value <= 0xFF && scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
            }
    }
}
