import Gateway
import StrictJSON

/// `POST …/chats/typing`.
struct TypingBody: RequestModel {
    let chatID: String
    let state: TypingState

    static let fields: FieldSet = [
        .chatID(), .required("state", .string, .oneOf(TypingState.allCases.map(\.rawValue))),
    ]

    init(_ values: FieldValues) {
        chatID = values.string("chatId")
        state = TypingState(rawValue: values.string("state")) ?? .paused
    }
}

/// `POST …/presence/subscribe`.
struct SubscribePresenceBody: RequestModel {
    let chatID: String

    static let fields: FieldSet = [.required("chatId", .string, .matches(MarkReadBody.chatIDPattern))]

    init(_ values: FieldValues) { chatID = values.string("chatId") }
}

/// `PUT …/presence`.
struct OnlinePresenceBody: RequestModel {
    let isAvailable: Bool

    static let fields: FieldSet = [.required("available", .boolean)]

    init(_ values: FieldValues) { isAvailable = values.boolean("available") }
}

/// `PUT …/profile/name`.
struct ProfileNameBody: RequestModel {
    let name: String

    static let fields: FieldSet = [.required("name", .string, .notEmpty, .maximumLength(25))]

    init(_ values: FieldValues) { name = values.string("name") }
}

/// `PUT …/profile/status`.
struct ProfileStatusBody: RequestModel {
    let status: String

    static let fields: FieldSet = [.required("status", .string, .maximumLength(139))]

    init(_ values: FieldValues) { status = values.string("status") }
}

/// What was last observed in a chat, or `null`.
struct ChatPresenceModel: DocumentedModel {
    let presence: ChatPresence?

    static let schema = Schema.nullable(
        .object([
            .always("chatId", .string),
            .always(
                "participants",
                .array(
                    of: .object([
                        .always("id", .string), .always("state", .oneOf(PresenceState.allCases.map(\.rawValue))),
                        .maybe("lastSeen", .seconds),
                    ]))),
            .maybe("groupOnlineCount", .integer), .always("observedAt", .date),
        ]))

    func write(to json: inout JSONWriter) {
        guard let presence else { return json.null() }
        json.object { json in
            json.member("chatId", presence.chatID)
            json.member("participants", array: presence.participants.map(ParticipantModel.init))
            json.member("observedAt", ISO8601Text.of(milliseconds: presence.observedAtMilliseconds))
        }
    }

    private struct ParticipantModel: JSONWritable {
        let participant: ParticipantPresence

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("id", participant.personID)
                json.member("state", participant.state.rawValue)
                if let seconds = participant.lastSeenSeconds { json.member("lastSeen", seconds) }
            }
        }
    }
}

/// What the sessions of a key are doing, and how much memory the server has (contract 6.3).
struct SessionStatsModel: DocumentedModel {
    let sessions: [SessionRecord]

    static let schema = Schema.object([
        .always("total", .integer), .always("active", .integer), .always("ready", .integer),
        .always("disconnected", .integer), .always("byStatus", .map(of: .integer)),
        .always(
            "memoryUsage",
            .object([.always("heapUsed", .integer), .always("heapTotal", .integer), .always("rss", .integer)])),
    ])

    func write(to json: inout JSONWriter) {
        let counts = Dictionary(grouping: sessions, by: \.status.rawValue).mapValues(\.count)
        // One process without a heap of its own kind: all three are the memory it holds, in whole MiB.
        let megabytes = Int64(MemoryUse.residentByteCount() >> 20)
        json.object { json in
            json.member("total", Int64(sessions.count))
            json.member("active", Int64(sessions.count { $0.engineLoaded }))
            json.member("ready", Int64(counts["ready"] ?? 0))
            json.member("disconnected", Int64(counts["disconnected"] ?? 0))
            json.member("byStatus") { json in
                for (status, count) in counts.sorted(by: { $0.key < $1.key }) {
                    json.member(named: status) { $0.integer(Int64(count)) }
                }
            }
            json.member("memoryUsage") { json in
                json.member("heapUsed", megabytes)
                json.member("heapTotal", megabytes)
                json.member("rss", megabytes)
            }
        }
    }
}
