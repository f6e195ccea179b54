package import WABinary

/// What a person does at this moment; addresses are phone number JIDs where known.
package struct PresenceUpdate: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case available
        /// Unix seconds; nil when hidden or unknown.
        case unavailable(lastSeenSeconds: Int64?)
        case composing
        case recording
        case paused
    }

    /// The person, or the group in which they type.
    package let chat: JID
    package let person: JID
    package let state: State
    package let atMilliseconds: Int64

    package init(chat: JID, person: JID, state: State, atMilliseconds: Int64) {
        self.chat = chat
        self.person = person
        self.state = state
        self.atMilliseconds = atMilliseconds
    }
}
