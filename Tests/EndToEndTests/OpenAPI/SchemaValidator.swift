import StrictJSON
@testable import GatewayAPI

/// Compares values with the schemas of an OpenAPI document: the part of JSON Schema that the document uses.
struct SchemaValidator {
    let document: JSONValue

    /// What is wrong with a value, each with its place; empty when it has the schema's shape.
    func problems(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
        guard case .object(let rules) = schema else { return ["\(path): the schema is no object"] }
        var found: [String] = []
        for rule in rules.members {
            switch (rule.name, rule.value) {
            case ("$ref", .string(let reference)):
                found += problems(value, resolve(reference), at: path)
            case ("type", .string(let type)):
                if !Self.isOf(type, value) { found.append("\(path) is no \(type)") }
            case ("type", .array(let types)):
                if !types.contains(where: { Self.isOf($0.string ?? "", value) }) {
                    found.append("\(path) has a wrong type")
                }
            case ("enum", .array(let values)):
                if !values.contains(value) { found.append("\(path) is none of the listed values") }
            case ("anyOf", .array(let schemas)), ("oneOf", .array(let schemas)):
                if !schemas.contains(where: { problems(value, $0, at: path).isEmpty }) {
                    found.append("\(path) fits no alternative")
                }
            case ("items", let items):
                guard case .array(let elements) = value else { continue }
                for (index, element) in elements.enumerated() {
                    found += problems(element, items, at: "\(path)[\(index)]")
                }
            case ("required", .array(let names)):
                guard case .object(let object) = value else { continue }
                for name in names where object[name.string ?? ""] == nil {
                    found.append("\(path) has no \(name.string ?? "")")
                }
            case ("properties", .object(let properties)):
                guard case .object(let object) = value else { continue }
                for property in properties.members {
                    guard let given = object[property.name] else { continue }
                    found += problems(given, property.value, at: "\(path).\(property.name)")
                }
            case ("additionalProperties", let rest):
                guard case .object(let object) = value else { continue }
                let known = Self.names(of: rules["properties"])
                for member in object.members where !known.contains(member.name) {
                    if rest == .boolean(false) {
                        found.append("\(path).\(member.name) is not declared")
                    } else {
                        found += problems(member.value, rest, at: "\(path).\(member.name)")
                    }
                }
            case ("format", .string("date-time")):
                if let text = value.string, ISO8601Text.milliseconds(parsing: text) == nil {
                    found.append("\(path) is no time")
                }
            case ("minLength", .number(let limit)):
                if let text = value.string, text.unicodeScalars.count < limit.integer ?? 0 {
                    found.append("\(path) is short")
                }
            case ("maxLength", .number(let limit)):
                if let text = value.string, text.unicodeScalars.count > limit.integer ?? 0 {
                    found.append("\(path) is long")
                }
            default: continue
            }
        }
        return found
    }

    private func resolve(_ reference: String) -> JSONValue {
        var value = document
        for part in reference.split(separator: "/").dropFirst() {
            guard case .object(let object) = value, let next = object[String(part)] else { return .null }
            value = next
        }
        return value
    }

    private static func names(of properties: JSONValue?) -> [String] {
        guard case .object(let object)? = properties else { return [] }
        return object.members.map(\.name)
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("string", .string), ("boolean", .boolean), ("array", .array), ("object", .object),
            ("number", .number):
            true
        case ("integer", .number(let number)): number.integer != nil
        default: false
        }
    }
}
