package import WABinary

/// A step of a message of ours between acceptance and receipts.
package struct SendProgress: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        /// Encrypted to these devices, and the stanza kept; with their phone numbers where known. In groups those who get the
        /// sender key with it: all other devices of the members have had it since an earlier message.
        case encrypted(devices: [JID])
        /// A device could not read it and got it anew, for the so manieth time.
        case retried(device: JID, count: Int)
    }

    package let messageID: String
    package let step: Step
    package let atMilliseconds: Int64

    package init(messageID: String, step: Step, atMilliseconds: Int64) {
        self.messageID = messageID
        self.step = step
        self.atMilliseconds = atMilliseconds
    }
}
