package import WABinary

/// A message that claims what only our own phone, or only our own devices, may say. Source: protocol reference 5.6.
package struct RejectedMessage: Sendable, Equatable {
    package let sender: JID
    package let messageID: String
    /// What it claimed to be: `historySyncNotification`, `appStateSyncKeyShare`, `deviceSentMessage`, …
    package let claim: String

    package init(sender: JID, messageID: String, claim: String) {
        self.sender = sender
        self.messageID = messageID
        self.claim = claim
    }
}
