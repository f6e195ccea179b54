import Storage

/// An event as the log keeps it.
package struct EventRecord: Sendable, Equatable {
    /// Its place in the order of all events of all sessions: the cursor of those who read on.
    package let seq: Int64
    package let sessionID: String
    package let name: EventName
    /// The chat it belongs to; '' for none.
    package let chat: String
    package let occurredAtMilliseconds: Int64
    /// The idempotency key of contract 11.2 without the webhook.
    package let identity: String
    /// JSON, as a webhook gets it, but for the bytes of media.
    package let data: String
    /// The row of the message whose media belongs into `data.media`.
    package let mediaRow: Int64?

    /// `evt_<uuid>`: the same on every channel. Computed of time and place, so that no index of random keys is kept.
    package var id: String { Self.id(seq: seq, occurredAtMilliseconds: occurredAtMilliseconds) }

    static func id(seq: Int64, occurredAtMilliseconds: Int64) -> String {
        "evt_" + MessageRowID(createdAtMilliseconds: occurredAtMilliseconds, sequence: seq).text
    }

    /// The place of the event with this id; nil for a text that is none of ours.
    package static func seq(ofID id: String) -> Int64? {
        guard id.hasPrefix("evt_") else { return nil }
        return MessageRowID(String(id.dropFirst(4)))?.sequence
    }

    static let columns = "seq, session_id, event, chat, occurred_at, identity, data, media_row"

    /// - Returns: nil for an event that this version does not know.
    init?(_ row: SQLRow) throws {
        guard let name = EventName(rawValue: try row.text("event")) else { return nil }
        self.name = name
        seq = try row.integer("seq")
        sessionID = try row.text("session_id")
        chat = try row.text("chat")
        occurredAtMilliseconds = try row.integer("occurred_at")
        identity = try row.text("identity")
        data = try row.text("data")
        mediaRow = try row.optionalInteger("media_row")
    }
}

/// Which events a reader wants; without any condition all of them.
package struct EventFilter: Sendable, Equatable {
    /// Nil for all sessions.
    package var sessions: Set<String>?
    /// Nil for all names that `*` covers.
    package var names: Set<EventName>?

    package init(sessions: Set<String>? = nil, names: Set<EventName>? = nil) {
        self.sessions = sessions
        self.names = names
    }

    package func matches(_ record: EventRecord) -> Bool {
        guard sessions?.contains(record.sessionID) ?? true else { return false }
        return names?.contains(record.name) ?? record.name.isCoveredByWildcard
    }
}

/// Some events in order, and how far the log was read for them.
package struct EventPage: Sendable, Equatable {
    package let records: [EventRecord]
    /// Where to read on: the last place looked at, whether or not its event matched.
    package let cursor: Int64
    /// Whether more was there when the page was read.
    package let hasMore: Bool
}
