import FoundationEssentials
package import WABinary
package import WACrypto
package import WAProto

/// What a bot answers to a message, sealed with that message's secret.
///
/// ```
/// <message from="<bot>" id …>
///   <enc v type="msmsg">MessageSecretMessage { 1 version, 2 encIV, 3 encPayload }</enc>
///   <meta target_id="<the message answered>" [target_sender_jid]/> [<bot edit="first|inner|last" edit_target_id/>]
/// </message>
/// ```
/// Source: protocol reference 5.6, 5.16.
package struct BotAnswer: Equatable, Sendable {
    package let bot: JID
    /// The message it answers.
    package let targetID: String
    /// Who wrote that; nil for ourselves.
    package let targetSender: JID?
    /// The id its key is made from: its own, or that of the answer it continues.
    private let keyID: String
    private let ciphertext: [UInt8]
    private let iv: [UInt8]

    /// Nil when it does not say what it answers, or the bytes are none.
    package init?(_ sealed: [UInt8], of stanza: MessageStanza) {
        guard let meta = stanza.node.child("meta"), let targetID = meta["target_id"], !targetID.isEmpty,
            let message = try? WAMessageSecretMessage(decoding: sealed), message.encIv.count == 12
        else { return nil }
        bot = stanza.sender.account
        self.targetID = targetID
        targetSender = meta.jid("target_sender_jid").flatMap { $0.isServer ? nil : $0.account }
        let edit = stanza.node.child("bot")
        let continues = edit?["edit"] == "inner" || edit?["edit"] == "last"
        keyID = continues ? edit?["edit_target_id"] ?? stanza.id : stanza.id
        ciphertext = [UInt8](message.encPayload)
        iv = [UInt8](message.encIv)
    }

    /// The message in it; nil when the secret or who was answered are others. `targets` are the possible addresses of who
    /// wrote the message answered.
    package func opened(with secret: MessageSecret, targets: [JID]) -> WAMessage? {
        for target in targets {
            let addition = MessageSecret.Addition(
                to: keyID, from: target.account.description, by: bot.description, .botMessage)
            guard let opened = try? secret.open(ciphertext, for: addition, iv: iv) else { continue }
            return try? WAMessage(decoding: opened)
        }
        return nil
    }
}
