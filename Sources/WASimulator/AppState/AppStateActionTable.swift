import FoundationEssentials
import WABinary
import WAProto

/// Which actions there are: the form of their index, their collections, version and field. Reference 5.14.
///
/// What is not here may be written by clients of other versions, and is taken as it is.
enum AppStateActionTable {
    /// What one part of an index holds.
    private enum Part {
        case person, chat, messageID, flag, participant, anything
    }

    private struct Row {
        let parts: [Part]
        let collections: Set<String>
        let version: Int32?
        let isSet: @Sendable (WASyncActionValue) -> Bool
    }

    private static let rows: [String: Row] = [
        "mute": Row(parts: [.chat], collections: ["regular_high"], version: 2) { $0.hasMuteAction },
        "pin_v1": Row(parts: [.chat], collections: ["regular_low"], version: 5) { $0.hasPinAction },
        "archive": Row(parts: [.chat], collections: ["regular_low"], version: 3) { $0.hasArchiveChatAction },
        "markChatAsRead": Row(parts: [.chat], collections: ["regular_low"], version: 3) { $0.hasMarkChatAsReadAction },
        // Clients differ about the collection of stars.
        "star": Row(
            parts: [.chat, .messageID, .flag, .participant], collections: ["regular_high", "regular_low"], version: 2
        ) { $0.hasStarAction },
        "deleteMessageForMe": Row(
            parts: [.chat, .messageID, .flag, .participant], collections: ["regular_high"], version: 3
        ) { $0.hasDeleteMessageForMeAction },
        "clearChat": Row(parts: [.chat, .flag, .flag], collections: ["regular_high"], version: 6) {
            $0.hasClearChatAction_p
        },
        "deleteChat": Row(parts: [.chat, .flag], collections: ["regular_high"], version: 6) { $0.hasDeleteChatAction },
        "contact": Row(parts: [.person], collections: ["critical_unblock_low"], version: 2) { $0.hasContactAction },
        "setting_pushName": Row(parts: [], collections: ["critical_block"], version: 1) { $0.hasPushNameSetting },
        "label_edit": Row(parts: [.anything], collections: ["regular"], version: 3) { $0.hasLabelEditAction },
        "label_jid": Row(parts: [.anything, .chat], collections: ["regular"], version: 3) {
            $0.hasLabelAssociationAction
        },
        "label_message": Row(
            parts: [.anything, .chat, .messageID, .anything, .anything], collections: ["regular"], version: 3
        ) { $0.hasLabelAssociationAction },
        "quick_reply": Row(parts: [.anything], collections: ["regular"], version: 2) { $0.hasQuickReplyAction },
    ]

    /// What is wrong with a mutation that a client wrote; empty when nothing is. Texts name no chat.
    static func complaints(
        about mutation: AppStateMutation, isRemoval: Bool, in collection: String
    ) -> [String] {
        guard let action = mutation.index.first else { return ["an empty index"] }
        guard let row = rows[action] else { return [] }
        var complaints: [String] = []
        let parts = Array(mutation.index.dropFirst())
        if parts.count != row.parts.count {
            complaints.append("\(action): \(parts.count + 1) parts in its index, not \(row.parts.count + 1)")
        }
        for (index, (text, part)) in zip(parts, row.parts).enumerated() where !fits(text, part) {
            complaints.append("\(action): part \(index + 2) of its index is no \(part)")
        }
        if !row.collections.contains(collection) { complaints.append("\(action): in \(collection)") }
        if let version = row.version, mutation.version != version {
            complaints.append("\(action): version \(mutation.version), not \(version)")
        }
        guard !isRemoval else { return complaints }
        if !row.isSet(mutation.value) { complaints.append("\(action): another action in its value") }
        return complaints + timeComplaints(action, mutation.value)
    }

    private static func fits(_ text: String, _ part: Part) -> Bool {
        switch part {
        case .anything: return !text.isEmpty
        case .messageID: return (1...128).contains(text.count)
        case .flag: return text == "0" || text == "1"
        case .participant: return text == "0" || JID(text)?.isPerson == true
        case .person: return JID(text).map { $0.isPerson && $0.device == 0 } ?? false
        case .chat:
            guard let jid = JID(text) else { return false }
            return jid.device == 0 && !jid.user.isEmpty
        }
    }

    /// Later than any time in seconds, and earlier than any in milliseconds of these years.
    private static let milliseconds: Int64 = 100_000_000_000

    /// Values and the end of a mute are in milliseconds, messages and ranges in seconds.
    private static func timeComplaints(_ action: String, _ value: WASyncActionValue) -> [String] {
        var complaints: [String] = []
        if value.timestamp < milliseconds { complaints.append("\(action): its timestamp is not in milliseconds") }
        let mute = value.muteAction
        if mute.muted, mute.muteEndTimestamp != -1, mute.muteEndTimestamp < milliseconds {
            complaints.append("\(action): muteEndTimestamp is neither -1 nor in milliseconds")
        }
        for range in value.ranges {
            let times = [range.lastMessageTimestamp] + range.messages.map(\.timestamp)
            if times.contains(where: { $0 >= milliseconds }) {
                complaints.append("\(action): a time of its range is not in seconds")
            }
            if range.messages.contains(where: { $0.key.id.isEmpty || $0.key.remoteJid.isEmpty }) {
                complaints.append("\(action): a message of its range has no key")
            }
        }
        return complaints
    }
}

extension WASyncActionValue {
    fileprivate var ranges: [WASyncActionMessageRange] {
        [
            archiveChatAction.hasMessageRange ? archiveChatAction.messageRange : nil,
            markChatAsReadAction.hasMessageRange ? markChatAsReadAction.messageRange : nil,
            clearChatAction_p.hasMessageRange ? clearChatAction_p.messageRange : nil,
            deleteChatAction.hasMessageRange ? deleteChatAction.messageRange : nil,
        ].compactMap { $0 }
    }
}
