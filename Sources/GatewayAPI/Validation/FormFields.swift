import StrictJSON

/// The pairs of an `application/x-www-form-urlencoded` text, in the order written.
struct FormFields: Sendable, Equatable {
    struct Pair: Sendable, Equatable {
        let name: String
        let value: String
    }

    let pairs: [Pair]

    /// Far above any real form; it bounds the work of what follows.
    static let maximumPairCount = 1000

    init(pairs: [Pair]) {
        self.pairs = pairs
    }

    /// - Throws: `APIError.malformedBody` for an escape that is none, invalid UTF-8, NUL characters or too many pairs.
    init(parsing text: some StringProtocol) throws(APIError) {
        var pairs: [Pair] = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < Self.maximumPairCount else {
                throw .malformedBody("Form has more than \(Self.maximumPairCount) fields")
            }
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let name = PercentEncoding.decode(part[..<(equals ?? part.endIndex)], plusIsSpace: true)
            let value =
                equals.map { PercentEncoding.decode(part[part.index(after: $0)...], plusIsSpace: true) } ?? .text("")
            guard case .text(let name) = name, case .text(let value) = value else {
                throw .malformedBody("Form fields must be percent-encoded UTF-8 without NUL characters")
            }
            pairs.append(Pair(name: name, value: value))
        }
        self.pairs = pairs
    }

    /// The same values as a JSON body would have them: each text is converted by the declared type of its field.
    ///
    /// A text that cannot be converted stays a text, so that the field's rules speak. Repeated names, and names that
    /// end in `[]`, make a list.
    func object(for fields: FieldSet) -> JSONObject {
        var order: [ExactText] = []
        var values: [ExactText: [String]] = [:]
        var lists = Set<ExactText>()
        for pair in pairs {
            let isElement = pair.name.utf8.suffix(2).elementsEqual("[]".utf8)
            let name = ExactText(isElement ? String(pair.name.unicodeScalars.dropLast(2)) : pair.name)
            if isElement { lists.insert(name) }
            if values[name] == nil { order.append(name) }
            values[name, default: []].append(pair.value)
        }
        return JSONObject(
            order.map { name in
                let texts = values[name] ?? []
                let rules = fields.fields.first { $0.name.isExactly(name.text) }?.rules ?? []
                let isList = lists.contains(name) || texts.count > 1 || rules.contains(where: \.declaresArray)
                let value =
                    isList
                    ? JSONValue.array(texts.map { Self.convert($0, by: rules) }) : Self.convert(texts[0], by: rules)
                return JSONObject.Member(name: name.text, value: value)
            })
    }

    private static func convert(_ text: String, by rules: [Rule]) -> JSONValue {
        for rule in rules {
            switch rule {
            case .boolean where text.isExactly("true"), .each(.boolean) where text.isExactly("true"):
                return .boolean(true)
            case .boolean where text.isExactly("false"), .each(.boolean) where text.isExactly("false"):
                return .boolean(false)
            case .number, .integer, .each(.number), .each(.integer):
                if case .number(let number) = try? JSONReader.read(Array(text.utf8)) { return .number(number) }
            default: continue
            }
        }
        return .string(text)
    }
}

extension Rule {
    fileprivate var declaresArray: Bool {
        switch self {
        case .array, .each, .nestedEach: true
        default: false
        }
    }
}
