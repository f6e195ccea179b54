import Gateway
import StrictJSON

/// One message as `GET messages` lists it, with its marks and its timeline.
struct MessageDetailsModel: DocumentedModel {
    let details: MessageDetails

    static let schema: Schema = {
        guard case .object(let properties) = MessageModel.schema else { return MessageModel.schema }
        return .object(
            properties + [
                .always("starred", .boolean), .always("pinnedUntil", .nullable(.date)),
                .always("expiresAt", .nullable(.date)), .always("editedAt", .nullable(.date)),
                .always("timeline", .array(of: .model(DeliveryStepModel.self))),
            ])
    }()

    func write(to json: inout JSONWriter) {
        json.object { json in
            MessageModel(message: details.message).writeMembers(to: &json)
            json.member("starred", details.isStarred)
            json.member("pinnedUntil", Self.date(details.pinnedUntilMilliseconds))
            json.member("expiresAt", Self.date(details.expiresAtMilliseconds))
            json.member("editedAt", Self.date(details.editedAtMilliseconds))
            json.member("timeline", array: details.timeline.map(DeliveryStepModel.init))
        }
    }

    static func date(_ milliseconds: Int64?) -> String? { milliseconds.map(ISO8601Text.of) }
}

/// A step of a message on its way.
struct DeliveryStepModel: DocumentedModel {
    let step: DeliveryStep

    static let names = ["accepted", "received", "encrypted", "server", "retried", "delivered", "read", "played", "failed"]

    static let schema = Schema.object([
        .always("step", .oneOf(names)), .always("at", .nullable(.date)), .maybe("contactId", .string),
        .maybe("device", .integer), .maybe("attempt", .integer), .maybe("code", .string), .maybe("meaning", .string),
        .maybe(
            "devices", .array(of: .object([.always("contactId", .string), .always("device", .integer)]))),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("step", name)
            json.member("at", MessageDetailsModel.date(step.atMilliseconds))
            if let device = step.device { Self.write(device, to: &json) }
            switch step.kind {
            case .encrypted(let devices): json.member("devices", array: devices.map(DeviceModel.init))
            case .retried(let count): json.member("attempt", Int64(count))
            case .failed(let code, let meaning):
                json.member("code", code)
                json.member("meaning", meaning)
            case .accepted, .received, .server, .delivered, .read, .played: break
            }
        }
    }

    private var name: String {
        switch step.kind {
        case .accepted: "accepted"
        case .received: "received"
        case .encrypted: "encrypted"
        case .server: "server"
        case .retried: "retried"
        case .delivered: "delivered"
        case .read: "read"
        case .played: "played"
        case .failed: "failed"
        }
    }

    private static func write(_ device: DeliveryStep.Device, to json: inout JSONWriter) {
        json.member("contactId", device.personID)
        json.member("device", Int64(device.number))
    }

    private struct DeviceModel: JSONWritable {
        let device: DeliveryStep.Device

        func write(to json: inout JSONWriter) {
            json.object { DeliveryStepModel.write(device, to: &$0) }
        }
    }
}

/// What was voted in a poll.
struct PollTallyModel: DocumentedModel {
    let tally: PollTally

    static let schema = Schema.object([
        .always("name", .string), .always("allowMultipleAnswers", .boolean),
        .always(
            "votes",
            .array(
                of: .object([
                    .always("option", .string),
                    .always(
                        "voters",
                        .array(of: .object([.always("voterId", .string), .always("timestamp", .seconds)]))),
                ]))),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("name", tally.question)
            json.member("allowMultipleAnswers", tally.allowsMultipleAnswers)
            json.member("votes", array: tally.options.map(OptionModel.init))
        }
    }

    private struct OptionModel: JSONWritable {
        let option: PollTally.Option

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("option", option.name)
                json.member("voters", array: option.voters.map(VoterModel.init))
            }
        }
    }

    private struct VoterModel: JSONWritable {
        let voter: PollTally.Voter

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("voterId", voter.id)
                json.member("timestamp", voter.votedAtMilliseconds / 1000)
            }
        }
    }
}

/// A message as the events tell it (contract 12).
struct HistoryMessageModel: DocumentedModel {
    let message: JSONObject

    static let schema = Schema.object([
        .always("id", .string), .always("from", .string), .always("to", .string), .always("chatId", .string),
        .always("body", .string), .always("type", .string), .always("timestamp", .seconds), .always("fromMe", .boolean),
        .always("isGroup", .boolean), .always("kind", .oneOf(ChatKind.allCases.map(\.rawValue))),
        .maybe("author", .string), .maybe("isStatusBroadcast", .boolean), .maybe("ephemeralDuration", .integer),
        .maybe("isViewOnce", .boolean), .maybe("mentionedIds", .array(of: .string)), .maybe("isLidSender", .boolean),
        .maybe("contact", .type("object")), .maybe("media", .type("object")), .maybe("quotedMessage", .type("object")),
        .maybe("location", .type("object")), .maybe("poll", .type("object")), .maybe("call", .type("object")),
        .maybe("order", .type("object")), .maybe("product", .type("object")),
        .maybe("buttons", .array(of: .type("object"))), .maybe("button", .type("object")),
    ])

    func write(to json: inout JSONWriter) { message.write(to: &json) }
}
