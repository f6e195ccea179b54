package import WABinary
import WAProto

/// A message as a person sees it on a virtual phone or one of its companions: decrypted.
package struct InboxMessage: Sendable, Equatable {
    package let id: String
    /// The other party, under the name the message came with.
    package let chat: JID
    /// The device that sent it.
    package let sender: DeviceAddress
    /// Written on another device of the same account.
    package let isFromMe: Bool
    /// The text as last edited, or the caption of media; nil where there is none, and for what was deleted.
    package internal(set) var text: String?
    /// The field of `Message` that is set below all wrappers, such as `conversation` or `imageMessage`.
    package let kind: String
    /// The `t` of the stanza.
    package let timestampSeconds: Int64
    package let receivedMilliseconds: Int64
    /// How often it had to be asked for before it could be read.
    package let retryCount: Int
    /// How often it was decrypted; more than once only after a retry.
    package var copyCount = 1
    package var isRead = false
    /// Listened to, looked at, or opened.
    package var isPlayed = false
    /// Of a vote: the texts of the chosen options, once it could be opened.
    package internal(set) var options: [String]?
    /// To an event.
    package internal(set) var answer: ShownEvent.Answer?
    /// Why only the account's phone has the content; nil where it is here.
    package var unavailable: String?
    /// What later messages did to it.
    package internal(set) var changes = MessageChanges()
    /// Of a message with a file: whether it was downloaded and found good.
    package internal(set) var media: MediaState?
    /// The decrypted protobuf, without padding and wrapper.
    package let message: [UInt8]

    /// Everything a person sees of it, but for its changes.
    package var content: ShownContent {
        guard unavailable == nil else {
            var shown = ShownContent()
            shown.kind = .unavailable
            return shown
        }
        return (try? WAMessage(decoding: message))?.shown ?? ShownContent()
    }
}

/// A message that a virtual phone said, and how far it has come.
package struct SaidMessage: Sendable, Equatable {
    package struct Progress: Sendable, Equatable {
        package var deliveredMilliseconds: Int64?
        package var readMilliseconds: Int64?
        package var playedMilliseconds: Int64?
        /// Whether it was delivered to a device that nobody looks at.
        package var isInactive = false
        /// How often the device asked for it again.
        package var retryCount = 0
    }

    package let id: String
    package let chat: JID
    package internal(set) var text: String?
    package let saidMilliseconds: Int64
    package var acknowledgedMilliseconds: Int64?
    /// The code with which the server refused it.
    package var refusal: Int?
    /// Per device it was encrypted for, own companions included.
    package var progress: [DeviceAddress: Progress] = [:]
    /// What later messages did to it.
    package internal(set) var changes = MessageChanges()

    /// The content, to encrypt it again.
    let message: [UInt8]
    /// The other party's account, or the id of a group or channel.
    let recipient: String
}
