import FoundationEssentials
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@Suite("Additions sealed with a message's secret")
struct SealedAdditionTests {
    @Test("Damaged additions, answers of phones and posts are read or refused, never more")
    func hostile() throws {
        var vote = WAMessage()
        vote.pollUpdateMessage.pollCreationMessageKey.id = "3A01"
        vote.pollUpdateMessage.pollCreationMessageKey.remoteJid = "6281234567890@s.whatsapp.net"
        let secret = try MessageSecret(bytes: [UInt8](repeating: 7, count: 32))
        let people = [JID("100000000000001", .lid), JID("628111111111", .user)]
        let key = try #require(MessageKey(vote.pollUpdateMessage.pollCreationMessageKey))
        let sealed = try PollVoteContent(key: key, options: ["a", "b"], sentAtMilliseconds: 1)
            .sealed(with: secret, author: people[0], voter: people[1], iv: [UInt8](repeating: 1, count: 12))
        var info = WAWebMessageInfo()
        info.key = vote.pollUpdateMessage.pollCreationMessageKey
        info.message.conversation = "hi"
        var result = WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult()
        result.placeholderMessageResendResponse.webMessageInfoBytes = Data(info.encoded())
        var answer = WAMessage()
        answer.protocolMessage.type = .peerDataOperationRequestResponseMessage
        answer.protocolMessage.peerDataOperationRequestResponseMessage.peerDataOperationResult = [result]
        #expect(PlaceholderAnswer.all(in: answer).map(\.message?.conversation) == ["hi"])
        withMutations(of: [sealed.encoded(), answer.encoded()]) { damaged, _ in
            guard let message = try? WAMessage(decoding: damaged) else { return }
            _ = ReservedClaim(message)
            _ = PlaceholderAnswer.all(in: message)
            if let addition = SealedAddition(message) {
                _ = addition.opened(with: secret, by: people, to: people, about: addition.key)
            }
            _ = (PollVoteContent(key: key, options: [], sentAtMilliseconds: 0).named(byOptions: []))
            let post = Node(
                "message", ["from": .jid(JID("120363000000000009", .newsletter)), "id": "3A01", "edit": "3"],
                [Node("plaintext", bytes: damaged)])
            _ = MessageStanza(post).flatMap { ChannelPost($0) }?.content.encoded
        }
    }
}
