package import WABinary

/// A call to us; addresses are phone number JIDs where known.
package struct CallUpdate: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// It rings.
        case offered
        /// Another device of ours took it.
        case accepted
        /// We or another device of ours declined it.
        case rejected
        /// The caller gave up, or nobody took it.
        case missed
        /// It was taken and is over.
        case ended
    }

    package let callID: String
    package let from: JID
    package let group: JID?
    package let isVideo: Bool
    package let kind: Kind
    package let timestampSeconds: Int64

    package init(callID: String, from: JID, group: JID?, isVideo: Bool, kind: Kind, timestampSeconds: Int64) {
        self.callID = callID
        self.from = from
        self.group = group
        self.isVideo = isVideo
        self.kind = kind
        self.timestampSeconds = timestampSeconds
    }
}
