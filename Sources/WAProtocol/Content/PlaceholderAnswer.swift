package import WABinary
package import WAProto

/// A message that our own phone gives us a second time, because we have only a placeholder of it.
///
/// ```
/// protocolMessage { peerDataOperationRequestResponseMessage { 1 peerDataOperationRequestType = PLACEHOLDER_MESSAGE_RESEND (4),
///     2 stanzaID of our request, 3 peerDataOperationResult[] { 4 placeholderMessageResendResponse { 1 webMessageInfoBytes } } } }
/// ```
/// Believe it only from the phone of our own account. Source: protocol reference 5.15.
package struct PlaceholderAnswer: Equatable, Sendable {
    package let chat: JID
    package let id: String
    package let isFromMe: Bool
    /// Who wrote it, in groups, where it is not ours.
    package let participant: JID?
    package let timestampSeconds: Int64
    package let pushName: String?
    /// Nil when the phone has nothing more to say of it.
    package let message: WAMessage?

    /// Far more than we ask for at once.
    private static let maximumAnswers = 64

    /// The messages in an unwrapped message; empty when it is no such answer.
    package static func all(in message: WAMessage) -> [PlaceholderAnswer] {
        guard message.hasProtocolMessage,
            message.protocolMessage.type == .peerDataOperationRequestResponseMessage
        else { return [] }
        let answer = message.protocolMessage.peerDataOperationRequestResponseMessage
        return answer.peerDataOperationResult.prefix(maximumAnswers).compactMap { result in
            guard result.hasPlaceholderMessageResendResponse,
                let info = try? WAWebMessageInfo(
                    decoding: [UInt8](result.placeholderMessageResendResponse.webMessageInfoBytes))
            else { return nil }
            return PlaceholderAnswer(info)
        }
    }

    private init?(_ info: WAWebMessageInfo) {
        guard let key = MessageKey(info.key) else { return nil }
        chat = key.chat.foldingHosted.account
        id = key.id
        isFromMe = key.isFromMe
        participant = key.participant ?? (info.hasParticipant ? JID(info.participant)?.account : nil)
        timestampSeconds = WireTime.seconds(info.messageTimestamp)
        pushName = info.hasPushName ? info.pushName : nil
        message = info.hasMessage ? info.message : nil
    }
}
