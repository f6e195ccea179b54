import StrictJSON

/// Writes schemas as JSON, and collects those with a name on the way.
struct SchemaWriter {
    /// By name, in the order in which they were met.
    private(set) var components: [(name: String, schema: JSONValue)] = []

    mutating func json(of schema: Schema) -> JSONValue {
        switch schema {
        case .keywords(let object): return .object(object)
        case .array(let element): return .object(("type", .string("array")), ("items", json(of: element)))
        case .map(let value):
            return .object(("type", .string("object")), ("additionalProperties", json(of: value)))
        case .object(let properties): return object(properties)
        case .nullable(let schema): return nullable(json(of: schema))
        case .named(let name, let make):
            if !components.contains(where: { $0.name == name }) {
                let place = components.count
                components.append((name, .null))
                components[place].schema = json(of: make())
            }
            return .object(("$ref", .string("#/components/schemas/\(name)")))
        }
    }

    private mutating func object(_ properties: [Schema.Property]) -> JSONValue {
        var members: [(String, JSONValue)] = [("type", .string("object"))]
        let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { members.append(("required", .array(required))) }
        var written: [(String, JSONValue)] = []
        for property in properties {
            let schema = json(of: property.schema)
            written.append((property.name, Self.described(schema, property.name)))
        }
        members.append(("properties", .object(JSONObject(written))))
        members.append(("additionalProperties", .boolean(false)))
        return .object(JSONObject(members))
    }

    /// With the glossary's sentence for a field of this name.
    static func described(_ schema: JSONValue, _ name: String) -> JSONValue {
        guard case .object(let object) = schema, object["description"] == nil, let text = FieldGlossary.text(of: name)
        else { return schema }
        return .object(JSONObject(object.members + [.init(name: "description", value: .string(text))]))
    }

    private func nullable(_ schema: JSONValue) -> JSONValue {
        guard case .object(let object) = schema, case .string(let type)? = object["type"] else {
            return .object(("anyOf", .array([schema, .object(("type", .string("null")))])))
        }
        return .object(
            JSONObject(
                object.members.map { member in
                    switch (member.name, member.value) {
                    case ("type", _): .init(name: "type", value: .array([.string(type), .string("null")]))
                    case ("enum", .array(let values)): .init(name: "enum", value: .array(values + [.null]))
                    default: member
                    }
                }))
    }
}
