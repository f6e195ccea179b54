import Testing
import WABinary
import WACrypto
import WAProto

@testable import WAProtocol

@Suite("Asking the phone to upload a file again")
struct ReuploadTests {
    private static let id = "3EB0ABCD"
    private let cipher: MediaRetryCipher

    init() throws { cipher = try MediaRetryCipher(mediaKey: [UInt8](repeating: 7, count: 32), messageID: Self.id) }

    private func request(_ key: MessageKey) throws -> Node {
        try ReuploadRequest(key, own: JID("6285500000001", .user, device: 3), cipher: cipher, iv: [UInt8](0..<12)).node
    }

    @Test("The request is a receipt to our own account that says, encrypted, which message")
    func request() throws {
        let node = try request(MessageKey(chat: JID("100000012345678", .lid), id: Self.id, isFromMe: false))
        #expect(node.tag == "receipt" && node["id"] == Self.id && node["type"] == "server-error")
        #expect(node.jid("to") == JID("6285500000001", .user))
        let place = try #require(node.child("rmr"))
        #expect(place.jid("jid") == JID("100000012345678", .lid) && place["from_me"] == "false" && place["participant"] == nil)
        let sealed = try #require(node.child("encrypt"))
        #expect(sealed.child("enc_iv")?.bytes == [UInt8](0..<12))
        let plaintext = try cipher.open(try #require(sealed.child("enc_p")?.bytes), iv: [UInt8](0..<12))
        #expect(try WAServerErrorReceipt(decoding: plaintext).stanzaID == Self.id)
    }

    @Test("In a group the author is named, of our own messages nobody")
    func participants() throws {
        let group = JID("120363021234567890", .group)
        let author = JID("100000012345678", .lid)
        let theirs = try request(MessageKey(chat: group, id: Self.id, isFromMe: false, participant: author))
        #expect(theirs.child("rmr")?.jid("participant") == author)
        let ours = try request(MessageKey(chat: group, id: Self.id, isFromMe: true))
        #expect(ours.child("rmr")?["from_me"] == "true" && ours.child("rmr")?["participant"] == nil)
    }

    private func answer(_ children: [Node], id: String = id) -> ReuploadAnswer? {
        let node = Node(
            "notification", ["type": .text("mediaretry"), "id": .text(id), "from": .jid(JID("6285500000001", .user))], children)
        guard case .mediaRetry(let answer)? = NotificationStanza(node)?.content else { return nil }
        return answer
    }

    private func sealed(
        _ result: WAMediaRetryNotification.ResultType, path: String = "/v/again", id: String = id
    ) throws -> [Node] {
        var notification = WAMediaRetryNotification()
        notification.stanzaID = id
        notification.directPath = path
        notification.result = result
        let iv = [UInt8](repeating: 9, count: 12)
        let ciphertext = try cipher.seal(notification.encoded(), iv: iv)
        return [Node("encrypt", [:], [Node("enc_p", bytes: ciphertext), Node("enc_iv", bytes: iv)])]
    }

    @Test("The answer tells the new path, or why there is none")
    func answers() throws {
        #expect(try answer(sealed(.success))?.directPath(cipher) == "/v/again")
        #expect(throws: ReuploadError.notOnPhone) { try answer(sealed(.notFound))?.directPath(cipher) }
        for failure in [WAMediaRetryNotification.ResultType.generalError, .decryptionError] {
            #expect(throws: ReuploadError.phoneFailed) { try answer(sealed(failure))?.directPath(cipher) }
        }
        #expect(throws: ReuploadError.phoneFailed) {
            try answer(sealed(.success, path: "https://evil.example"))?.directPath(cipher)
        }
        #expect(throws: ReuploadError.notOnPhone) {
            try answer([Node("error", ["code": .text("2")])])?.directPath(cipher)
        }
        #expect(throws: ReuploadError.phoneFailed) {
            try answer([Node("error", ["code": .text("500")])])?.directPath(cipher)
        }
    }

    @Test("An answer about another message or file, or made up, is none")
    func hostile() throws {
        #expect(throws: ReuploadError.unreadable) { try answer(sealed(.success, id: "3EB0FFFF"))?.directPath(cipher) }
        let other = try MediaRetryCipher(mediaKey: [UInt8](repeating: 8, count: 32), messageID: Self.id)
        #expect(throws: ReuploadError.unreadable) { try answer(sealed(.success))?.directPath(other) }
        let junk = [Node("encrypt", [:], [Node("enc_p", bytes: [1]), Node("enc_iv", bytes: [])])]
        #expect(throws: ReuploadError.unreadable) { try answer(junk)?.directPath(cipher) }
        #expect(answer([]) == nil && answer([Node("encrypt", [:], [Node]())]) == nil)
    }
}
