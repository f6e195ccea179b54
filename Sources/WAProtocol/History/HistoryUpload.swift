package import WABinary
package import WACrypto
import WAProto

/// Asks our phone to upload a blob of history again, which the media hosts have no more.
///
/// ```
/// <receipt id="<the notification's message id>" to="<own phone number>" type="server-error" category="peer">
///   <encrypt><enc_p>ciphertext</enc_p><enc_iv>12 B</enc_iv></encrypt>
/// </receipt>
/// ```
/// Under the blob's media key lies `ServerErrorReceipt { 1 stanzaID }`. Source: protocol reference 5.13, 7.6.
package struct HistoryUploadRequest: Sendable {
    package let node: Node

    /// `iv`: 12 random bytes.
    package init(messageID: String, mediaKey: [UInt8], own: JID, iv: [UInt8]) throws(CryptoError) {
        var receipt = WAServerErrorReceipt()
        receipt.stanzaID = messageID
        let ciphertext = try MediaRetryCipher(mediaKey: mediaKey, messageID: messageID).seal(receipt.encoded(), iv: iv)
        node = Node(
            "receipt",
            ["id": .text(messageID), "to": .jid(own.account), "type": "server-error", "category": "peer"],
            [Node("encrypt", [:], [Node("enc_p", bytes: ciphertext), Node("enc_iv", bytes: iv)])])
    }
}

/// The phone's answer to ``HistoryUploadRequest``.
///
/// ```
/// <notification type="mediaretry" id="<message id>" from t>
///   <encrypt><enc_p/><enc_iv/></encrypt> | <error code="2"/>
/// </notification>
/// ```
package enum HistoryUploadAnswer: Equatable, Sendable {
    /// It lies under this path now, encrypted as before.
    case uploaded(directPath: String)
    /// The phone has it no more, or cannot upload it.
    case gone

    /// Nil when it is none, or another blob's.
    package init?(_ node: Node, mediaKey: [UInt8], messageID: String) {
        guard node["type"] == "mediaretry", node["id"] == messageID else { return nil }
        guard let encrypt = node.child("encrypt") else {
            guard node.child("error") != nil else { return nil }
            self = .gone
            return
        }
        guard let ciphertext = encrypt.child("enc_p")?.bytes, let iv = encrypt.child("enc_iv")?.bytes,
            let plaintext = try? MediaRetryCipher(mediaKey: mediaKey, messageID: messageID).open(ciphertext, iv: iv),
            let answer = try? WAMediaRetryNotification(decoding: plaintext), answer.stanzaID == messageID
        else { return nil }
        self =
            answer.result == .success && answer.directPath.hasPrefix("/")
            ? .uploaded(directPath: answer.directPath) : .gone
    }
}
