/// What a web page says of itself in its head: OpenGraph properties first, else its title and description.
///
/// A tolerant reading of `<meta property="og:…" content="…">` and `<title>`; pages are strangers, so every length is bounded,
/// and they are read scalar by scalar: characters of many combining marks take quadratic time to compare.
struct PageDescription: Equatable {
    /// At most 256 characters.
    let title: String?
    /// At most 1024 characters.
    let description: String?
    /// As written: perhaps relative to the page.
    let image: String?

    private typealias Text = Substring.UnicodeScalarView

    private static let maximumTagCount = 2_000
    /// In bytes: longer than any name that is looked for.
    private static let maximumNameByteCount = 64
    /// In scalars.
    private static let maximumValueLength = 16_384

    init(html: String) {
        var properties: [String: String] = [:]
        var plainTitle: String?
        var rest = html.unicodeScalars[...]
        var tagCount = 0
        while tagCount < Self.maximumTagCount, let open = rest.firstIndex(of: "<") {
            tagCount += 1
            rest = rest[rest.index(after: open)...]
            switch Self.name(rest.prefix { Self.isLetter($0) || $0 == "/" }) {
            case "meta":
                let attributes = Self.attributes(&rest)
                guard let property = (attributes["property"] ?? attributes["name"]).flatMap({ Self.name($0.unicodeScalars[...]) }),
                    let content = attributes["content"]
                else { break }
                if properties[property] == nil { properties[property] = content }
            case "title":
                guard plainTitle == nil, let close = rest.firstIndex(of: ">") else { break }
                plainTitle = String(rest[rest.index(after: close)...].prefix(Self.maximumValueLength).prefix { $0 != "<" })
            case "body", "/head": tagCount = Self.maximumTagCount
            default: break
            }
        }
        title = Self.text(properties["og:title"] ?? properties["twitter:title"] ?? plainTitle, limit: 256)
        description = Self.text(
            properties["og:description"] ?? properties["twitter:description"] ?? properties["description"], limit: 1024)
        image = Self.text(properties["og:image"] ?? properties["og:image:url"] ?? properties["twitter:image"], limit: 8192)
    }

    /// The attributes of a tag, up to its `>`; names in lower case.
    private static func attributes(_ rest: inout Text) -> [String: String] {
        var attributes: [String: String] = [:]
        rest = rest.drop(while: isLetter)
        while attributes.count < 20 {
            rest = rest.drop { isSpace($0) || $0 == "/" }
            guard let first = rest.first, first != ">", first != "<" else { break }
            let name = rest.prefix { !isSpace($0) && $0 != "=" && $0 != ">" }
            rest = rest[name.endIndex...].drop(while: isSpace)
            guard rest.first == "=" else {
                if name.isEmpty { rest = rest.dropFirst() }
                continue
            }
            rest = rest.dropFirst().drop(while: isSpace)
            let value: Text
            if let quote = rest.first, quote == "\"" || quote == "'" {
                value = rest.dropFirst().prefix { $0 != quote }
                rest = rest[value.endIndex...].dropFirst()
            } else {
                value = rest.prefix { !isSpace($0) && $0 != ">" }
                rest = rest[value.endIndex...]
            }
            if let name = Self.name(name) { attributes[name] = String(value.prefix(maximumValueLength)) }
        }
        return attributes
    }

    /// In lower case; nil for one that is too long to be any that is looked for.
    private static func name(_ text: Text) -> String? {
        let text = String(text)
        return text.utf8.count <= maximumNameByteCount ? text.lowercased() : nil
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic }
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    /// Entities read, white space folded; nil when nothing is left.
    private static func text(_ raw: String?, limit: Int) -> String? {
        guard let raw else { return nil }
        let words = unescaped(raw).split { isSpace($0) || $0.value < 0x20 || $0.value == 0x7F }
        let text = String(words.map { String($0) }.joined(separator: " ").prefix(limit))
        return text.isEmpty ? nil : text
    }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]

    private static func unescaped(_ raw: String) -> String.UnicodeScalarView {
        var output = String.UnicodeScalarView()
        var rest = raw.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let name = rest.prefix(10).prefix { $0 != ";" }
            guard scalar == "&", rest[name.endIndex...].first == ";", let text = entity(Substring(name)) else {
                output.append(scalar)
                continue
            }
            output.append(contentsOf: text.unicodeScalars)
            rest = rest[name.endIndex...].dropFirst()
        }
        return output
    }

    private static func entity(_ name: Substring) -> String? {
        guard name.hasPrefix("#") else { return entities[name.lowercased()] }
        let digits = name.dropFirst()
        let code = digits.lowercased().hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map { $0.value == 0 ? "\u{FFFD}" : String(Character($0)) }
    }
}
