/// One message with everything noted of it: its marks, and its way.
package struct MessageDetails: Sendable, Equatable {
    package var message: MessageRecord
    package let isStarred: Bool
    /// Unix milliseconds; nil when not pinned.
    package let pinnedUntilMilliseconds: Int64?
    /// When it disappears; nil when it stays.
    package let expiresAtMilliseconds: Int64?
    package let editedAtMilliseconds: Int64?
    /// In the order of time.
    package let timeline: [DeliveryStep]
}

/// A step of a message on its way.
package struct DeliveryStep: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Durable here, before anything left.
        case accepted
        /// A message from somebody else came.
        case received
        /// Encrypted for these devices.
        case encrypted([Device])
        /// WhatsApp's server has it.
        case server
        /// The device could not read it and got it anew, so many times.
        case retried(count: Int)
        case delivered, read, played
        /// It was not sent and will not be.
        case failed(code: String, meaning: String)
    }

    /// A device of a person; 0 is the phone.
    package struct Device: Sendable, Equatable {
        package let personID: String
        package let number: Int
    }

    package let kind: Kind
    /// Unix milliseconds; nil where the time was not noted.
    package let atMilliseconds: Int64?
    /// Whose device said so; nil for steps of our own and of the server.
    package var device: Device?
}
