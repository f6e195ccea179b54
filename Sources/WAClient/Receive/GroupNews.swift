import Storage
import WABinary
import WAProtocol

/// What a group's notification changes, as it is told: one event for each change, with phone numbers where they are known.
///
/// Source: protocol reference 8.3.
struct GroupNews: Sendable {
    let account: String

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    func events(
        of notification: GroupNotification, in stanza: NotificationStanza, nowMilliseconds: Int64,
        on sql: any SQLConnection
    ) throws -> [ClientEvent] {
        let actor = try notification.actor.map { try addresses.phoneForm(of: $0, on: sql) }
        return try notification.changes.flatMap { change -> [ClientEvent] in
            guard let change = try self.change(change, on: sql) else { return [] }
            let told = ClientEvent.groupChanged(
                GroupChange(
                    group: notification.group, actor: actor, change: change, timestampSeconds: stanza.timestampSeconds,
                    notificationID: stanza.id))
            guard case .ephemeral(let seconds) = change else { return [told] }
            let timer = ChatChange(
                chat: notification.group, change: .ephemeral(seconds: seconds), atMilliseconds: nowMilliseconds)
            return [told, .chatChanged(timer)]
        }
    }

    /// Nil when nobody is named by what is about people.
    private func change(
        _ change: GroupNotification.Change, on sql: any SQLConnection
    ) throws -> GroupChange.Change? {
        func people(_ participants: [GroupParticipant]) throws -> [JID]? {
            let people = try participants.map { try $0.phone ?? addresses.phoneForm(of: $0.jid, on: sql) }
            return people.isEmpty ? nil : people
        }
        switch change {
        case .created: return .created
        case .added(let participants): return try people(participants).map { .joined($0) }
        case .removed(let participants, let byThemselves):
            return try people(participants).map { .left($0, byThemselves: byThemselves) }
        case .promoted(let participants): return try people(participants).map { .promoted($0) }
        case .demoted(let participants): return try people(participants).map { .demoted($0) }
        case .joinRequested(let participants): return try people(participants).map { .joinRequested($0) }
        case .modified: return .other("modify")
        case .deleted: return .deleted
        case .details(let element): return details(element)
        case .other(let name): return .other(name)
        }
    }

    private func details(_ element: Node) -> GroupChange.Change {
        var details = GroupDetails(subject: "")
        details.apply(element)
        return switch element.tag {
        case "subject": .subject(details.subject)
        case "description": .description(details.description ?? "")
        case "announcement", "not_announcement": .announcement(details.isAnnouncement)
        case "locked", "unlocked": .locked(details.isLocked)
        case "ephemeral", "not_ephemeral": .ephemeral(seconds: details.ephemeralSeconds)
        default: .other(element.tag)
        }
    }
}
