import WACrypto
import WAProto

/// Something added to a message and encrypted with that message's secret. Reference 5.16.
struct EncryptedAddition {
    let kind: ShownContent.Kind
    let key: WAMessageKey
    let payload: [UInt8]
    let iv: [UInt8]
    let useCase: MessageSecret.UseCase
}

extension WAMessage {
    /// All but votes, whose target must be a poll.
    var encryptedAddition: EncryptedAddition? {
        if hasEncReactionMessage {
            let part = encReactionMessage
            return .init(
                kind: .reaction, key: part.targetMessageKey, payload: [UInt8](part.encPayload),
                iv: [UInt8](part.encIv), useCase: .reaction)
        }
        if hasEncCommentMessage {
            let part = encCommentMessage
            return .init(
                kind: .comment, key: part.targetMessageKey, payload: [UInt8](part.encPayload), iv: [UInt8](part.encIv),
                useCase: .comment)
        }
        if hasEncEventResponseMessage {
            let part = encEventResponseMessage
            return .init(
                kind: .eventResponse, key: part.eventCreationMessageKey, payload: [UInt8](part.encPayload),
                iv: [UInt8](part.encIv), useCase: .eventResponse)
        }
        guard hasSecretEncryptedMessage, let useCase = secretEncryptedMessage.useCase else { return nil }
        let part = secretEncryptedMessage
        return .init(
            kind: .edit, key: part.targetMessageKey, payload: [UInt8](part.encPayload), iv: [UInt8](part.encIv),
            useCase: useCase)
    }
}

extension WASecretEncryptedMessage {
    fileprivate var useCase: MessageSecret.UseCase? {
        switch secretEncType {
        case .eventEdit: .eventEdit
        case .messageEdit: .messageEdit
        case .pollEdit: .pollEdit
        default: nil
        }
    }
}
