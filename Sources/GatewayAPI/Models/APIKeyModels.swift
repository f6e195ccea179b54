import Gateway
import StrictJSON

/// `POST /api/auth/api-keys` (contract 1.5).
struct CreateAPIKeyBody: RequestModel {
    let draft: APIKeyDraft

    static let fields: FieldSet = [
        .required("name", .string, .minimumLength(3), .maximumLength(100)),
        .optional("role", APIKeyFields.role),
        .optional("allowedIps", .array, .maximumCount(256), .each(.string), .each(APIKeyFields.address)),
        .optional(
            "allowedSessions", .array, .maximumCount(256), .unique, .each(.string), .each(APIKeyFields.session)),
        .optional("expiresAt", .isoDate),
    ]

    init(_ values: FieldValues) {
        draft = APIKeyDraft(
            name: values.string("name"), role: APIKeyFields.role(in: values) ?? .operator,
            allowedIPs: values.optionalStrings("allowedIps") ?? [],
            allowedSessions: values.optionalStrings("allowedSessions") ?? [],
            expiresAtMilliseconds: APIKeyFields.expiry(in: values))
    }
}

/// `PUT /api/auth/api-keys/{id}`: what is absent stays; `expiresAt: null` takes the end away.
struct UpdateAPIKeyBody: RequestModel {
    let change: APIKeyChange

    static let fields = FieldSet(
        CreateAPIKeyBody.fields.fields.map { Field(name: $0.name, rules: $0.rules, isOptional: true) })

    init(_ values: FieldValues) {
        change = APIKeyChange(
            name: values.optionalString("name"), role: APIKeyFields.role(in: values),
            allowedIPs: values.optionalStrings("allowedIps"),
            allowedSessions: values.optionalStrings("allowedSessions"),
            expiry: values.isNull("expiresAt")
                ? .never : APIKeyFields.expiry(in: values).map(APIKeyChange.Expiry.at) ?? .unchanged)
    }
}

/// What both bodies have in common.
enum APIKeyFields {
    static let roles = ["admin", "operator", "viewer"]
    static let role = Rule.oneOf(roles)

    static let address = Rule.stating(
        "each allowedIps entry must be a valid IPv4 address or IPv4 CIDR range (e.g. 10.0.0.0/8)",
        .matches(
            Rule.Pattern(description: #"/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/"#) { text in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false)
                let isPlain = text.utf8.allSatisfy {
                    $0 &- UInt8(ascii: "0") <= 9 || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/")
                }
                return isPlain && AddressRange(text) != nil && (parts.count == 1 || parts[1].utf8.count <= 2)
            }))

    static let session = Rule.stating(
        "each allowedSessions entry must be a non-empty session id with no surrounding whitespace and no comma",
        .matches(
            Rule.Pattern(description: #"/^[^\s,](.*[^\s])?$/"#) { text in
                text.first?.isWhitespace == false && text.last?.isWhitespace == false
                    && !text.utf8.contains(UInt8(ascii: ",")) && text.utf8.count <= 200
            }))

    static func role(in values: FieldValues) -> APIKeyRole? {
        values.optionalString("role").flatMap(APIKeyRole.init)
    }

    static func expiry(in values: FieldValues) -> Int64? {
        values.optionalString("expiresAt").flatMap(ISO8601Text.milliseconds(parsing:))
    }
}

/// One key without its secret; lists and times that are not set are left out.
struct APIKeyModel: DocumentedModel {
    let key: APIKeyRecord

    static let properties: [Schema.Property] = [
        .always("id", .string), .always("name", .string), .always("keyPrefix", .string),
        .always("role", .oneOf(APIKeyFields.roles)),
        .maybe("allowedIps", .array(of: .string)), .maybe("allowedSessions", .array(of: .string)),
        .always("isActive", .boolean), .maybe("expiresAt", .date), .maybe("lastUsedAt", .date),
        .always("usageCount", .integer), .always("createdAt", .date),
    ]
    static let schema = Schema.object(properties)

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("id", key.id)
        json.member("name", key.name)
        json.member("keyPrefix", key.keyPrefix)
        json.member("role", key.role.rawValue)
        if !key.allowedIPs.isEmpty { json.member("allowedIps", array: key.allowedIPs) }
        if !key.allowedSessions.isEmpty { json.member("allowedSessions", array: key.allowedSessions) }
        json.member("isActive", key.isActive)
        if let end = key.expiresAtMilliseconds { json.member("expiresAt", ISO8601Text.of(milliseconds: end)) }
        if let last = key.lastUsedAtMilliseconds { json.member("lastUsedAt", ISO8601Text.of(milliseconds: last)) }
        json.member("usageCount", key.usageCount)
        json.member("createdAt", ISO8601Text.of(milliseconds: key.createdAtMilliseconds))
    }
}

/// The answer that makes a key: it has the key itself, and no other answer does.
struct CreatedAPIKeyModel: DocumentedModel {
    let key: APIKeyRecord
    let rawKey: String

    static let schema = Schema.object(APIKeyModel.properties + [.always("apiKey", .string)])

    func write(to json: inout JSONWriter) {
        json.object { json in
            APIKeyModel(key: key).writeMembers(to: &json)
            json.member("apiKey", rawKey)
        }
    }
}

/// `POST /api/auth/validate`: what the shown key is.
struct ValidatedKeyModel: DocumentedModel {
    let key: APIKeyRecord

    static let schema = Schema.object([
        .always("valid", .boolean), .always("role", .oneOf(APIKeyFields.roles)),
        .always("engineType", .oneOf(["native"])), .always("scoped", .boolean),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("valid", true)
            json.member("role", key.role.rawValue)
            json.member("engineType", "native")
            json.member("scoped", !key.allowedSessions.isEmpty)
        }
    }
}
