import Gateway
import StrictJSON

/// `POST /api/sessions`.
struct CreateSessionBody: RequestModel {
    let name: String
    /// Free-form but for the keys that the gateway reads.
    let config: JSONObject?

    static let fields: FieldSet = [
        .required(
            "name", .string, .minimumLength(3), .maximumLength(50),
            .stating("Session name can only contain letters, numbers, and hyphens", .matches(namePattern))),
        .optional("config", .object),
    ]

    private static let namePattern = Rule.Pattern(description: "/^[a-zA-Z0-9-]+$/") { text in
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    init(_ values: FieldValues) {
        name = values.string("name")
        config = values.optionalObject("config")
    }
}

/// One session as the API shows it (contract 6.2).
struct SessionModel: DocumentedModel {
    let session: SessionRecord

    static let schema = Schema.object([
        .always("id", .string), .always("name", .string),
        .always("status", .oneOf(SessionStatus.allCases.map(\.rawValue))),
        .always("phone", .nullable(.string)), .always("pushName", .nullable(.string)),
        .always("connectedAt", .nullable(.date)), .always("lastActive", .nullable(.date)),
        .always("createdAt", .date), .always("updatedAt", .date), .always("lastError", .nullable(.string)),
        .always("engineLoaded", .boolean),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", session.id)
            json.member("name", session.name)
            json.member("status", session.status.rawValue)
            json.member("phone", session.phone)
            json.member("pushName", session.pushName)
            json.member("connectedAt", session.connectedAtMilliseconds.map(ISO8601Text.of))
            json.member("lastActive", session.lastActiveMilliseconds.map(ISO8601Text.of))
            json.member("createdAt", ISO8601Text.of(milliseconds: session.createdAtMilliseconds))
            json.member("updatedAt", ISO8601Text.of(milliseconds: session.updatedAtMilliseconds))
            json.member("lastError", session.lastError)
            json.member("engineLoaded", session.engineLoaded)
        }
    }
}

/// `POST /api/sessions/:id/pairing-code`.
struct PairingCodeBody: RequestModel {
    let phoneNumber: String

    static let fields: FieldSet = [
        .required("phoneNumber", .string, .matches(digits))
    ]

    private static let digits = Rule.Pattern(description: "/^[0-9]{6,15}$/") { text in
        (6...15).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    init(_ values: FieldValues) { phoneNumber = values.string("phoneNumber") }
}

/// The code to type on the phone, without a dash.
struct PairingCodeModel: DocumentedModel {
    let answer: PairingCodeAnswer

    static let schema = Schema.object([
        .always("pairingCode", .string), .always("status", .oneOf(SessionStatus.allCases.map(\.rawValue))),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("pairingCode", answer.code)
            json.member("status", answer.status.rawValue)
        }
    }
}

/// A pairing code: as a picture, and additionally as the text inside it.
struct QRCodeModel: DocumentedModel {
    let dataURL: String
    let code: QRCode

    static let schema = Schema.object([
        .always("qrCode", .string), .always("status", .oneOf(SessionStatus.allCases.map(\.rawValue))),
        .always("qr", .string),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("qrCode", dataURL)
            json.member("status", code.status.rawValue)
            json.member("qr", code.text)
        }
    }
}

/// `PATCH …/config`: null takes back.
struct SessionConfigBody: RequestModel {
    /// As given, and within the rules.
    let change: JSONObject

    static let fields: FieldSet = [
        .optional("autoRejectCalls", .boolean),
        .optional(
            "maxReconnectAttempts", .integer, .minimum(SessionConfiguration.reconnectAttempts.lowerBound),
            .maximum(SessionConfiguration.reconnectAttempts.upperBound)),
        .optional(
            "reconnectBaseDelay", .integer, .minimum(SessionConfiguration.reconnectBase.lowerBound),
            .maximum(SessionConfiguration.reconnectBase.upperBound)),
    ]

    init(_ values: FieldValues) { change = values.object }
}

/// What is set for a session (contract 6.3).
struct SessionConfigModel: DocumentedModel {
    let configuration: SessionConfiguration

    static let schema = Schema.object([
        .always("autoRejectCalls", .boolean), .always("maxReconnectAttempts", .nullable(.integer)),
        .always("reconnectBaseDelay", .integer),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("autoRejectCalls", configuration.rejectsCalls)
            if let attempts = configuration.maximumReconnectAttempts {
                json.member("maxReconnectAttempts", Int64(attempts))
            } else {
                json.member("maxReconnectAttempts", raw: "null")
            }
            // The client's own unit is a second.
            json.member("reconnectBaseDelay", configuration.reconnectBaseMilliseconds ?? 1_000)
        }
    }
}
