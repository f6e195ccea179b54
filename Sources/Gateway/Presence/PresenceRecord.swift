package enum PresenceState: String, Sendable, CaseIterable {
    case available, unavailable, composing, recording, paused
}

/// What one person was last seen doing.
package struct ParticipantPresence: Sendable, Equatable {
    /// The neutral id.
    package let personID: String
    package let state: PresenceState
    /// Unix seconds; nil when hidden or unknown.
    package let lastSeenSeconds: Int64?
    package let observedAtMilliseconds: Int64
}

/// What was last observed in a chat.
package struct ChatPresence: Sendable, Equatable {
    package let chatID: String
    package let participants: [ParticipantPresence]

    /// Of the newest observation.
    package var observedAtMilliseconds: Int64 { participants.map(\.observedAtMilliseconds).max() ?? 0 }
}
