import TestSupport
import Testing
import WACrypto

/// The vectors of pairing by code are consumed in WAProtocolTests, with the stanzas around them.
@Suite("Pairing code cipher")
struct PairingCodeCipherTests {
    @Test("What one side wraps the other unwraps, and both derive the same secret")
    func bothSides() throws {
        var rng = SeededRandom(seed: 81)
        let code = try PairingCodeCipher.code(from: SecureRandom.bytes(5, using: &rng))
        let (companion, companionIdentity) = (KeyPair(using: &rng), KeyPair(using: &rng))
        let (primary, primaryIdentity) = (KeyPair(using: &rng), KeyPair(using: &rng))
        let wrapped = try PairingCodeCipher.wrap(
            companion.publicKey, code: code, salt: SecureRandom.bytes(32, using: &rng),
            iv: SecureRandom.bytes(16, using: &rng))
        #expect(wrapped.count == PairingCodeCipher.wrappedKeyByteCount)
        #expect(try PairingCodeCipher.unwrap(wrapped, code: code) == companion.publicKey)
        #expect(try PairingCodeCipher.unwrap(wrapped, code: "11111111") != companion.publicKey)

        let shared = try companion.sharedSecret(with: primary.publicKey)
        let bundle = try PairingCodeCipher.KeyBundle(
            companionIdentity: companionIdentity.publicKey, primaryIdentity: primaryIdentity.publicKey,
            random: SecureRandom.bytes(32, using: &rng))
        let sealed = try PairingCodeCipher.seal(
            bundle, ephemeralSecret: shared, salt: SecureRandom.bytes(32, using: &rng),
            nonce: SecureRandom.bytes(12, using: &rng))
        #expect(sealed.count == PairingCodeCipher.wrappedBundleByteCount)
        let opened = try PairingCodeCipher.open(
            sealed, ephemeralSecret: primary.sharedSecret(with: companion.publicKey))
        #expect(opened == bundle)

        let ours = PairingCodeCipher.advSecret(
            ephemeralSecret: shared,
            identitySecret: try companionIdentity.sharedSecret(with: primaryIdentity.publicKey), random: bundle.random)
        let theirs = PairingCodeCipher.advSecret(
            ephemeralSecret: shared,
            identitySecret: try primaryIdentity.sharedSecret(with: companionIdentity.publicKey), random: opened.random)
        #expect(ours == theirs && ours.count == 32)
        #expect(throws: CryptoError.authenticationFailed) {
            try PairingCodeCipher.open(sealed, ephemeralSecret: [UInt8](repeating: 1, count: 32))
        }
    }

    @Test("What a person types becomes a code when eight characters of the alphabet are left")
    func normalisation() throws {
        #expect(try PairingCodeCipher.normalized("abcd-2345") == "ABCD2345")
        #expect(try PairingCodeCipher.normalized(" NMFL WZWK ") == "NMFLWZWK")
        #expect(PairingCodeCipher.displayed("NMFLWZWK") == "NMFL-WZWK")
        for text in ["", "ABCD", "ABCD-23456", "ABCD234ß"] {
            #expect(throws: CryptoError.wrongLength) { try PairingCodeCipher.normalized(text) }
        }
        for text in ["0BCD2345", "IBCD2345", "OBCD2345", "UBCD2345", "AB_D2345", "ABCDEFé"] {
            #expect(throws: CryptoError.invalidCharacter) { try PairingCodeCipher.normalized(text) }
        }
    }

    @Test("Wrapped values of any other length are refused")
    func lengths() throws {
        let key = KeyPair().publicKey
        for count in [0, 79, 81, 155, 157] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(throws: CryptoError.wrongLength) { try PairingCodeCipher.unwrap(bytes, code: "11111111") }
            #expect(throws: CryptoError.wrongLength) { try PairingCodeCipher.open(bytes, ephemeralSecret: [1]) }
            #expect(throws: CryptoError.wrongLength) {
                try PairingCodeCipher.wrap(key, code: "11111111", salt: bytes, iv: [UInt8](0..<16))
            }
            #expect(throws: CryptoError.wrongLength) { try PairingCodeCipher.code(from: bytes) }
            #expect(throws: CryptoError.wrongLength) {
                try PairingCodeCipher.KeyBundle(companionIdentity: key, primaryIdentity: key, random: bytes)
            }
        }
    }
}
