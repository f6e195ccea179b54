package import StrictJSON

/// Which events of those a webhook subscribes to reach it: all conditions must hold (contract 10).
///
/// Conditions are about messages; other events pass. A condition on something the event does not say suppresses the event,
/// but for `isNot`, which holds, and booleans, which count as false.
package struct WebhookFilter: Sendable, Equatable {
    package enum Field: String, Sendable, CaseIterable {
        case sender, recipient, chatId, mentions, body, type, kind, isGroup, fromMe, hasMedia
    }

    package enum Operator: String, Sendable, CaseIterable {
        case `is`, isNot, contains, equals
    }

    package struct Condition: Sendable, Equatable {
        enum Test: Sendable, Equatable {
            /// One of these, or with `isNegated` none of them.
            case oneOf([String], isNegated: Bool)
            case contains(String, isCaseSensitive: Bool)
            case equals(String, isCaseSensitive: Bool)
            case flag(Bool)
        }

        let field: Field
        let test: Test
        /// As the caller wrote it.
        let json: JSONObject
    }

    package static let maximumConditions = 20
    package static let maximumValues = 100
    package static let maximumTextLength = 1_000

    package let conditions: [Condition]

    /// Reads conditions whose shape (`field`, `operator`, `value`, `caseSensitive`) was checked.
    ///
    /// - Throws: `GatewayError.invalidWebhook` for an operator or value that does not fit its field.
    package init(_ conditions: [JSONObject]) throws(GatewayError) {
        var read: [Condition] = []
        for (index, object) in conditions.enumerated() { read.append(try Condition(object, index)) }
        self.conditions = read
    }

    /// Reads what `json` wrote.
    init?(stored: String) {
        guard case .object(let object)? = try? JSONReader.read(Array(stored.utf8)),
            case .array(let elements)? = object["conditions"]
        else { return nil }
        let objects = elements.compactMap { if case .object(let object) = $0 { object } else { nil } }
        guard let filter = try? WebhookFilter(objects) else { return nil }
        self = filter
    }

    /// `{"conditions":[…]}`, as the caller wrote it.
    package var json: JSONObject {
        JSONObject { $0.add("conditions", .array(conditions.map { .object($0.json) })) }
    }

    func passes(_ event: GatewayEvent) -> Bool {
        guard event.name.isAboutMessage else { return true }
        return conditions.allSatisfy { $0.holds(for: event.data) }
    }
}

extension WebhookFilter.Condition {
    fileprivate init(_ object: JSONObject, _ index: Int) throws(GatewayError) {
        let place = "filters.conditions.\(index)"
        guard let field = object["field"]?.string.flatMap(WebhookFilter.Field.init),
            let comparison = object["operator"]?.string.flatMap(WebhookFilter.Operator.init)
        else { throw .invalidWebhook("\(place).field and operator must be known") }
        var isCaseSensitive = false
        if case .boolean(let flag)? = object["caseSensitive"] { isCaseSensitive = flag }
        let (value, limit) = (object["value"], WebhookFilter.maximumTextLength)
        switch (field, comparison, value) {
        case (.body, .contains, .string(let text)?) where text.unicodeScalars.count <= limit:
            test = .contains(text, isCaseSensitive: isCaseSensitive)
        case (.body, .equals, .string(let text)?) where text.unicodeScalars.count <= limit:
            test = .equals(text, isCaseSensitive: isCaseSensitive)
        case (.isGroup, .is, .boolean(let flag)?), (.fromMe, .is, .boolean(let flag)?),
            (.hasMedia, .is, .boolean(let flag)?):
            test = .flag(flag)
        case (.sender, .is, .array(let values)?), (.sender, .isNot, .array(let values)?),
            (.recipient, .is, .array(let values)?), (.recipient, .isNot, .array(let values)?),
            (.chatId, .is, .array(let values)?), (.chatId, .isNot, .array(let values)?),
            (.mentions, .is, .array(let values)?), (.mentions, .isNot, .array(let values)?):
            test = .oneOf(try Self.texts(values, place).map(Self.canonical), isNegated: comparison == .isNot)
        case (.type, .is, .array(let values)?), (.type, .isNot, .array(let values)?),
            (.kind, .is, .array(let values)?), (.kind, .isNot, .array(let values)?):
            test = .oneOf(try Self.texts(values, place), isNegated: comparison == .isNot)
        default:
            throw .invalidWebhook("\(place): \(Self.rule(for: field))")
        }
        self.field = field
        json = object
    }

    private static func texts(_ values: [JSONValue], _ place: String) throws(GatewayError) -> [String] {
        let texts = values.compactMap(\.string)
        guard texts.count == values.count, (1...WebhookFilter.maximumValues).contains(texts.count),
            texts.allSatisfy({ $0.unicodeScalars.count <= WebhookFilter.maximumTextLength })
        else {
            throw .invalidWebhook(
                "\(place): value must be 1 to \(WebhookFilter.maximumValues) strings of at most "
                    + "\(WebhookFilter.maximumTextLength) characters")
        }
        return texts
    }

    private static func rule(for field: WebhookFilter.Field) -> String {
        switch field {
        case .body:
            "body takes the operators contains and equals with a string of at most "
                + "\(WebhookFilter.maximumTextLength) characters"
        case .isGroup, .fromMe, .hasMedia: "\(field.rawValue) takes the operator is with true or false"
        default: "\(field.rawValue) takes the operators is and isNot with a list of strings"
        }
    }

    /// Bare digits are a person's number.
    private static func canonical(_ text: String) -> String {
        (try? ChatID(parsing: text))?.description ?? text
    }

    // MARK: - Judging

    func holds(for data: JSONObject) -> Bool {
        switch test {
        case .flag(let wanted): return flag(in: data) == wanted
        case .oneOf(let wanted, let isNegated):
            guard let said = texts(in: data) else { return isNegated }
            return said.contains(where: wanted.contains) != isNegated
        case .contains(let part, let isCaseSensitive):
            guard let body = data["body"]?.string else { return false }
            return isCaseSensitive ? body.contains(part) : body.lowercased().contains(part.lowercased())
        case .equals(let text, let isCaseSensitive):
            guard let body = data["body"]?.string else { return false }
            return isCaseSensitive ? body.isExactly(text) : body.lowercased().isExactly(text.lowercased())
        }
    }

    /// What the event says in this field; nil when it says nothing.
    private func texts(in data: JSONObject) -> [String]? {
        switch field {
        case .sender: (data["author"]?.string ?? data["from"]?.string).map { [$0] }
        case .recipient: data["to"]?.string.map { [$0] }
        case .mentions:
            if case .array(let elements)? = data["mentionedIds"] { elements.compactMap(\.string) } else { nil }
        default: data[field.rawValue]?.string.map { [$0] }
        }
    }

    private func flag(in data: JSONObject) -> Bool {
        if field == .hasMedia, data["hasMedia"] == nil { return data["media"] != nil }
        return data[field.rawValue] == .boolean(true)
    }
}
