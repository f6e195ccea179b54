/// What a web page says of itself in its head: OpenGraph properties first, else its title and description.
///
/// A tolerant reading of `<meta property="og:…" content="…">` and `<title>`; pages are strangers, so every length is bounded.
struct PageDescription: Equatable {
    /// At most 256 characters.
    let title: String?
    /// At most 1024 characters.
    let description: String?
    /// As written: perhaps relative to the page.
    let image: String?

    private static let maximumTagCount = 2_000

    init(html: String) {
        var properties: [String: String] = [:]
        var plainTitle: String?
        var rest = Substring(html)
        var tagCount = 0
        while tagCount < Self.maximumTagCount, let open = rest.firstIndex(of: "<") {
            tagCount += 1
            rest = rest[rest.index(after: open)...]
            let name = rest.prefix { $0.isLetter || $0 == "/" }.lowercased()
            switch name {
            case "meta":
                let attributes = Self.attributes(&rest)
                guard let key = attributes["property"] ?? attributes["name"], let content = attributes["content"] else { break }
                let property = key.lowercased()
                if properties[property] == nil { properties[property] = content }
            case "title":
                guard plainTitle == nil, let close = rest.firstIndex(of: ">") else { break }
                plainTitle = String(rest[rest.index(after: close)...].prefix { $0 != "<" })
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
    private static func attributes(_ rest: inout Substring) -> [String: String] {
        var attributes: [String: String] = [:]
        rest = rest.drop { $0.isLetter }
        while attributes.count < 20 {
            rest = rest.drop { $0.isWhitespace || $0 == "/" }
            guard let first = rest.first, first != ">", first != "<" else { break }
            let name = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != ">" }
            rest = rest[name.endIndex...].drop { $0.isWhitespace }
            guard rest.first == "=" else {
                if name.isEmpty { rest = rest.dropFirst() }
                continue
            }
            rest = rest.dropFirst().drop { $0.isWhitespace }
            let value: Substring
            if let quote = rest.first, quote == "\"" || quote == "'" {
                value = rest.dropFirst().prefix { $0 != quote }
                rest = rest[value.endIndex...].dropFirst()
            } else {
                value = rest.prefix { !$0.isWhitespace && $0 != ">" }
                rest = rest[value.endIndex...]
            }
            attributes[name.lowercased()] = String(value.prefix(16_384))
        }
        return attributes
    }

    /// Entities read, white space folded; nil when nothing is left.
    private static func text(_ raw: String?, limit: Int) -> String? {
        guard let raw else { return nil }
        let words = unescaped(raw).split { $0.isWhitespace || $0.unicodeScalars.allSatisfy { $0.value < 0x20 || $0.value == 0x7F } }
        let text = String(words.joined(separator: " ").prefix(limit))
        return text.isEmpty ? nil : text
    }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]

    private static func unescaped(_ raw: String) -> String {
        var output = ""
        var rest = Substring(raw)
        while let character = rest.first {
            rest = rest.dropFirst()
            let name = rest.prefix(10).prefix { $0 != ";" }
            guard character == "&", rest[name.endIndex...].first == ";", let text = entity(name) else {
                output.append(character)
                continue
            }
            output += text
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
