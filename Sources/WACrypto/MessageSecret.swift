/// The 32 random bytes in a message from which later additions to it (votes, reactions, edits…) take their keys.
///
/// ```
/// key = HKDF(secret, no salt, original id || original sender || modification sender || use case, 32)
/// payload = AES-256-GCM(key, iv 12, plaintext), associated data where the use case asks for it
/// ```
/// Senders are JIDs in text form without a device, in the addressing (phone number or LID) that the chat uses.
package struct MessageSecret: Sendable {
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// Throws `wrongLength` unless there are 32 bytes.
    package init(bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == Self.byteCount else { throw .wrongLength }
        self.bytes = bytes
    }

    package init(using rng: inout some RandomNumberGenerator) {
        bytes = SecureRandom.bytes(Self.byteCount, using: &rng)
    }

    /// What is being added to a message.
    package enum UseCase: String, Sendable, CaseIterable {
        case pollVote = "Poll Vote"
        case pollEdit = "Poll Edit"
        case pollAddOption = "Poll Add Option"
        case reaction = "Enc Reaction"
        case comment = "Enc Comment"
        case eventResponse = "Event Response"
        case eventEdit = "Event Edit"
        case messageEdit = "Message Edit"
        /// An answer by a bot: its key comes from a second secret, with an empty use case.
        case botMessage = "Bot Message"

        fileprivate var hasAssociatedData: Bool {
            switch self {
            case .pollVote, .eventResponse, .botMessage: true
            case .pollEdit, .pollAddOption, .reaction, .comment, .eventEdit, .messageEdit: false
            }
        }
    }

    /// Which addition to which message, by whom.
    package struct Addition: Hashable, Sendable {
        package let originalMessageID: String
        package let originalSender: String
        package let sender: String
        package let useCase: UseCase

        package init(to originalMessageID: String, from originalSender: String, by sender: String, _ useCase: UseCase) {
            self.originalMessageID = originalMessageID
            self.originalSender = originalSender
            self.sender = sender
            self.useCase = useCase
        }

        /// Original id || 00 || sender for votes, event responses and bots; empty for all others.
        package var associatedData: [UInt8] {
            useCase.hasAssociatedData ? [UInt8](originalMessageID.utf8) + [0] + [UInt8](sender.utf8) : []
        }
    }

    /// The 32-byte key of one addition.
    package func key(for addition: Addition) -> [UInt8] {
        let context = addition.originalMessageID + addition.originalSender + addition.sender
        if addition.useCase == .botMessage {
            return KeyDerivation.hkdf(botSecret, info: context, count: 32)
        }
        return KeyDerivation.hkdf(bytes, info: context + addition.useCase.rawValue, count: 32)
    }

    /// Encrypts an addition with a 12-byte initial vector.
    package func seal(_ plaintext: [UInt8], for addition: Addition, iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        try AESGCM.seal(plaintext, key: key(for: addition), nonce: iv, authenticating: addition.associatedData)
    }

    /// Decrypts an addition; throws `authenticationFailed` when it is not of this message, these people or this use.
    package func open(_ ciphertext: [UInt8], for addition: Addition, iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        try AESGCM.open(ciphertext, key: key(for: addition), nonce: iv, authenticating: addition.associatedData)
    }

    /// The secret between a message and the bot that answers it.
    package var botSecret: [UInt8] {
        KeyDerivation.hkdf(bytes, info: UseCase.botMessage.rawValue, count: 32)
    }

    /// The key of the token by which a recipient can report this message.
    package func reportingTokenKey(messageID: String, sender: String, remote: String) -> [UInt8] {
        KeyDerivation.hkdf(bytes, info: messageID + sender + remote + "Report Token", count: 32)
    }

    /// The 16-byte reporting token over the reportable part of a message.
    package static func reportingToken(key: [UInt8], content: [UInt8]) -> [UInt8] {
        [UInt8](HMAC.sha256(key: key, content).prefix(16))
    }
}
