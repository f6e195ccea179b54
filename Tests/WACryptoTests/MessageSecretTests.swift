import Foundation
import TestSupport
import Testing
import WACrypto
import WAProto

@Suite("Message secrets")
struct MessageSecretTests {
    @Test("Keys, payloads and tokens are those of the vectors")
    func vectors() throws {
        try withVectors("message-secrets") { vectors in
            try checkTokens(vectors)
            try checkPollVote(vectors["poll_vote"])
            for name in try vectors["more"].keys where name != "reporting_token" {
                try checkAddition(vectors["more"][name])
            }
            try checkReportingToken(vectors["more"]["reporting_token"])
        }
    }

    private func checkTokens(_ vectors: VectorValue) throws {
        let reporting = vectors["report_token_key"]
        let secret = try MessageSecret(bytes: reporting["message_secret"].bytes)
        let key = secret.reportingTokenKey(
            messageID: try reporting["message_id"].text, sender: try reporting["sender"].text,
            remote: try reporting["remote"].text)
        #expect(try key == reporting["key"].bytes)

        let token = vectors["token_hmac"]
        #expect(
            try MessageSecret.reportingToken(key: token["key"].bytes, content: token["content_utf8"].utf8)
                == token["token16"].bytes)

        var conversation = WAMessage()
        conversation.conversation = "Test"
        var extended = WAMessage()
        extended.extendedTextMessage.text = "Hi"
        extended.extendedTextMessage.title = "not reported"
        for (vector, (name, message)) in zip(
            try vectors["content_extraction"].list,
            [("conversation='Test'", conversation), ("extendedTextMessage.text='Hi'", extended)])
        {
            #expect(try vector["message"].text == name)
            #expect(try ReportedFields.ofTexts.reduced(message.encoded()) == vector["content"].bytes)
        }

        let contact = vectors["cstoken"]
        #expect(
            try ContactToken.make(salt: contact["salt_utf8"].utf8, recipientLID: contact["recipient_lid"].text)
                == contact["token"].bytes)
    }

    private func checkPollVote(_ vector: VectorValue) throws {
        let secret = try MessageSecret(bytes: vector["poll_secret"].bytes)
        let addition = MessageSecret.Addition(
            to: try vector["poll_message_id"].text, from: try vector["creator"].text, by: try vector["voter"].text,
            .pollVote)
        #expect(try secret.key(for: addition) == vector["key"].bytes)
        #expect(try addition.associatedData == vector["aad_hex"].bytes)
        var vote = WAPollVoteMessage()
        vote.selectedOptions = [Data(Digest.sha256(try vector["option"].utf8))]
        #expect(try vote.selectedOptions[0] == Data(vector["option_sha256"].bytes))
        #expect(try vote.encoded() == vector["plaintext"].bytes)
        let sealed = try secret.seal(vote.encoded(), for: addition, iv: vector["iv"].bytes)
        #expect(try sealed == vector["ciphertext"].bytes)
        #expect(try secret.open(sealed, for: addition, iv: vector["iv"].bytes) == vote.encoded())
    }

    private func checkAddition(_ vector: VectorValue) throws {
        let secret = try MessageSecret(bytes: vector["message_secret"].bytes)
        let useCaseName = try vector["use_case"].text
        let useCase =
            useCaseName.hasPrefix("Bot Message")
            ? .botMessage : try #require(MessageSecret.UseCase(rawValue: useCaseName))
        let addition = MessageSecret.Addition(
            to: try vector["original_message_id"].text, from: try vector["original_sender"].text,
            by: try vector["modification_sender"].text, useCase)
        if useCase == .botMessage {
            #expect(try secret.botSecret == vector["secret2"].bytes)
        } else {
            #expect(try vector["chat"].text.hasSuffix("@g.us"))
        }
        #expect(try secret.key(for: addition) == vector["key"].bytes)
        #expect(try addition.associatedData == vector["aad_hex"].bytes)
        let plaintext = try vector["plaintext"].bytes
        if vector["options"].exists {
            let options = vector["options"].isNull ? [] : try vector["options"].list.map { try $0.utf8 }
            var vote = WAPollVoteMessage()
            vote.selectedOptions = options.map { Data(Digest.sha256($0)) }
            #expect(vote.encoded() == plaintext)
        }
        let sealed = try secret.seal(plaintext, for: addition, iv: vector["iv"].bytes)
        #expect(try sealed == vector["ciphertext"].bytes, "\(useCaseName)")
        #expect(try secret.open(sealed, for: addition, iv: vector["iv"].bytes) == plaintext)
    }

    private func checkReportingToken(_ vector: VectorValue) throws {
        #expect(try vector["version"].integer == 2)
        let protobuf = try vector["message_protobuf"].bytes
        let secretBytes = try vector["message_secret"].bytes
        #expect(try WAMessage(decoding: protobuf).messageContextInfo.messageSecret == Data(secretBytes))
        let key = try MessageSecret(bytes: secretBytes).reportingTokenKey(
            messageID: vector["message_id"].text, sender: vector["sender"].text, remote: vector["remote"].text)
        #expect(try key == vector["key"].bytes)
        let filtered = try ReportedFields.ofTexts.reduced(protobuf)
        #expect(try filtered == vector["filtered"].bytes)
        #expect(try MessageSecret.reportingToken(key: key, content: filtered) == vector["token16"].bytes)
    }

    @Test("A payload opens only for its message, its people and its use", arguments: MessageSecret.UseCase.allCases)
    func separation(useCase: MessageSecret.UseCase) throws {
        var rng = SeededRandom(seed: 71)
        let secret = MessageSecret(using: &rng)
        let iv = SecureRandom.bytes(12, using: &rng)
        let addition = MessageSecret.Addition(to: "3EB0A", from: "111@lid", by: "222@lid", useCase)
        let sealed = try secret.seal([1, 2, 3], for: addition, iv: iv)
        #expect(try secret.open(sealed, for: addition, iv: iv) == [1, 2, 3])
        let others: [MessageSecret.Addition] =
            [
                .init(to: "3EB0B", from: "111@lid", by: "222@lid", useCase),
                .init(to: "3EB0A", from: "112@lid", by: "222@lid", useCase),
                .init(to: "3EB0A", from: "111@lid", by: "223@lid", useCase),
            ]
            + MessageSecret.UseCase.allCases.filter { $0 != useCase }
            .map { .init(to: "3EB0A", from: "111@lid", by: "222@lid", $0) }
        for other in others {
            #expect(throws: CryptoError.authenticationFailed) { try secret.open(sealed, for: other, iv: iv) }
        }
        let foreign = MessageSecret(using: &rng)
        #expect(throws: CryptoError.authenticationFailed) { try foreign.open(sealed, for: addition, iv: iv) }
        #expect(throws: CryptoError.wrongLength) { try secret.open(sealed, for: addition, iv: [1]) }
    }

    @Test("A secret has 32 bytes", arguments: [0, 31, 33])
    func length(count: Int) {
        #expect(throws: CryptoError.wrongLength) { try MessageSecret(bytes: [UInt8](repeating: 1, count: count)) }
    }
}

/// The fields of a message that a reporting token covers; here those of the two kinds of text in the vectors.
private struct ReportedFields {
    /// Field number to the fields wanted inside; nil takes the field as it is.
    let wanted: [Int: ReportedFields?]

    static let ofTexts = ReportedFields(wanted: [
        1: nil,  // conversation
        6: ReportedFields(wanted: [  // extendedTextMessage
            1: nil,  // text
            17: ReportedFields(wanted: [21: nil, 22: nil]),  // contextInfo: forwardingScore, isForwarded
        ]),
    ])

    /// Keeps only the wanted fields of an encoded message.
    func reduced(_ message: [UInt8]) throws -> [UInt8] {
        var (rest, kept) = (message[...], [UInt8]())
        func varint() throws -> Int {
            var (value, shift) = (0, 0)
            while let byte = rest.popFirst() {
                value |= Int(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { return value }
            }
            throw VectorError.unreadable("truncated protobuf")
        }
        while !rest.isEmpty {
            let start = rest
            let tag = try varint()
            var content: ArraySlice<UInt8> = []
            switch tag & 7 {
            case 0: _ = try varint()
            case 2:
                let count = try varint()
                content = rest.prefix(count)
                rest = rest.dropFirst(count)
            default: throw VectorError.unreadable("wire type not in the vectors")
            }
            switch wanted[tag >> 3] {
            case .none: continue
            case .some(nil): kept += start[..<rest.startIndex]
            case .some(.some(let inner)):
                let content = try inner.reduced([UInt8](content))
                kept += start[..<(start.startIndex + (tag < 128 ? 1 : 2))] + [UInt8(content.count)] + content
            }
        }
        return kept
    }
}
