import WAProto
import WAProtocol

/// A message as it will be encrypted: the protobuf, its bytes, and what its stanza says about it.
struct MessageDraft: Sendable {
    let message: WAMessage
    let content: [UInt8]
    let traits: StanzaTraits

    init(_ message: WAMessage) {
        self.message = message
        content = message.encoded()
        traits = StanzaTraits(message)
    }

    /// The draft of a send, before anything stored is looked at: the one writer is everybody's, and this is a tenth of the work.
    ///
    /// Nil for what names somebody, since names follow the addressing of the chat, and for votes, which need their poll's secret.
    init?(of envelope: OutgoingEnvelope, by credentials: DeviceCredentials) {
        guard !envelope.content.namesSomebody, !envelope.content.isVote else { return nil }
        self.init(envelope.content.message(secret: credentials.secret(of: envelope)))
    }

    func expiring(afterSeconds seconds: Int64) -> MessageDraft {
        seconds > 0 ? MessageDraft(message.expiring(afterSeconds: seconds)) : self
    }
}

extension DeviceCredentials {
    /// The secret that goes into a message of ours; nil for what is about another message.
    func secret(of envelope: OutgoingEnvelope) -> [UInt8]? {
        envelope.content.isAboutAnotherMessage ? nil : secret(ofMessage: envelope.id)
    }
}

extension MessageContent {
    fileprivate var namesSomebody: Bool {
        var names = false
        _ = mappingAddresses { address in
            names = true
            return address
        }
        return names
    }

    fileprivate var isVote: Bool {
        if case .pollVote = self { true } else { false }
    }
}
