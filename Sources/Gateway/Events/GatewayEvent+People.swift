import StrictJSON
import WABinary
import WAClient

// Events about groups, calls and presence: contract 12 for the data, 11.2 for the identities.
extension GatewayEvent {
    /// - Parameter own: The account's neutral id: who came or went where a change names nobody.
    /// - Returns: nil for what no event tells.
    static func group(
        _ change: GroupChange, own: String, in sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        let what = GroupNews(change.change, own: own)
        let group = ChatID.neutral(change.group)
        let hash = EventHash.of([sessionID, change.notificationID] + what.participants)
        let occurred = change.timestampSeconds * 1000
        let identity =
            what.name == .groupUpdate
            ? "grp_\(group)_update_\(hash)_\(occurred)" : "grp_\(group)_\(hash)_\(what.verb)_\(occurred)"
        return GatewayEvent(
            sessionID: sessionID, name: what.name, chat: group, occurredAtMilliseconds: now, identity: identity,
            data: JSONObject { json in
                json.add("groupId", group)
                json.add("actorId", change.actor.map(ChatID.neutral))
                json.add("participantIds", what.participants)
                json.add("timestamp", change.timestampSeconds)
                json.add("changes") { json in json.add(what.changed?.name ?? "", what.changed?.value) }
            })
    }

    /// - Returns: nil for a call that was taken and is over.
    static func call(_ call: CallUpdate, in sessionID: String, atMilliseconds now: Int64) -> GatewayEvent? {
        let (name, outcome): (EventName, String?)
        switch call.kind {
        case .offered: (name, outcome) = (.callReceived, nil)
        case .accepted: (name, outcome) = (.callAccepted, "accepted")
        case .rejected: (name, outcome) = (.callRejected, "rejected")
        case .missed: (name, outcome) = (.callMissed, "missed")
        case .ended: return nil
        }
        let from = ChatID.neutral(call.from)
        return GatewayEvent(
            sessionID: sessionID, name: name, chat: call.group.map(ChatID.neutral) ?? from,
            occurredAtMilliseconds: now,
            identity: "call_\(sessionID)_\(call.callID)" + (outcome.map { "_" + $0 } ?? ""),
            data: JSONObject { json in
                if outcome != nil { json.add("sessionId", sessionID) }
                json.add("callId", call.callID)
                json.add("from", from)
                json.add("outcome", outcome)
                json.add("isVideo", call.isVideo)
                json.add("isGroup", call.group != nil)
                json.add("timestamp", call.timestampSeconds)
            })
    }

    static func presence(_ update: PresenceUpdate, in sessionID: String, atMilliseconds now: Int64) -> GatewayEvent {
        let chat = ChatID.neutral(update.chat)
        let person = ChatID.neutral(update.person)
        let (state, lastSeen) = update.state.told
        let hash = EventHash.of(person, state, "\(lastSeen ?? 0)")
        return GatewayEvent(
            sessionID: sessionID, name: .presenceUpdate, chat: chat, occurredAtMilliseconds: now,
            identity: "pres_\(sessionID)_\(chat)_\(hash)_\(now)",
            data: JSONObject { json in
                json.add("sessionId", sessionID)
                json.add("chatId", chat)
                let participant = JSONObject { json in
                    json.add("id", person)
                    json.add("state", state)
                    json.add("lastSeen", lastSeen)
                }
                json.add("participants", .array([.object(participant)]))
            })
    }
}

extension PresenceUpdate.State {
    /// The contract's word, and Unix seconds where known.
    var told: (state: String, lastSeenSeconds: Int64?) {
        switch self {
        case .available: ("available", nil)
        case .unavailable(let seconds): ("unavailable", seconds)
        case .composing: ("composing", nil)
        case .recording: ("recording", nil)
        case .paused: ("paused", nil)
        }
    }
}

/// What a change of a group is to those who are told.
private struct GroupNews {
    let name: EventName
    let verb: String
    var participants: [String] = []
    var changed: (name: String, value: JSONValue)?

    init(_ change: GroupChange.Change, own: String) {
        switch change {
        case .created:
            (name, verb, participants) = (.groupJoin, "join", [own])
        case .joined(let people):
            (name, verb, participants) = (.groupJoin, "join", people.map(ChatID.neutral))
        case .left(let people, _):
            (name, verb, participants) = (.groupLeave, "leave", people.map(ChatID.neutral))
        case .deleted:
            (name, verb, participants) = (.groupLeave, "leave", [own])
        case .joinRequested(let people):
            (name, verb, participants) = (.groupJoinRequest, "join_request", people.map(ChatID.neutral))
        case .promoted(let people), .demoted(let people):
            (name, verb, participants) = (.groupUpdate, "update", people.map(ChatID.neutral))
        case .subject(let text):
            (name, verb, changed) = (.groupUpdate, "update", ("subject", .string(text)))
        case .description(let text):
            (name, verb, changed) = (.groupUpdate, "update", ("description", .string(text)))
        case .announcement(let isOn):
            (name, verb, changed) = (.groupUpdate, "update", ("announce", .boolean(isOn)))
        case .locked(let isOn):
            (name, verb, changed) = (.groupUpdate, "update", ("locked", .boolean(isOn)))
        case .ephemeral, .other:
            (name, verb) = (.groupUpdate, "update")
        }
    }
}
