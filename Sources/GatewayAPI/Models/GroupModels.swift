import Gateway
import StrictJSON

/// One group of the list.
struct GroupSummaryModel: DocumentedModel {
    let group: GroupSummary

    static let schema = Schema.object([
        .always("id", .string), .always("name", .string), .always("linkedParentJID", .nullable(.string)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", group.id)
            json.member("name", group.name)
            json.member("linkedParentJID", group.linkedParentID)
        }
    }
}

/// One group with its members; what is not known is left out.
struct GroupModel: DocumentedModel {
    let group: GroupRecord

    static let schema = Schema.object([
        .always("id", .string), .always("name", .string), .maybe("description", .string), .maybe("owner", .string),
        .maybe("createdAt", .seconds), .always("isReadOnly", .boolean), .always("isAnnounce", .boolean),
        .always("linkedParentJID", .nullable(.string)), .always("announce", .boolean), .always("locked", .boolean),
        .always("ephemeralSeconds", .integer), .maybe("memberAddMode", .string),
        .always("participants", .array(of: .model(ParticipantModel.self))),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", group.summary.id)
            json.member("name", group.summary.name)
            if let description = group.description { json.member("description", description) }
            if let owner = group.owner { json.member("owner", owner) }
            if let seconds = group.createdAtSeconds { json.member("createdAt", seconds) }
            json.member("isReadOnly", group.isReadOnly)
            json.member("isAnnounce", group.isAnnouncement)
            json.member("linkedParentJID", group.summary.linkedParentID)
            json.member("announce", group.isAnnouncement)
            json.member("locked", group.isLocked)
            json.member("ephemeralSeconds", group.ephemeralSeconds)
            if let mode = group.memberAddMode { json.member("memberAddMode", mode) }
            json.member("participants", array: group.participants.map(ParticipantModel.init))
        }
    }
}

struct ParticipantModel: DocumentedModel {
    let participant: GroupRecord.Participant

    static let schema = Schema.object([
        .always("id", .string), .always("number", .string), .maybe("name", .string), .always("isAdmin", .boolean),
        .always("isSuperAdmin", .boolean),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", participant.id)
            json.member("number", participant.number)
            if let name = participant.name { json.member("name", name) }
            json.member("isAdmin", participant.isAdmin)
            json.member("isSuperAdmin", participant.isSuperAdmin)
        }
    }
}
