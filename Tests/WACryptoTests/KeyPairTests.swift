import TestSupport
import Testing
import WACrypto

@Suite("Key pairs")
struct KeyPairTests {
    @Test("X25519 agrees with RFC 7748, section 6.1")
    func published() throws {
        let alice = try KeyPair(privateKeyRaw: hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        let bob = try KeyPair(privateKeyRaw: hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
        #expect(
            try alice.publicKey.raw == hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
        #expect(
            try bob.publicKey.raw == hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))
        let secret = try hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        #expect(try alice.sharedSecret(with: bob.publicKey) == secret)
        #expect(try bob.sharedSecret(with: alice.publicKey) == secret)
    }

    @Test("Two fresh pairs agree on a secret, and a seed always gives the same pair", arguments: [5, 6] as [UInt64])
    func fresh(seed: UInt64) throws {
        var rng = SeededRandom(seed: seed)
        var again = SeededRandom(seed: seed)
        for _ in 0..<20 {
            let (a, b) = (KeyPair(using: &rng), KeyPair())
            #expect(try a.sharedSecret(with: b.publicKey) == b.sharedSecret(with: a.publicKey), "seed \(seed)")
            #expect(KeyPair(using: &again).privateKeyRaw == a.privateKeyRaw)
        }
        #expect(KeyPair().privateKeyRaw != KeyPair().privateKeyRaw)
    }

    @Test("The private key is kept clamped, and a stored pair comes back equal")
    func stored() throws {
        let pair = try KeyPair(privateKeyRaw: [UInt8](repeating: 0xFF, count: 32))
        #expect(pair.privateKeyRaw == [0xF8] + [UInt8](repeating: 0xFF, count: 30) + [0x7F])
        let again = try KeyPair(storedPrivateKeyRaw: pair.privateKeyRaw, publicKey: pair.publicKey)
        #expect(again.privateKeyRaw == pair.privateKeyRaw && again.publicKey == pair.publicKey)
        #expect(pair.publicKey.isValidSignature(again.sign([1]), for: [1]))
    }

    @Test(
        "A public key of small order is refused, in every form it can be written",
        arguments: [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ])
    func smallOrder(text: String) throws {
        let key = try PublicKey(raw: hex(text))
        #expect(throws: CryptoError.weakKey) { try KeyPair().sharedSecret(with: key) }
    }

    @Test("A public key has a raw and a typed form, and no other")
    func forms() throws {
        let key = KeyPair().publicKey
        #expect(key.typed.count == 33 && key.typed[0] == 5)
        #expect(try PublicKey(raw: key.raw) == key)
        #expect(try PublicKey(typed: key.typed) == key)
        #expect(throws: CryptoError.wrongKeyType) { try PublicKey(typed: [6] + key.raw) }
        for count in [0, 31, 32, 34, 64] {
            #expect(throws: CryptoError.wrongLength) { try PublicKey(typed: [UInt8](repeating: 5, count: count)) }
        }
        for count in [0, 31, 33, 64] {
            let bytes = [UInt8](repeating: 5, count: count)
            #expect(throws: CryptoError.wrongLength) { try PublicKey(raw: bytes) }
            #expect(throws: CryptoError.wrongLength) { try KeyPair(privateKeyRaw: bytes) }
            #expect(throws: CryptoError.wrongLength) { try KeyPair(storedPrivateKeyRaw: bytes, publicKey: key) }
        }
    }

    private func hex(_ text: String) throws -> [UInt8] {
        try #require([UInt8](hex: text))
    }
}
