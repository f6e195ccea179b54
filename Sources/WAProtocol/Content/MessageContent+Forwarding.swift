package import WAProto

extension MessageContent {
    /// A message as it is passed on: everything its author wrote, known to us or not, with a context that only says how
    /// often it was forwarded. Nil for what is no message of its own.
    ///
    /// Source: protocol reference 6.2.
    package static func forwarded(_ message: WAMessage) -> MessageContent? {
        let original = MessageContent(message)
        guard original.isForPeople, !original.isAboutAnotherMessage else { return nil }
        var info = WAContextInfo()
        info.forwardingScore = UInt32(clamping: (original.context?.forwardingScore ?? 0) + 1)
        info.isForwarded = true
        var copy = message.withoutContext
        copy.setContext(info)
        guard copy.hasDocumentMessage, !copy.documentMessage.caption.isEmpty else { return .raw(copy) }
        var wrapped = WAMessage()
        wrapped.documentWithCaptionMessage.message = copy
        return .raw(wrapped)
    }

    /// The same from the kept bytes of a message (``encoded``); nil also when they are none.
    package static func forwarded(encoded: [UInt8]) -> MessageContent? {
        (try? WAMessage(decoding: encoded)).flatMap { forwarded($0) }
    }
}
