import WAClient

extension SendRefusal {
    /// The stable name of a refusal, in stored rows and in errors. Source of the numbers: protocol reference 5.2.
    var code: String {
        switch self {
        case .notOnWhatsApp: Self.notOnWhatsAppCode
        case .noKeys: "RECIPIENT_HAS_NO_KEYS"
        case .unsupportedRecipient: "RECIPIENT_UNSUPPORTED"
        case .notAGroupMember: Self.notAGroupMemberCode
        case .mediaUnavailable: "MEDIA_UNAVAILABLE"
        case .unknownPoll: "POLL_UNKNOWN"
        case .server(463): "REACHOUT_RESTRICTED"
        case .server(479): "MESSAGE_MALFORMED"
        case .server(let code): Self.serverPrefix + "\(code)"
        }
    }

    static let notOnWhatsAppCode = "NOT_ON_WHATSAPP"
    static let notAGroupMemberCode = "NOT_A_GROUP_MEMBER"
    /// Of an outbox row that this version cannot read.
    static let unreadableCode = "OUTBOX_ROW_UNREADABLE"
    private static let serverPrefix = "WHATSAPP_"

    /// What a code means, in plain words for the caller. None of these goes away by sending the same again.
    static func words(for code: String) -> String {
        switch code {
        case "RECIPIENT_HAS_NO_KEYS": "None of the recipient's devices gave keys to encrypt to. Nothing was sent."
        case "RECIPIENT_UNSUPPORTED": "This kind of recipient cannot be written to. Nothing was sent."
        case "MEDIA_UNAVAILABLE": "The file could not be brought to WhatsApp. Nothing was sent."
        case "POLL_UNKNOWN": "The poll is not known here, so nobody could read the vote. Nothing was sent."
        case "REACHOUT_RESTRICTED":
            "WhatsApp refused the message: this account may not start new conversations for now (463). Do not repeat it."
        case "MESSAGE_MALFORMED": "WhatsApp could not read the message (479). This is a defect; do not repeat it."
        case unreadableCode: "The stored message cannot be read by this version. Nothing was sent."
        case "LOGGED_OUT": "The session was logged out before the message could be sent. Nothing was sent."
        case let code where code.hasPrefix(serverPrefix):
            "WhatsApp refused the message with error \(code.dropFirst(serverPrefix.count)). Nothing was delivered."
        default: "WhatsApp refused the message (\(code))"
        }
    }
}
