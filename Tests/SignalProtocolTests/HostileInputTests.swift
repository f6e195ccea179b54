import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

@Suite("Hostile Signal messages")
struct HostileInputTests {
    @Test("Every truncation is refused and changes nothing")
    func truncated() throws {
        try withSeed { rng in
            let samples = try Samples(using: &rng)
            for length in samples.message.indices {
                check(.message, Array(samples.message[..<length]), samples, &rng)
            }
            for length in samples.preKeyMessage.indices {
                check(.preKeyMessage, Array(samples.preKeyMessage[..<length]), samples, &rng)
            }
            for length in samples.groupMessage.indices {
                checkGroup(Array(samples.groupMessage[..<length]), samples)
            }
            for length in samples.distribution.indices {
                #expect(throws: SignalError.self) {
                    try SenderKeyDistribution(parsing: Array(samples.distribution[..<length]))
                }
            }
        }
    }

    @Test("A mutated message is refused, or opens to the very same text")
    func mutated() throws {
        try withSeed { rng in
            let samples = try Samples(using: &rng)
            for _ in 0..<700 {
                check(.message, mutate(samples.message, &rng), samples, &rng)
                check(.preKeyMessage, mutate(samples.preKeyMessage, &rng), samples, &rng)
                checkGroup(mutate(samples.groupMessage, &rng), samples)
                _ = try? SenderKeyDistribution(parsing: mutate(samples.distribution, &rng))
                _ = try? Session(decoding: mutate(samples.record, &rng))
            }
        }
    }

    @Test("Random bytes are refused")
    func random() throws {
        try withSeed { rng in
            let samples = try Samples(using: &rng)
            for _ in 0..<500 {
                let bytes = [WireVersion.byte] + rng.bytes(Int.random(in: 0..<200, using: &rng))
                check(.message, bytes, samples, &rng)
                check(.preKeyMessage, bytes, samples, &rng)
                checkGroup(bytes, samples)
            }
        }
    }

    @Test("Other versions are named, a newer low nibble is not looked at", arguments: [0x00, 0x12, 0x23, 0x44, 0xFF])
    func versions(byte: UInt8) throws {
        try withSeed { rng in
            let samples = try Samples(using: &rng)
            let refusal = SignalError.unsupportedVersion(byte >> 4)
            #expect(throws: refusal) { try SignalMessage(parsing: replacingVersion(samples.message, byte)) }
            #expect(throws: refusal) { try PreKeySignalMessage(parsing: replacingVersion(samples.preKeyMessage, byte)) }
            #expect(throws: refusal) { try SenderKeyMessage(parsing: replacingVersion(samples.groupMessage, byte)) }
            #expect(throws: refusal) {
                try SenderKeyDistribution(parsing: replacingVersion(samples.distribution, byte))
            }
            let newer = try PreKeySignalMessage(parsing: replacingVersion(samples.preKeyMessage, 0x34))
            #expect(newer.message.bytes == samples.innerMessage)
        }
    }

    @Test("Public keys of another type or length are refused")
    func keyForms() throws {
        try withSeed { rng in
            let samples = try Samples(using: &rng)
            var message = samples.message
            let typeByte = try #require(message.firstIndex(of: 0x21)) + 1
            #expect(message[typeByte] == 0x05)
            message[typeByte] = 0x06
            #expect(throws: SignalError.invalidKey) { try SignalMessage(parsing: message) }
        }
    }

    @Test("A ratchet key of small order is refused and changes nothing")
    func weakRatchetKey() throws {
        try withSeed { rng in
            let samples = try Samples(using: &rng)
            let weak = SignalMessage(
                ratchetKey: try PublicKey(raw: [UInt8](repeating: 0, count: 32)), counter: 0, previousCounter: 0,
                ciphertext: rng.bytes(16), macKey: rng.bytes(32), from: samples.peer.local.keyPair.publicKey,
                to: samples.device.local.keyPair.publicKey)
            var device = samples.device
            #expect(throws: SignalError.invalidKey) {
                try device.decrypt(Ciphertext(kind: .message, bytes: weak.bytes), using: &rng)
            }
            #expect(device.record == samples.device.record)
        }
    }

    /// A device with a session and an unused prekey, and one valid message of each kind for it.
    private struct Samples {
        let device: TestDevice
        let peer: TestDevice
        let message: [UInt8]
        let preKeyMessage: [UInt8]
        let innerMessage: [UInt8]
        let member: SenderKeyRecord
        let groupMessage: [UInt8]
        let distribution: [UInt8]
        let record: [UInt8]
        let plaintext: [UInt8]

        init(using rng: inout SeededRandom) throws {
            var (peer, device) = try conversation(using: &rng)
            plaintext = rng.bytes(40)
            message = try peer.encrypt(plaintext).bytes
            try peer.initiate(with: device.bundle(preKeyID: 2), using: &rng)
            preKeyMessage = try peer.encrypt(plaintext).bytes
            innerMessage = try PreKeySignalMessage(parsing: preKeyMessage).message.bytes
            var sender = SenderKeyRecord.created(using: &rng)
            distribution = try sender.distribution().bytes
            var member = SenderKeyRecord()
            member.process(try SenderKeyDistribution(parsing: distribution))
            self.member = member
            groupMessage = try sender.encrypt(plaintext, using: &rng)
            record = try #require(device.record)
            (self.device, self.peer) = (device, peer)
        }
    }

    private func check(_ kind: Ciphertext.Kind, _ bytes: [UInt8], _ samples: Samples, _ rng: inout SeededRandom) {
        var device = samples.device
        do {
            let plaintext = try device.decrypt(Ciphertext(kind: kind, bytes: bytes), using: &rng)
            #expect(plaintext == samples.plaintext)
        } catch {
            #expect(error is SignalError)
            #expect(device.record == samples.device.record)
            #expect(device.preKeys.count == samples.device.preKeys.count)
        }
    }

    private func checkGroup(_ bytes: [UInt8], _ samples: Samples) {
        var member = samples.member
        do {
            let plaintext = try member.decrypt(SenderKeyMessage(parsing: bytes))
            #expect(plaintext == samples.plaintext)
        } catch {
            #expect(member.encoded() == samples.member.encoded())
        }
    }

    private func mutate(_ bytes: [UInt8], _ rng: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &rng) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &rng)
            switch Int.random(in: 0..<4, using: &rng) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &rng)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
            case 2: bytes.remove(at: index)
            default: bytes.insert(UInt8.random(in: 0...255, using: &rng), at: index)
            }
        }
        return bytes
    }

    private func replacingVersion(_ bytes: [UInt8], _ version: UInt8) -> [UInt8] {
        [version] + bytes.dropFirst()
    }
}
