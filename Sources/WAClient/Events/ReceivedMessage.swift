package import WABinary
package import WAProtocol

/// A message that another device wrote: a contact's, or our own phone's.
package struct ReceivedMessage: Sendable {
    /// The conversation and the author, as phone number JIDs where the number is known, without device.
    package let chat: JID
    package let sender: JID
    package let isFromMe: Bool
    package let id: String
    package let timestampSeconds: Int64
    package let pushName: String?
    /// What it says, with phone numbers where they are known and keys as we see them.
    package let content: MessageContent
    /// The message as its author wrote it, without wrappers: the bytes to keep for quoting and forwarding it.
    package let encodedContent: [UInt8]
    /// Delivered from the server's queue after we were away.
    package let isFromOfflineQueue: Bool
    /// May be looked at once.
    package let isViewOnce: Bool
    /// It disappears after so many seconds; nil for never.
    package let expiresAfterSeconds: Int64?
    /// Its content is on the phone only, and this says why (`view_once`, …, or empty); it may come later under the same id.
    package let unavailable: String?
    /// The author's LID, where it is known.
    package let senderLID: JID?

    package init(
        chat: JID, sender: JID, isFromMe: Bool, id: String, timestampSeconds: Int64, pushName: String?,
        content: MessageContent, encodedContent: [UInt8]? = nil, isFromOfflineQueue: Bool, isViewOnce: Bool = false,
        expiresAfterSeconds: Int64? = nil, unavailable: String? = nil, senderLID: JID? = nil
    ) {
        self.chat = chat
        self.sender = sender
        self.isFromMe = isFromMe
        self.id = id
        self.timestampSeconds = timestampSeconds
        self.pushName = pushName
        self.content = content
        self.encodedContent = encodedContent ?? content.encoded
        self.isFromOfflineQueue = isFromOfflineQueue
        self.isViewOnce = isViewOnce
        self.expiresAfterSeconds = expiresAfterSeconds
        self.unavailable = unavailable
        self.senderLID = senderLID
    }

    /// A status post, or something about one.
    package var isStatus: Bool { chat.isStatusBroadcast }
    /// A post in a channel.
    package var isChannel: Bool { chat.isNewsletter }
}

