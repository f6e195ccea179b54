package import WABinary

/// A group's members or settings changed; addresses are phone number JIDs where known.
package struct GroupChange: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case created
        case joined([JID])
        /// `byThemselves`: they left.
        case left([JID], byThemselves: Bool)
        case promoted([JID])
        case demoted([JID])
        case subject(String)
        case description(String)
        /// Only admins write.
        case announcement(Bool)
        /// Only admins change its settings.
        case locked(Bool)
        case ephemeral(seconds: Int64)
        /// People ask to be let in.
        case joinRequested([JID])
        case deleted
        /// Something else, by the element's name on the wire.
        case other(String)
    }

    package let group: JID
    package let actor: JID?
    package let change: Change
    package let timestampSeconds: Int64
    /// The notification's id, the same when it is delivered again.
    package let notificationID: String

    package init(group: JID, actor: JID?, change: Change, timestampSeconds: Int64, notificationID: String) {
        self.group = group
        self.actor = actor
        self.change = change
        self.timestampSeconds = timestampSeconds
        self.notificationID = notificationID
    }
}
