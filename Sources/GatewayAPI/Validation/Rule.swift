import StrictJSON

/// One thing a property must be, with the text that says so when it is not.
///
/// Texts are OpenWA's (contract 2.2), because clients match on them. Types are strict: a number is never taken for a
/// string (architecture decision 6). A missing property is judged as `nil`, and fails every rule but those of `Field.optional`.
enum Rule: Sendable {
    case string
    case number
    case integer
    case boolean
    case object
    case array
    /// Neither missing, null nor the empty string. A value of another type passes; the type rule speaks for it.
    case notEmpty
    /// In code points: a surrogate pair counts once.
    case minimumLength(Int)
    case maximumLength(Int)
    case minimum(Int64)
    case maximum(Int64)
    case oneOf([String])
    case oneOfIntegers([Int64])
    /// A pattern, shown to the caller as it is written in `Pattern.description`.
    case matches(Pattern)
    case isoDate
    case url
    case latitude
    case longitude
    case notEmptyArray
    case minimumCount(Int)
    case maximumCount(Int)
    case unique
    /// Each element of an array, or a value that is no array itself.
    indirect case each(Rule)
    /// An object whose values are all strings.
    case stringValues
    /// Names and values of HTTP headers: an object of texts (contract 10).
    case headerMap
    /// A text that can be understood as something. Missing and empty ones pass; other rules speak for those.
    case readable(Form)
    /// `null`, which must be written, or what the rule says.
    indirect case orNull(Rule)
    /// A rule with a text of its own instead of the standard one.
    indirect case stating(String, Rule)
    /// A property that holds an object with fields of its own.
    case nested(FieldSet)
    /// A property that holds a list of such objects.
    case nestedEach(FieldSet)

    /// A regular expression, as its text and as code.
    struct Pattern: Sendable {
        /// With slashes: `/^[0-9]{6,15}$/`.
        let description: String
        let matches: @Sendable (String) -> Bool
    }

    /// What a text must be readable as.
    struct Form: Sendable {
        /// Completes "X must be …".
        let description: String
        let reads: @Sendable (String) -> Bool
    }

    /// Whether a value obeys. Nested rules look at the kind of value only; `FieldSet` goes inside.
    func holds(for value: JSONValue?) -> Bool {
        switch (self, value) {
        case (.string, .string), (.boolean, .boolean), (.array, .array), (.object, .object), (.nested, .object),
            (.nestedEach, .array):
            true
        case (.number, .number(let number)): number.double.isFinite
        case (.integer, .number(let number)): number.integer != nil
        case (.notEmpty, nil), (.notEmpty, .null): false
        case (.notEmpty, .string(let text)): !text.isEmpty
        case (.notEmpty, _): true
        case (.minimumLength(let limit), .string(let text)): text.unicodeScalars.count >= limit
        case (.maximumLength(let limit), .string(let text)):
            // Bytes are known at once, and a text never has more code points than bytes.
            text.utf8.count <= limit || text.unicodeScalars.count <= limit
        case (.minimum(let limit), .number(let number)): number.double >= Double(limit)
        case (.maximum(let limit), .number(let number)): number.double <= Double(limit)
        case (.oneOf(let choices), .string(let text)): choices.contains { $0.isExactly(text) }
        case (.oneOfIntegers(let choices), .number(let number)): number.integer.map(choices.contains) ?? false
        case (.matches(let pattern), .string(let text)): pattern.matches(text)
        case (.isoDate, .string(let text)): ISO8601Text.milliseconds(parsing: text) != nil
        case (.url, .string(let text)): Self.isAbsoluteHTTPURL(text)
        case (.latitude, let value?): Self.isCoordinate(value, limit: 90)
        case (.longitude, let value?): Self.isCoordinate(value, limit: 180)
        case (.notEmptyArray, .array(let elements)): !elements.isEmpty
        case (.minimumCount(let limit), .array(let elements)): elements.count >= limit
        case (.maximumCount(let limit), .array(let elements)): elements.count <= limit
        case (.unique, .array(let elements)): Self.areUnique(elements)
        case (.stringValues, .object(let object)): object.members.allSatisfy { $0.value.string != nil }
        case (.headerMap, .object(let object)): HeaderMap.isValid(object)
        case (.readable(let form), .string(let text)): text.isEmpty || form.reads(text)
        case (.readable, _): true
        case (.each(let rule), .array(let elements)): elements.allSatisfy { rule.holds(for: $0) }
        case (.each(let rule), let value): rule.holds(for: value)
        case (.orNull, .null): true
        case (.orNull(let rule), let value): rule.holds(for: value)
        case (.stating(_, let rule), let value): rule.holds(for: value)
        default: false
        }
    }

    /// What the caller is told when the rule is broken.
    func text(for name: String) -> String {
        switch self {
        case .stating(let text, _): text
        case .orNull(let rule): rule.text(for: name)
        case .each(.stating(let text, _)): text
        case .each(let rule): "each value in " + rule.text(for: name)
        case .nestedEach: "each value in nested property \(name) must be either object or array"
        case .nested: "nested property \(name) must be either object or array"
        case .string: "\(name) must be a string"
        case .stringValues: "each value in \(name) must be a string"
        case .headerMap: "\(name) must be an object of header names and texts"
        case .readable(let form): "\(name) must be \(form.description)"
        case .number: "\(name) must be a number conforming to the specified constraints"
        case .integer: "\(name) must be an integer number"
        case .boolean: "\(name) must be a boolean value"
        case .object: "\(name) must be an object"
        case .array: "\(name) must be an array"
        case .notEmpty, .notEmptyArray: "\(name) should not be empty"
        case .minimumLength(let limit): "\(name) must be longer than or equal to \(limit) characters"
        case .maximumLength(let limit): "\(name) must be shorter than or equal to \(limit) characters"
        case .minimum(let limit): "\(name) must not be less than \(limit)"
        case .maximum(let limit): "\(name) must not be greater than \(limit)"
        case .oneOf(let choices): "\(name) must be one of the following values: \(choices.joined(separator: ", "))"
        case .oneOfIntegers(let choices):
            "\(name) must be one of the following values: \(choices.map(String.init).joined(separator: ", "))"
        case .matches(let pattern): "\(name) must match \(pattern.description) regular expression"
        case .isoDate: "\(name) must be a valid ISO 8601 date string"
        case .url: "\(name) must be a URL address"
        case .latitude: "\(name) must be a latitude string or number"
        case .longitude: "\(name) must be a longitude string or number"
        case .minimumCount(let limit): "\(name) must contain at least \(limit) elements"
        case .maximumCount(let limit): "\(name) must contain no more than \(limit) elements"
        case .unique: "All \(name)'s elements must be unique"
        }
    }

    // MARK: - Longer judgements

    /// `http://` or `https://`, a host, and no white space or control character.
    private static func isAbsoluteHTTPURL(_ text: String) -> Bool {
        let start = String(decoding: text.utf8.prefix(8), as: UTF8.self).lowercased()
        guard let scheme = ["https://", "http://"].first(where: start.hasPrefix) else { return false }
        let rest = text.unicodeScalars.dropFirst(scheme.count)
        guard let first = rest.first, !"/?#:@".unicodeScalars.contains(first) else { return false }
        return rest.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && !$0.properties.isWhitespace }
    }

    /// A number, or a string that is one: the text of the rule promises both.
    private static func isCoordinate(_ value: JSONValue, limit: Double) -> Bool {
        let degrees: Double? =
            switch value {
            case .number(let number): number.double
            case .string(let text): Double(text)
            default: nil
            }
        return degrees.map { abs($0) <= limit } ?? false
    }

    /// As a set in JavaScript has it: texts, numbers and the like by value, every list and object a thing of its own.
    private static func areUnique(_ elements: [JSONValue]) -> Bool {
        var texts = Set<ExactText>()
        var numbers = Set<Double>()
        var others: [JSONValue] = []
        for element in elements {
            switch element {
            case .string(let text):
                guard texts.insert(ExactText(text)).inserted else { return false }
            case .number(let number):
                guard numbers.insert(number.double).inserted else { return false }
            case .boolean, .null:
                guard !others.contains(element) else { return false }
                others.append(element)
            case .array, .object: continue
            }
        }
        return true
    }
}
