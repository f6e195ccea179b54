import StrictJSON

/// A property that a body may have, and what it must be.
struct Field: Sendable {
    let name: String
    /// In natural order: the type first, then emptiness, then limits.
    let rules: [Rule]
    /// Whether it may be missing; `null` counts as missing.
    let isOptional: Bool
    /// Whether `null` is a value to be judged all the same.
    var judgesNull = false

    static func required(_ name: String, _ rules: Rule...) -> Field {
        Field(name: name, rules: rules, isOptional: false)
    }

    static func optional(_ name: String, _ rules: Rule...) -> Field {
        Field(name: name, rules: rules, isOptional: true)
    }

    /// It may be missing, but when it is there it is not `null`: for changes, where `null` would mean to clear it.
    static func unclearable(_ name: String, _ rules: Rule...) -> Field {
        Field(name: name, rules: rules, isOptional: true, judgesNull: true)
    }

    fileprivate func skips(_ value: JSONValue?) -> Bool {
        guard isOptional else { return false }
        return value.map { $0.isNull && !judgesNull } ?? true
    }
}

/// All properties that a body, or an object inside one, may have. Whatever is not declared is refused.
///
/// Problems come in the contract's order (2.1, 2.2): unknown properties as the caller wrote them, then each declared
/// property in the order of declaration, and of one property the rules in reverse: limits, emptiness, type.
struct FieldSet: Sendable, ExpressibleByArrayLiteral {
    let fields: [Field]

    init(_ fields: [Field]) {
        self.fields = fields
    }

    init(arrayLiteral elements: Field...) {
        self.init(elements)
    }

    /// A body without properties: even one is refused.
    static let none = FieldSet([])

    /// What is wrong with an object, ready to be shown; empty when it may be used.
    func problems(in object: JSONObject) -> [String] {
        guard !isObeyed(by: object) else { return [] }
        var found = Problems()
        find(in: object, at: "", &found)
        if found.count == 0 {
            found.judgesReadings = true
            find(in: object, at: "", &found)
        }
        return found.texts
    }

    // MARK: - The common case

    /// The same judgement without building any text.
    private func isObeyed(by object: JSONObject) -> Bool {
        for member in object.members where !fields.contains(where: { $0.name.isExactly(member.name) }) { return false }
        return fields.allSatisfy { field in
            let value = object[field.name]
            if field.skips(value) { return true }
            return field.rules.allSatisfy { $0.holds(for: value) && Self.isObeyedInside($0, value) }
        }
    }

    private static func isObeyedInside(_ rule: Rule, _ value: JSONValue?) -> Bool {
        switch (rule, value) {
        case (.nested(let fields), .object(let object)):
            fields.isObeyed(by: object)
        case (.nestedEach(let fields), .array(let elements)):
            elements.allSatisfy { element in
                guard case .object(let object) = element else { return false }
                return fields.isObeyed(by: object)
            }
        default: true
        }
    }

    // MARK: - Telling what is wrong

    private func find(in object: JSONObject, at path: String, _ found: inout Problems) {
        for member in object.members where !fields.contains(where: { $0.name.isExactly(member.name) }) {
            found.add("property \(Problems.shown(member.name)) should not exist", at: path)
        }
        for field in fields {
            let value = object[field.name]
            if field.skips(value) { continue }
            let before = found.count
            findInside(field, value, at: path, &found)
            // Where something inside is wrong, only that is told.
            if found.count == before { Self.find(field, value, at: path, &found) }
            guard !found.isFull else { return }
        }
    }

    private static func find(_ field: Field, _ value: JSONValue?, at path: String, _ found: inout Problems) {
        var nested: [Rule] = []
        for rule in field.rules.reversed() where !rule.holds(for: value) {
            switch rule {
            case .readable where !found.judgesReadings: continue
            case .nested, .nestedEach: nested.append(rule)
            default: found.add(rule.text(for: field.name), at: path)
            }
        }
        for rule in nested where !(value?.isNull ?? true) { found.add(rule.text(for: field.name), at: path) }
    }

    private func findInside(_ field: Field, _ value: JSONValue?, at path: String, _ found: inout Problems) {
        let path = path.isEmpty ? field.name : "\(path).\(field.name)"
        for rule in field.rules {
            switch (rule, value) {
            case (.nested(let fields), .object(let object)):
                fields.find(in: object, at: path, &found)
            case (.nestedEach(let fields), .array(let elements)):
                for (index, element) in elements.enumerated() {
                    guard !found.isFull else { return }
                    if case .object(let object) = element {
                        fields.find(in: object, at: "\(path).\(index)", &found)
                    } else {
                        found.add(rule.text(for: field.name), at: path)
                    }
                }
            default: continue
            }
        }
    }
}

/// The texts found so far; bounded, because the caller decides how many there could be.
private struct Problems {
    private(set) var texts: [String] = []
    /// What a text means is judged only when every text is in order.
    var judgesReadings = false

    /// More than any body of the contract can have wrong with it.
    private static let maximumCount = 1000
    private static let maximumNameLength = 200

    var count: Int { texts.count }
    var isFull: Bool { texts.count >= Self.maximumCount }

    mutating func add(_ text: String, at path: String) {
        guard !isFull else { return }
        texts.append(path.isEmpty ? text : "\(path).\(text)")
    }

    /// A property's name as the answer repeats it.
    static func shown(_ name: String) -> String {
        guard name.utf8.count > maximumNameLength else { return name }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(maximumNameLength))) + "…"
    }
}
