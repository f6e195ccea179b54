import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

@Suite("Sender keys")
struct SenderKeyTests {
    @Test("A group message is read by every member that has the key, in any order and once")
    func groupMessages() throws {
        try withSeed { rng in
            var sender = SenderKeyRecord.created(using: &rng)
            let distribution = try SenderKeyDistribution(parsing: try sender.distribution().bytes)
            var messages: [(SenderKeyMessage, [UInt8])] = []
            for index in UInt8(0)..<40 {
                sender = try SenderKeyRecord(decoding: sender.encoded())
                let message = try sender.encrypt([index], using: &rng)
                messages.append((try SenderKeyMessage(parsing: message), [index]))
            }
            for _ in 0..<3 {
                var member = SenderKeyRecord()
                member.process(distribution)
                for (message, plaintext) in messages.shuffled(using: &rng) where Bool.random(using: &rng) {
                    member = try SenderKeyRecord(decoding: member.encoded())
                    #expect(try member.decrypt(message) == plaintext)
                    #expect(throws: SignalError.duplicateMessage) { try member.decrypt(message) }
                }
            }
        }
    }

    @Test("A late member cannot read what was said before, and asks for it again")
    func lateMember() throws {
        try withSeed { rng in
            var sender = SenderKeyRecord.created(using: &rng)
            let early = try SenderKeyMessage(parsing: try sender.encrypt([1], using: &rng))
            var member = SenderKeyRecord()
            member.process(try sender.distribution())
            #expect(throws: SignalError.olderThanSenderKey) { try member.decrypt(early) }
            let later = try SenderKeyMessage(parsing: try sender.encrypt([2], using: &rng))
            #expect(try member.decrypt(later) == [2])
        }
    }

    @Test("A key that was never distributed is named")
    func unknownKey() throws {
        try withSeed { rng in
            var sender = SenderKeyRecord.created(using: &rng)
            let message = try SenderKeyMessage(parsing: try sender.encrypt([1], using: &rng))
            var member = SenderKeyRecord()
            #expect(throws: SignalError.noSenderKey(message.id)) { try member.decrypt(message) }
        }
    }

    @Test("The same key distributed again keeps its place, so nothing becomes readable twice")
    func repeatedDistribution() throws {
        try withSeed { rng in
            var sender = SenderKeyRecord.created(using: &rng)
            let distribution = try sender.distribution()
            var member = SenderKeyRecord()
            member.process(distribution)
            let messages = try (UInt8(0)..<4).map {
                try SenderKeyMessage(parsing: try sender.encrypt([$0], using: &rng))
            }
            for index in [0, 2] { _ = try member.decrypt(messages[index]) }
            member.process(distribution)
            member.process(try sender.distribution())
            for index in [0, 2] {
                #expect(throws: SignalError.duplicateMessage) { try member.decrypt(messages[index]) }
            }
            for index in [1, 3] { #expect(try member.decrypt(messages[index]) == [UInt8(index)]) }
            #expect(member.states.count == 1)
        }
    }

    @Test("A member left too far behind catches up with the same key distributed again")
    func catchingUp() throws {
        try withSeed { rng in
            var sender = SenderKeyRecord.created(using: &rng)
            var member = SenderKeyRecord()
            member.process(try sender.distribution())
            let missed = try SenderKeyMessage(parsing: try sender.encrypt([1], using: &rng))
            for _ in 0..<SignalLimits.forwardJump { try sender.advanceForTesting() }
            let far = try SenderKeyMessage(parsing: try sender.encrypt([2], using: &rng))
            #expect(throws: SignalError.messageTooFarAhead) { try member.decrypt(far) }
            member.process(try sender.distribution())
            #expect(throws: SignalError.olderThanSenderKey) { try member.decrypt(far) }
            #expect(throws: SignalError.olderThanSenderKey) { try member.decrypt(missed) }
            let next = try SenderKeyMessage(parsing: try sender.encrypt([3], using: &rng))
            #expect(try member.decrypt(next) == [3])
        }
    }

    @Test("Five keys of a sender are kept, the oldest makes room")
    func fiveKeys() throws {
        try withSeed { rng in
            var member = SenderKeyRecord()
            var messages: [SenderKeyMessage] = []
            for _ in 0..<6 {
                var sender = SenderKeyRecord.created(using: &rng)
                member.process(try sender.distribution())
                messages.append(try SenderKeyMessage(parsing: try sender.encrypt([9], using: &rng)))
            }
            #expect(throws: SignalError.noSenderKey(messages[0].id)) { try member.decrypt(messages[0]) }
            for message in messages.dropFirst() { #expect(try member.decrypt(message) == [9]) }
        }
    }

    @Test("The same id with another signing key is another key")
    func reusedID() throws {
        try withSeed { rng in
            var first = SenderKeyRecord(ownKeyID: 5, chainKey: rng.bytes(32), signingKey: KeyPair(using: &rng))
            var second = SenderKeyRecord(ownKeyID: 5, chainKey: rng.bytes(32), signingKey: KeyPair(using: &rng))
            var member = SenderKeyRecord()
            member.process(try first.distribution())
            member.process(try second.distribution())
            let old = try SenderKeyMessage(parsing: try first.encrypt([1], using: &rng))
            #expect(throws: SignalError.invalidSignature) { try member.decrypt(old) }
            let new = try SenderKeyMessage(parsing: try second.encrypt([2], using: &rng))
            #expect(try member.decrypt(new) == [2])
        }
    }

    @Test("Only the owner of a key can encrypt with it or distribute it")
    func noSigningKey() throws {
        try withSeed { rng in
            let sender = SenderKeyRecord.created(using: &rng)
            var member = SenderKeyRecord()
            #expect(throws: SignalError.noSigningKey) { try member.encrypt([1]) }
            member.process(try sender.distribution())
            #expect(throws: SignalError.noSigningKey) { try member.encrypt([1]) }
            #expect(throws: SignalError.noSigningKey) { try member.distribution() }
        }
    }

    @Test("A jump past the limit is refused, up to the limit it is followed")
    func forwardJump() throws {
        try withSeed { rng in
            var sender = SenderKeyRecord.created(using: &rng)
            var member = SenderKeyRecord()
            member.process(try sender.distribution())
            for _ in 0..<SignalLimits.forwardJump { try sender.advanceForTesting() }
            let atLimit = try SenderKeyMessage(parsing: try sender.encrypt([1], using: &rng))
            let beyond = try SenderKeyMessage(parsing: try sender.encrypt([2], using: &rng))
            #expect(throws: SignalError.messageTooFarAhead) { try member.decrypt(beyond) }
            #expect(try member.decrypt(atLimit) == [1])
            #expect(try member.decrypt(beyond) == [2])
        }
    }
}

extension SenderKeyRecord {
    /// Moves our own chain one message on, without the cost of signing one.
    fileprivate mutating func advanceForTesting() throws {
        let state = states[0]
        var chain = state.chain.chain
        try chain.advance()
        self = SenderKeyRecord(states: [
            SenderKeyState(
                id: state.id, signingKey: state.signingKey, signingKeyPair: state.signingKeyPair,
                firstIteration: state.firstIteration, chain: ReceivingChain(chain))
        ])
    }
}
