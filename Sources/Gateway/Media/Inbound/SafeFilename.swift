/// A file name that a stranger chose, made harmless: no folders, no control characters, no tricks with direction.
///
/// Read scalar by scalar: comparing characters of many combining marks takes long.
enum SafeFilename {
    private static let maximumByteCount = 200

    /// - Returns: nil when nothing is left.
    static func of(_ name: String) -> String? {
        let base = name.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last ?? []
        var text = ""
        for scalar in base where isHarmless(scalar) {
            guard text.utf8.count + scalar.utf8.count <= maximumByteCount else { break }
            text.unicodeScalars.append(scalar)
        }
        let trimmed = text.drop { $0 == " " || $0 == "." }
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Among the format characters are those that turn the direction of text, so that `gpj.exe` looks like `exe.jpg`.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }
}

/// A type that a stranger claims: one that can stand in a header, in lower case and without parameters but `codecs`.
enum SafeMimetype {
    static let unknown = "application/octet-stream"

    static func of(_ text: String) -> String {
        guard text.utf8.count <= 128, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return unknown }
        let essence = essence(of: text)
        return essence == unknown ? unknown : text.trimmingSpaces
    }

    /// `type/subtype` alone.
    static func essence(of text: String) -> String {
        let essence = (text.split(separator: ";").first.map(String.init) ?? "").trimmingSpaces.lowercased()
        let parts = essence.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isToken) }) else { return unknown }
        return essence
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
