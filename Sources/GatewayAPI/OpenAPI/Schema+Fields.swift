import StrictJSON

// What a body may be, from the same rules that judge it: the document cannot say anything else than the validator does.
extension Schema {
    init(_ fields: FieldSet) {
        self = .object(
            fields.fields.map { field in
                Property(name: field.name, schema: Schema(field.rules), isRequired: !field.isOptional)
            })
    }

    private init(_ rules: [Rule]) {
        for rule in rules {
            switch rule {
            case .nested(let fields):
                self = Schema(fields)
                return
            case .nestedEach(let fields):
                var members: [(String, JSONValue)] = []
                for rule in rules { members += rule.keywords }
                var writer = SchemaWriter()
                members.append(("items", writer.json(of: Schema(fields))))
                self = .keywords(JSONObject(Self.typeFirst(members)))
                return
            default: continue
            }
        }
        var members: [(String, JSONValue)] = []
        for rule in rules { members += rule.keywords }
        let items = rules.flatMap(\.elementRule)
        if !items.isEmpty {
            members.append(("items", .object(JSONObject(Self.typeFirst(items.flatMap(\.keywords))))))
        }
        self = .keywords(JSONObject(Self.typeFirst(members)))
    }

    private static func typeFirst(_ members: [(String, JSONValue)]) -> [(String, JSONValue)] {
        members.filter { $0.0 == "type" } + members.filter { $0.0 != "type" }
    }
}

extension Rule {
    /// The rule for the elements of a list.
    fileprivate var elementRule: [Rule] {
        if case .each(let rule) = self { return [rule] }
        return []
    }

    /// What JSON Schema calls this rule.
    fileprivate var keywords: [(String, JSONValue)] {
        switch self {
        case .string: [("type", .string("string"))]
        case .number: [("type", .string("number"))]
        case .integer: [("type", .string("integer"))]
        case .boolean: [("type", .string("boolean"))]
        case .object, .nested: [("type", .string("object"))]
        case .array, .nestedEach: [("type", .string("array"))]
        case .notEmpty: [("minLength", .integer(1))]
        case .minimumLength(let limit): [("minLength", .integer(limit))]
        case .maximumLength(let limit): [("maxLength", .integer(limit))]
        case .minimum(let limit): [("minimum", .integer(Int(limit)))]
        case .maximum(let limit): [("maximum", .integer(Int(limit)))]
        case .oneOf(let values): [("type", .string("string")), ("enum", .array(values.map(JSONValue.string)))]
        case .oneOfIntegers(let values):
            [("type", .string("integer")), ("enum", .array(values.map { .number(.integer($0)) }))]
        case .matches(let pattern): [("pattern", .string(String(pattern.description.dropFirst().dropLast())))]
        case .isoDate: [("type", .string("string")), ("format", .string("date-time"))]
        case .url: [("type", .string("string")), ("format", .string("uri"))]
        case .latitude: Self.degrees(90)
        case .longitude: Self.degrees(180)
        case .notEmptyArray: [("minItems", .integer(1))]
        case .minimumCount(let limit): [("minItems", .integer(limit))]
        case .maximumCount(let limit): [("maxItems", .integer(limit))]
        case .unique: [("uniqueItems", .boolean(true))]
        case .stringValues, .headerMap:
            [("type", .string("object")), ("additionalProperties", .object(("type", .string("string"))))]
        // Said in words: the glossary's.
        case .readable: []
        case .stating(_, let rule): rule.keywords
        case .orNull(let rule):
            rule.keywords.map { $0.0 == "type" ? ("type", .array([$0.1, .string("null")])) : $0 }
        case .each: []
        }
    }

    /// A number, or a text that is one.
    private static func degrees(_ limit: Int) -> [(String, JSONValue)] {
        [
            ("type", .array([.string("number"), .string("string")])), ("minimum", .integer(-limit)),
            ("maximum", .integer(limit)),
        ]
    }
}
