import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

@Suite("Limits of a session")
struct SessionLimitTests {
    @Test("A jump up to the limit is followed and every message in between stays readable")
    func forwardJump() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let messages = try encrypted(Int(SignalLimits.forwardJump) + 1, by: &alice)
            #expect(try bob.decrypt(messages.last!, using: &rng) == [UInt8](String(messages.count - 1).utf8))
            for index in [0, 1, 999, messages.count - 2] {
                #expect(try bob.decrypt(messages[index], using: &rng) == [UInt8](String(index).utf8))
            }
        }
    }

    @Test("A jump past the limit is refused at once and changes nothing")
    func tooFarAhead() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let messages = try encrypted(Int(SignalLimits.forwardJump) + 3, by: &alice)
            _ = try bob.decrypt(messages[0], using: &rng)
            let before = bob.record
            #expect(throws: SignalError.messageTooFarAhead) { try bob.decrypt(messages.last!, using: &rng) }
            #expect(bob.record == before)
            #expect(try bob.decrypt(messages[messages.count - 2], using: &rng).count > 0)
            #expect(try bob.decrypt(messages.last!, using: &rng).count > 0)
        }
    }

    @Test("A forged counter costs milliseconds at most, whatever it claims")
    func forgedCounter() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let session = try #require(try bob.session)
            let genuine = try SignalMessage(parsing: try alice.encrypt([1]).bytes)
            for (counter, refusal) in [
                (SignalLimits.forwardJump, SignalError.badMAC), (SignalLimits.forwardJump + 1, .messageTooFarAhead),
                (25_000, .messageTooFarAhead), (.max, .messageTooFarAhead),
            ] {
                let forged = SignalMessage(
                    ratchetKey: genuine.ratchetKey, counter: counter, previousCounter: .max,
                    ciphertext: genuine.ciphertext, macKey: [1], from: alice.local.keyPair.publicKey,
                    to: bob.local.keyPair.publicKey)
                var copy = session
                let elapsed = ContinuousClock().measure {
                    #expect(throws: refusal) { try copy.decrypt(forged, by: bob.local, using: &rng) }
                }
                // Far above what it takes, to hold on a busy machine in a debug build.
                #expect(elapsed < .seconds(2))
                #expect(copy.encoded() == session.encoded())
            }
        }
    }

    @Test("Of skipped keys the oldest make room")
    func skippedKeys() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let limit = SignalLimits.skippedKeysPerChain
            let messages = try encrypted(limit + 12, by: &alice)
            _ = try bob.decrypt(messages[limit], using: &rng)
            _ = try bob.decrypt(messages[limit + 11], using: &rng)
            let chain = try #require(try bob.session).current.receiving.last
            #expect(chain?.chain.skipped.count == limit)
            // 10 more were skipped than there was room for.
            #expect(throws: SignalError.duplicateMessage) { try bob.decrypt(messages[9], using: &rng) }
            #expect(try bob.decrypt(messages[10], using: &rng).count > 0)
            #expect(try bob.decrypt(messages[limit + 10], using: &rng).count > 0)
            #expect(try #require(bob.record).count < limit * 36 + 1_000)
        }
    }

    @Test("Five chains of the peer are kept: a message of the oldest is read, one chain later it is not")
    func receivingChains() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            // The messages stay away until Bob knows four chains, then five chains, that are newer.
            let late = try [alice.encrypt([1]), alice.encrypt([2])]
            _ = try bob.decrypt(try alice.encrypt([0]), using: &rng)
            for turn in UInt8(0)..<5 {
                if turn == 4 { #expect(try bob.decrypt(late[0], using: &rng) == [1]) }
                _ = try alice.decrypt(try bob.encrypt([turn]), using: &rng)
                _ = try bob.decrypt(try alice.encrypt([turn]), using: &rng)
                #expect(try #require(try bob.session).current.receiving.count <= SignalLimits.receivingChains)
            }
            #expect(throws: SignalError.badMAC) { try bob.decrypt(late[1], using: &rng) }
        }
    }

    @Test("Forty archived states are kept, and the fortieth is still found")
    func archivedStates() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            var late: [Ciphertext] = []
            for round in UInt8(0)..<43 {
                try alice.initiate(with: bob.bundle(preKeyID: nil), using: &rng)
                #expect(try bob.decrypt(try alice.encrypt([round]), using: &rng) == [round])
                late.append(try alice.encrypt([round]))
            }
            #expect(try bob.session?.archivedStateCount == SignalLimits.archivedStates)
            // The states of rounds 0 and 1 were dropped. As prekey messages they would make new states, so only the
            // messages inside are delivered.
            for (round, text) in [(1, nil), (2, [2])] as [(Int, [UInt8]?)] {
                let inner = try PreKeySignalMessage(parsing: late[round].bytes).message.bytes
                let plaintext = try? bob.decrypt(Ciphertext(kind: .message, bytes: inner), using: &rng)
                #expect(plaintext == text)
            }
        }
    }

    @Test("Archived states with many skipped keys are dropped before the record grows past its limit")
    func archivedBytes() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            for _ in 0..<6 {
                try alice.initiate(with: bob.bundle(preKeyID: nil), using: &rng)
                let messages = try encrypted(1_900, by: &alice)
                _ = try bob.decrypt(messages.last!, using: &rng)
            }
            let session = try #require(try bob.session)
            #expect(session.archivedStateCount == 3)
            #expect(session.archived.map(\.count).reduce(0, +) <= SignalLimits.archivedByteCount)
        }
    }

    @Test("The last counter of a chain is refused instead of starting again")
    func chainExhausted() throws {
        var chain = ChainKey(key: [UInt8](repeating: 1, count: 32), index: .max)
        let before = chain
        #expect(throws: SignalError.chainExhausted) { try chain.advance() }
        #expect(chain == before)
        let receiving = ReceivingChain(chain)
        #expect(throws: SignalError.chainExhausted) { try receiving.step(to: .max) }
    }

    private func encrypted(_ count: Int, by device: inout TestDevice) throws -> [Ciphertext] {
        var session = try #require(try device.session)
        let messages = try (0..<count).map { index in
            try session.encrypt([UInt8](String(index).utf8), by: device.local)
        }
        device.replaceSession(with: session)
        return messages
    }
}
