import WAProto

/// A message on its way out, and what the stanza around it says and does.
struct Speech {
    var message: WAMessage
    var facts: StanzaFacts
    /// Companions get word of it, and not the content: what is to be seen once.
    var isForPhonesAlone = false
    /// Nothing is added to it, not even a secret.
    var isSentAsItIs = false

    init(_ message: WAMessage) {
        self.message = message
        facts = message.stanzaFacts
    }
}
