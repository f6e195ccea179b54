import StrictJSON

/// The shape of a JSON value, as OpenAPI 3.1 (JSON Schema 2020-12) writes it.
indirect enum Schema: Sendable {
    /// Keywords as they are written.
    case keywords(JSONObject)
    case array(of: Schema)
    case object([Property])
    /// An object whose members' names are not known beforehand.
    case map(of: Schema)
    /// The value or `null`.
    case nullable(Schema)
    /// A schema with a name, written once under `components`.
    case named(String, @Sendable () -> Schema)

    struct Property: Sendable {
        let name: String
        let schema: Schema
        var isRequired = true

        /// Always there.
        static func always(_ name: String, _ schema: Schema) -> Property { Property(name: name, schema: schema) }
        /// Left out where there is nothing to say.
        static func maybe(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: false)
        }
    }

    static let string = type("string")
    static let integer = type("integer")
    static let number = type("number")
    static let boolean = type("boolean")
    static let any = Schema.keywords(JSONObject())
    /// ISO 8601 in UTC with milliseconds.
    static let date = type("string", ("format", .string("date-time")))
    /// Unix seconds.
    static let seconds = integer

    static func oneOf(_ values: [String]) -> Schema {
        type("string", ("enum", .array(values.map(JSONValue.string))))
    }

    static func model(_ model: any DocumentedModel.Type) -> Schema {
        .named(model.schemaName) { model.schema }
    }

    static func type(_ name: String, _ more: (String, JSONValue)...) -> Schema {
        .keywords(JSONObject([("type", .string(name))] + more))
    }
}

/// A model of an answer that says what it writes. A test runs every example and compares.
protocol DocumentedModel: JSONWritable, SendableMetatype {
    static var schema: Schema { get }
}

/// What `String(describing:)` writes for a type, without its search through all conformances of the program: a quarter of the
/// time to start, with a hundred types.
func typeName(_ type: Any.Type) -> String { _typeName(type, qualified: false) }

extension DocumentedModel {
    /// The type's name without `Model`.
    static var schemaName: String {
        let name = typeName(Self.self)
        return name.hasSuffix("Model") ? String(name.dropLast(5)) : name
    }
}

extension JSONObject {
    init(_ members: [(String, JSONValue)]) {
        self.init(members.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONValue {
    static func object(_ members: (String, JSONValue)...) -> JSONValue { .object(JSONObject(members)) }
    static func integer(_ value: Int) -> JSONValue { .number(.integer(Int64(value))) }
}
