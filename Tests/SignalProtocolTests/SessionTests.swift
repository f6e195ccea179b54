import TestSupport
import Testing
import WACrypto

@testable import SignalProtocol

@Suite("Sessions")
struct SessionTests {
    @Test("Messages go out as prekey messages until the peer has answered")
    func pendingPreKey() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            try alice.initiate(with: bob.bundle(), using: &rng)
            for text: [UInt8] in [[1], [2, 2], []] {
                let ciphertext = try alice.encrypt(text)
                #expect(ciphertext.kind == .preKeyMessage)
                #expect(try bob.decrypt(ciphertext, using: &rng) == text)
            }
            #expect(try alice.session?.hasPendingPreKey == true)
            let answer = try bob.encrypt([4])
            #expect(answer.kind == .message)
            #expect(try alice.decrypt(answer, using: &rng) == [4])
            #expect(try alice.session?.hasPendingPreKey == false)
            #expect(try alice.encrypt([5]).kind == .message)
            #expect(try bob.session?.remoteRegistrationID == alice.local.registrationID)
            #expect(try alice.session?.remoteRegistrationID == bob.local.registrationID)
        }
    }

    @Test("The one-time prekey is used once, and the session needs it no more")
    func oneTimePreKey() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            let stranger = TestDevice(using: &rng)
            try alice.initiate(with: bob.bundle(preKeyID: 2), using: &rng)
            let first = try PreKeySignalMessage(parsing: try alice.encrypt([1]).bytes)
            let second = try alice.encrypt([2])
            #expect(first.preKeyID == 2)
            #expect(first.identityKey == alice.local.keyPair.publicKey)
            #expect(throws: SignalError.missingPreKey(2)) {
                try Session.decrypting(
                    first, existing: nil, by: bob.local, signedPreKey: bob.signedPreKey, preKey: nil, using: &rng)
            }
            #expect(throws: SignalError.missingSignedPreKey(1)) {
                try Session.decrypting(
                    first, existing: nil, by: bob.local, signedPreKey: nil, preKey: bob.preKeys[2], using: &rng)
            }
            #expect(throws: SignalError.badMAC) {
                try Session.decrypting(
                    first, existing: nil, by: bob.local, signedPreKey: bob.signedPreKey,
                    preKey: stranger.preKeys[2], using: &rng)
            }
            #expect(try bob.decrypt(Ciphertext(kind: .preKeyMessage, bytes: first.bytes), using: &rng) == [1])
            #expect(bob.preKeys[2] == nil)
            #expect(try bob.decrypt(second, using: &rng) == [2])
        }
    }

    @Test("A bundle without a one-time prekey makes a session too")
    func bundleWithoutPreKey() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            try alice.initiate(with: bob.bundle(preKeyID: nil), using: &rng)
            let message = try alice.encrypt([1])
            #expect(try PreKeySignalMessage(parsing: message.bytes).preKeyID == nil)
            #expect(try bob.decrypt(message, using: &rng) == [1])
            #expect(bob.preKeys.count == 3)
        }
    }

    @Test("A bundle whose prekey is not signed by its identity is refused")
    func unsignedBundle() {
        withSeed { rng in
            let (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            var bundle = bob.bundle()
            bundle.signedPreKey = alice.signedPreKey.publicKey
            #expect(throws: SignalError.invalidSignature) { try Session.initiated(with: bundle, by: alice.local) }
            bundle = bob.bundle()
            bundle.identityKey = alice.local.keyPair.publicKey
            #expect(throws: SignalError.invalidSignature) { try Session.initiated(with: bundle, by: alice.local) }
        }
    }

    @Test("A key of small order in a bundle is refused")
    func weakKey() throws {
        try withSeed { rng in
            let (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            var bundle = bob.bundle()
            bundle.preKey = try PublicKey(raw: [UInt8](repeating: 0, count: 32))
            #expect(throws: SignalError.invalidKey) { try Session.initiated(with: bundle, by: alice.local) }
        }
    }

    @Test("A repeated message is a duplicate, in either form and after the ratchet has turned")
    func duplicates() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            try alice.initiate(with: bob.bundle(), using: &rng)
            let first = try alice.encrypt([1])
            let skipped = try alice.encrypt([2])
            let third = try alice.encrypt([3])
            for message in [first, third] { _ = try bob.decrypt(message, using: &rng) }
            let answer = try bob.encrypt([4])
            _ = try alice.decrypt(answer, using: &rng)
            _ = try bob.decrypt(try alice.encrypt([5]), using: &rng)
            #expect(try bob.decrypt(skipped, using: &rng) == [2])
            for message in [first, skipped, third] {
                #expect(throws: SignalError.duplicateMessage) { try bob.decrypt(message, using: &rng) }
            }
            #expect(throws: SignalError.duplicateMessage) { try alice.decrypt(answer, using: &rng) }
        }
    }

    @Test("When both start a session at once, both messages are read and the two settle on one state")
    func simultaneousInitiation() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            try alice.initiate(with: bob.bundle(), using: &rng)
            try bob.initiate(with: alice.bundle(), using: &rng)
            let (fromAlice, fromBob) = (try alice.encrypt([1]), try bob.encrypt([2]))
            #expect(try alice.decrypt(fromBob, using: &rng) == [2])
            #expect(try bob.decrypt(fromAlice, using: &rng) == [1])
            for round in UInt8(0)..<4 {
                #expect(try bob.decrypt(try alice.encrypt([round]), using: &rng) == [round])
                #expect(try alice.decrypt(try bob.encrypt([round]), using: &rng) == [round])
            }
            #expect(try alice.session?.baseKey == bob.session?.baseKey)
            #expect(throws: SignalError.duplicateMessage) { try alice.decrypt(fromBob, using: &rng) }
            #expect(throws: SignalError.duplicateMessage) { try bob.decrypt(fromAlice, using: &rng) }
        }
    }

    @Test("A message of an archived state is read, makes that state current, and is a duplicate afterwards")
    func archivedState() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let old = try bob.session?.baseKey
            let late = try alice.encrypt([7])
            try alice.initiate(with: bob.bundle(preKeyID: 2), using: &rng)
            #expect(try bob.decrypt(try alice.encrypt([8]), using: &rng) == [8])
            #expect(try bob.session?.baseKey != old)
            #expect(try bob.session?.archivedStateCount == 1)
            #expect(try bob.decrypt(late, using: &rng) == [7])
            #expect(try bob.session?.baseKey == old)
            #expect(try bob.session?.archivedStateCount == 1)
            #expect(throws: SignalError.duplicateMessage) { try bob.decrypt(late, using: &rng) }
            // Alice's new state is promoted back by its next message, and the late one stays a duplicate.
            #expect(try bob.decrypt(try alice.encrypt([9]), using: &rng) == [9])
            #expect(try bob.session?.baseKey != old)
            #expect(throws: SignalError.duplicateMessage) { try bob.decrypt(late, using: &rng) }
        }
    }

    @Test("A peer that lost its session starts a new one, and the conversation goes on")
    func lostSession() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let unreadable = try alice.encrypt([1])
            bob.forgetSession()
            #expect(throws: SignalError.noSession) { try bob.decrypt(unreadable, using: &rng) }
            try alice.initiate(with: bob.bundle(preKeyID: 3), using: &rng)
            #expect(try bob.decrypt(try alice.encrypt([1]), using: &rng) == [1])
            #expect(try alice.decrypt(try bob.encrypt([2]), using: &rng) == [2])
        }
    }

    @Test("Another identity of the peer shows in the session, and nothing of the old one is kept")
    func identityChange() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            let old = try alice.encrypt([1])
            var newAlice = TestDevice(using: &rng)
            try newAlice.initiate(with: bob.bundle(preKeyID: 2), using: &rng)
            #expect(try bob.decrypt(try newAlice.encrypt([2]), using: &rng) == [2])
            let session = try #require(try bob.session)
            #expect(session.remoteIdentity == newAlice.local.keyPair.publicKey)
            #expect(session.archivedStateCount == 0)
            #expect(throws: SignalError.badMAC) { try bob.decrypt(old, using: &rng) }

            try bob.initiate(with: alice.bundle(preKeyID: 2), using: &rng)
            #expect(try bob.session?.archivedStateCount == 0)
        }
    }

    @Test("Nobody can pass off a known base key with an identity of their own")
    func foreignIdentityWithKnownBaseKey() throws {
        try withSeed { rng in
            var (alice, bob) = (TestDevice(using: &rng), TestDevice(using: &rng))
            let mallory = TestDevice(using: &rng)
            try alice.initiate(with: bob.bundle(), using: &rng)
            let message = try alice.encrypt([1])
            _ = try bob.decrypt(message, using: &rng)
            let genuine = try PreKeySignalMessage(parsing: try alice.encrypt([2]).bytes)
            let forged = PreKeySignalMessage(
                genuine.message, pending: PendingPreKey(preKeyID: 2, signedPreKeyID: 1), baseKey: genuine.baseKey,
                from: mallory.local)
            let before = bob.record
            #expect(throws: SignalError.invalidMessage) {
                try bob.decrypt(Ciphertext(kind: .preKeyMessage, bytes: forged.bytes), using: &rng)
            }
            #expect(bob.record == before)
            #expect(bob.preKeys[2] != nil)
        }
    }

    @Test("The previous counter is the last index of the chain before, and 0 when nothing was sent on it")
    func previousCounter() throws {
        try withSeed { rng in
            var (alice, bob) = try conversation(using: &rng)
            func previous(_ ciphertext: Ciphertext) throws -> UInt32 {
                try SignalMessage(parsing: ciphertext.bytes).previousCounter
            }
            for _ in 0..<3 { _ = try alice.encrypt([0]) }
            _ = try alice.decrypt(try bob.encrypt([1]), using: &rng)
            // Alice began with one message, and Bob has turned nothing since: her second chain goes on.
            let message = try alice.encrypt([2])
            #expect(try previous(message) == 0)
            _ = try bob.decrypt(message, using: &rng)
            let answer = try bob.encrypt([3])
            #expect(try previous(answer) == 1)
            _ = try alice.decrypt(answer, using: &rng)
            for _ in 0..<4 { _ = try alice.encrypt([4]) }
            _ = try alice.decrypt(try bob.encrypt([5]), using: &rng)
            let last = try alice.encrypt([6])
            #expect(try previous(last) == 3)
            _ = try bob.decrypt(last, using: &rng)
            _ = try alice.decrypt(try bob.encrypt([7]), using: &rng)
            #expect(try previous(try alice.encrypt([8])) == 4)
        }
    }

    @Test("A record without a state is no session, and a damaged one is corrupt")
    func records() throws {
        #expect(throws: SignalError.noSession) { try Session(decoding: []) }
        #expect(throws: SignalError.corruptRecord) { try Session(decoding: [0x0A]) }
        #expect(throws: SignalError.corruptRecord) { try Session(decoding: [0x0A, 0x00]) }
        try withSeed { rng in
            let (alice, _) = try conversation(using: &rng)
            let record = try #require(alice.record)
            #expect(try Session(decoding: record).encoded() == record)
            #expect(record.count < 500)
        }
    }
}
