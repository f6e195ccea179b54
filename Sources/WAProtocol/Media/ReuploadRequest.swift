import FoundationEssentials
package import WABinary
package import WACrypto
import WAProto

/// Asks our phone to upload a file again that the media hosts no longer have.
///
/// ```
/// <receipt id="message id" to="own phone number" type="server-error">
///   <encrypt><enc_p>…</enc_p><enc_iv>12 bytes</enc_iv></encrypt>
///   <rmr jid="chat" from_me="true|false" [participant="author"]/>
/// </receipt>
/// ```
/// The encrypted part is a `ServerErrorReceipt` with the message id, see ``MediaRetryCipher``. Source: protocol reference 7.6.
package struct ReuploadRequest: Sendable {
    /// In the addressing of the chat.
    package let message: MessageKey
    /// Our account, without device.
    package let own: JID
    let ciphertext: [UInt8]
    let iv: [UInt8]

    /// Throws `CryptoError.wrongLength` for a media key or initial vector of another length.
    package init(
        _ message: MessageKey, own: JID, cipher: MediaRetryCipher, iv: [UInt8] = SecureRandom.bytes(AESGCM.nonceByteCount)
    ) throws(CryptoError) {
        self.message = message
        self.own = own.account
        self.iv = iv
        var receipt = WAServerErrorReceipt()
        receipt.stanzaID = message.id
        ciphertext = try cipher.seal(receipt.encoded(), iv: iv)
    }

    package var node: Node {
        var place: Attributes = ["jid": .jid(message.chat), "from_me": .text(message.isFromMe ? "true" : "false")]
        if !message.isFromMe, !message.chat.isPerson { place["participant"] = message.participant.map(AttributeValue.jid) }
        return Node(
            "receipt", ["id": .text(message.id), "to": .jid(own), "type": .text("server-error")],
            [
                Node("encrypt", [:], [Node("enc_p", bytes: ciphertext), Node("enc_iv", bytes: iv)]),
                Node("rmr", place),
            ])
    }
}

/// Our phone's answer to a ``ReuploadRequest``.
///
/// ```
/// <notification type="mediaretry" id="message id" from t>
///   <encrypt><enc_p/><enc_iv/></encrypt> | <error code="2"/>
///   <rmr jid from_me [participant]/>
/// </notification>
/// ```
package struct ReuploadAnswer: Equatable, Sendable {
    private enum Content: Equatable, Sendable {
        case sealed(ciphertext: [UInt8], iv: [UInt8])
        case error(code: Int64)
    }

    package let messageID: String
    private let content: Content

    /// Nil when it holds neither.
    init?(_ node: Node) {
        guard let id = node["id"] else { return nil }
        messageID = id
        if let error = node.child("error") {
            content = .error(code: error.integer("code") ?? 0)
        } else if let sealed = node.child("encrypt"), let ciphertext = sealed.child("enc_p")?.bytes,
            let iv = sealed.child("enc_iv")?.bytes
        {
            content = .sealed(ciphertext: ciphertext, iv: iv)
        } else {
            return nil
        }
    }

    /// Where the file lies now.
    package func directPath(_ cipher: MediaRetryCipher) throws(ReuploadError) -> String {
        switch content {
        case .error(code: 2): throw .notOnPhone
        case .error: throw .phoneFailed
        case .sealed(let ciphertext, let iv):
            guard let plaintext = try? cipher.open(ciphertext, iv: iv),
                let answer = try? WAMediaRetryNotification(decoding: plaintext), answer.stanzaID == messageID
            else { throw .unreadable }
            switch answer.result {
            case .success where answer.directPath.hasPrefix("/"): return answer.directPath
            case .notFound: throw .notOnPhone
            case .generalError, .success, .decryptionError: throw .phoneFailed
            }
        }
    }
}

/// Why a file was not uploaded again.
package enum ReuploadError: Error, Equatable, Sendable {
    /// The phone does not have it any more: final.
    case notOnPhone
    /// The phone tried and could not; it may be asked again.
    case phoneFailed
    /// The answer was about another file, or made up.
    case unreadable
}
