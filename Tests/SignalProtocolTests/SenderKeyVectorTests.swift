import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

@Suite("Sender key vectors")
struct SenderKeyVectorTests {
    @Test("Sender keys match other libraries in every key and byte")
    func vectors() throws {
        try withVectors("sender-key") { vectors in
            try checkMessages(vectors)
            try checkGaps(vectors["chain_with_gaps"])
        }
    }

    private func checkMessages(_ vectors: VectorValue) throws {
        var sender = try sender(vectors)
        let distribution = try sender.distribution()
        #expect(distribution.signingKey.typed == (try vectors["signing_pub_33"].bytes))
        #expect(distribution.bytes == (try vectors["skdm"].bytes))
        var receiver = SenderKeyRecord()
        receiver.process(try SenderKeyDistribution(parsing: distribution.bytes))

        for vector in try vectors["messages"].list {
            let chain = try #require(sender.states.first).chain.chain
            #expect(chain.index == UInt32(try vector["iteration"].integer))
            #expect(chain.key == (try vector["chain_key"].bytes))
            let keys = SenderMessageKeys(seed: chain.messageSeed)
            #expect(keys.iv == (try vector["iv"].bytes))
            #expect(keys.cipherKey == (try vector["cipher_key"].bytes))
            let plaintext = try vector["padded_plaintext"].bytes
            var random = FixedRandom([try vector["Z"].bytes])
            let message = try sender.encrypt(plaintext, using: &random)
            #expect(message == (try vector["message"].bytes))
            #expect(try receiver.decrypt(SenderKeyMessage(parsing: message)) == plaintext)
        }
    }

    private func checkGaps(_ vectors: VectorValue) throws {
        var sender = try sender(vectors)
        #expect(try sender.distribution().bytes == vectors["skdm"].bytes)
        var messages: [UInt32: (bytes: [UInt8], plaintext: [UInt8])] = [:]
        for vector in try vectors["messages"].list {
            let iteration = UInt32(try vector["iteration"].integer)
            let plaintext = try vector["padded_plaintext"].bytes
            var chain = try #require(sender.states.first).chain.chain
            while chain.index < iteration {
                if chain.index == 7 {
                    let late = SenderKeyDistribution(
                        id: sender.keyID!, chain: chain, signingKey: try sender.distribution().signingKey)
                    #expect(late.bytes == (try vectors["skdm_at_iteration_7"].bytes))
                }
                _ = try sender.encrypt([0])
                chain = try #require(sender.states.first).chain.chain
            }
            #expect(chain.key == (try vector["chain_key"].bytes))
            var random = FixedRandom([try vector["Z"].bytes])
            let message = try sender.encrypt(plaintext, using: &random)
            #expect(message == (try vector["message"].bytes))
            messages[iteration] = (message, plaintext)
        }

        for (start, deliveries) in [("skdm", "receive"), ("skdm_at_iteration_7", "late_member")] {
            var receiver = SenderKeyRecord()
            receiver.process(try SenderKeyDistribution(parsing: try vectors[start].bytes))
            for delivery in try vectors[deliveries].list {
                let (bytes, plaintext) = try #require(messages[UInt32(try delivery["iteration"].integer)])
                let message = try SenderKeyMessage(parsing: bytes)
                switch try delivery["result"].text {
                case "ok":
                    #expect(try receiver.decrypt(message) == plaintext)
                case "duplicate":
                    #expect(throws: SignalError.duplicateMessage) { try receiver.decrypt(message) }
                case "fails":
                    #expect(throws: SignalError.olderThanSenderKey) { try receiver.decrypt(message) }
                case let other:
                    Issue.record("unknown result \(other)")
                }
                receiver = try SenderKeyRecord(decoding: receiver.encoded())
            }
        }
    }

    private func sender(_ vectors: VectorValue) throws -> SenderKeyRecord {
        SenderKeyRecord(
            ownKeyID: UInt32(try vectors["key_id"].integer), chainKey: try vectors["chain_key_0"].bytes,
            signingKey: try KeyPair(privateKeyRaw: try vectors["signing_priv"].bytes))
    }
}
