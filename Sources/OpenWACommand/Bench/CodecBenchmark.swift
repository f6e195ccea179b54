import SignalProtocol
import WABinary
import WACrypto

/// The pure half on one core: node coding, signatures, Signal. Each figure is the best of three rounds of about half a second.
struct CodecBenchmark {
    func run() throws -> BenchTable {
        var table = BenchTable(
            title: "Codecs and Signal, one core (whatsmeow's figures on another machine for comparison)")
        try nodes(&table)
        try signatures(&table)
        try signal(&table)
        return table
    }

    // MARK: - Nodes

    /// A message of about 813 bytes to three devices, as the comparison figures have it.
    private func sampleMessage() -> Node {
        let device = { (number: UInt16, length: Int) in
            Node(
                "to", ["jid": .jid(JID("6281234567890", .user, device: number))],
                [Node("enc", ["v": "2", "type": "msg"], bytes: Array(repeating: UInt8(number), count: length))])
        }
        return Node(
            "message", ["id": "3EB0A1B2C3D4E5F60718", "to": .jid(JID("6281234567890", .user)), "type": "text"],
            [Node("participants", [:], [device(0, 225), device(12, 225), device(13, 225)])])
    }

    private func nodes(_ table: inout BenchTable) throws {
        let node = sampleMessage()
        let bytes = NodeEncoder.encode(node)
        table.add(
            "node encode, \(bytes.count) bytes to 3 devices", try rate { _ = NodeEncoder.encode(node) }, "314,000/s")
        table.add("node decode", try rate { _ = try NodeDecoder.decode(bytes) }, "210,000/s")
    }

    // MARK: - Signatures

    private func signatures(_ table: inout BenchTable) throws {
        let pair = KeyPair().preparedToSign()
        let message = SecureRandom.bytes(33)
        let signature = pair.sign(message)
        table.add("XEdDSA sign", try rate { _ = pair.sign(message) }, "27,200/s")
        table.add(
            "XEdDSA verify", try rate { _ = pair.publicKey.isValidSignature(signature, for: message) }, "17,300/s")
    }

    // MARK: - Signal

    private func signal(_ table: inout BenchTable) throws {
        let text = SecureRandom.bytes(100)
        var peers = try SignalPeers.connected()
        table.add(
            "encrypt and decrypt 100 B, in memory",
            try rate {
                let message = try peers.alice.encrypt(text, by: peers.aliceIdentity)
                _ = try peers.bob.decrypt(SignalMessage(parsing: message.bytes), by: peers.bobIdentity)
            }, "27,800/s")
        table.add(
            "the same, records coded each time",
            try rate {
                var alice = try Session(decoding: peers.alice.encoded())
                let message = try alice.encrypt(text, by: peers.aliceIdentity)
                var bob = try Session(decoding: peers.bob.encoded())
                _ = try bob.decrypt(SignalMessage(parsing: message.bytes), by: peers.bobIdentity)
                (peers.alice, peers.bob) = (alice, bob)
            }, "15,500/s")
        table.add(
            "two messages, two ratchet turns",
            try rate {
                let question = try peers.alice.encrypt(text, by: peers.aliceIdentity)
                _ = try peers.bob.decrypt(SignalMessage(parsing: question.bytes), by: peers.bobIdentity)
                let answer = try peers.bob.encrypt(text, by: peers.bobIdentity)
                _ = try peers.alice.decrypt(SignalMessage(parsing: answer.bytes), by: peers.aliceIdentity)
            }, "1,880/s")
        table.add("X3DH, first message, decrypt", try rate { _ = try SignalPeers.firstMessage(text) }, "644/s")
    }

    // MARK: - Timing

    private func rate(_ operation: () throws -> Void) throws -> String {
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<3 {
            var count = 0
            let start = clock.now
            var elapsed = Duration.zero
            while elapsed < .milliseconds(400) {
                for _ in 0..<50 { try operation() }
                count += 50
                elapsed = clock.now - start
            }
            best = max(best, Double(count) / elapsed.seconds)
        }
        return "\(Figure.thousands(Int(best)))/s"
    }
}

/// Two Signal endpoints that know each other.
private struct SignalPeers {
    var alice: Session
    var bob: Session
    let aliceIdentity: LocalIdentity
    let bobIdentity: LocalIdentity

    /// Bob's answer has arrived, so that messages are plain `msg` both ways.
    static func connected() throws -> SignalPeers {
        var peers = try firstMessage([1])
        let answer = try peers.bob.encrypt([2], by: peers.bobIdentity)
        _ = try peers.alice.decrypt(SignalMessage(parsing: answer.bytes), by: peers.aliceIdentity)
        return peers
    }

    static func firstMessage(_ text: [UInt8]) throws -> SignalPeers {
        let aliceIdentity = LocalIdentity(keyPair: KeyPair(), registrationID: 1)
        let bobIdentity = LocalIdentity(keyPair: KeyPair(), registrationID: 2)
        let (signedPreKey, preKey) = (KeyPair(), KeyPair())
        let bundle = PreKeyBundle(
            registrationID: 2, identityKey: bobIdentity.keyPair.publicKey, signedPreKeyID: 1,
            signedPreKey: signedPreKey.publicKey,
            signedPreKeySignature: bobIdentity.keyPair.sign(signedPreKey.publicKey.typed), preKeyID: 7,
            preKey: preKey.publicKey)
        var alice = try Session.initiated(with: bundle, by: aliceIdentity)
        let first = try alice.encrypt(text, by: aliceIdentity)
        let opened = try Session.decrypting(
            PreKeySignalMessage(parsing: first.bytes), existing: nil, by: bobIdentity, signedPreKey: signedPreKey,
            preKey: preKey)
        return SignalPeers(alice: alice, bob: opened.session, aliceIdentity: aliceIdentity, bobIdentity: bobIdentity)
    }
}
