/// The cipher of pairing by an eight-character code, in both roles.
///
/// ```
/// wrapped key = salt (32) || iv (16) || AES-256-CTR(K(salt), iv, ephemeral public key (32))        80 bytes
///     K(salt) = PBKDF2-HMAC-SHA256(code, salt, 131,072 rounds)
/// es = X25519(companion ephemeral, primary ephemeral), is = X25519(companion identity, primary identity)
/// bundle = companion identity (32) || primary identity (32) || random (32)
/// wrapped bundle = salt (32) || nonce (12) || AES-256-GCM(HKDF(es, salt, …), nonce, bundle)       156 bytes
/// adv secret = HKDF(es || is || random, no salt, "adv_secret", 32)
/// ```
/// One key derivation takes tens of milliseconds by design: not for an event loop.
package enum PairingCodeCipher {
    /// The characters of a code, five bits each: digits and letters without 0, I, O and U.
    package static let alphabet = [UInt8]("123456789ABCDEFGHJKLMNPQRSTVWXYZ".utf8)
    package static let codeLength = 8
    package static let iterations = 131_072
    package static let wrappedKeyByteCount = 80
    package static let wrappedBundleByteCount = 156

    /// The code that five random bytes stand for, most significant bit first.
    package static func code(from bytes: [UInt8]) throws(CryptoError) -> String {
        guard bytes.count == 5 else { throw .wrongLength }
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let characters = (0..<codeLength).map { alphabet[Int(bits >> (35 - 5 * UInt64($0)) & 31)] }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The code as it is shown to people: XXXX-XXXX.
    package static func displayed(_ code: String) -> String {
        "\(code.prefix(4))-\(code.dropFirst(4))"
    }

    /// Turns what a person typed into a code: upper case, without dashes and spaces.
    ///
    /// Throws `wrongLength` unless eight characters are left, `invalidCharacter` when one is not of the alphabet.
    package static func normalized(_ text: String) throws(CryptoError) -> String {
        let code = text.uppercased().filter { $0 != "-" && $0 != " " }
        guard code.utf8.count == codeLength else { throw .wrongLength }
        guard code.utf8.allSatisfy(alphabet.contains) else { throw .invalidCharacter }
        return code
    }

    /// The 32-byte key for wrapping, from the code without its dash and a 32-byte salt.
    package static func key(code: String, salt: [UInt8]) throws(CryptoError) -> [UInt8] {
        try KeyDerivation.pbkdf2(password: [UInt8](code.utf8), salt: salt, iterations: iterations, count: 32)
    }

    /// Wraps an ephemeral public key for the wire; salt 32 and iv 16 random bytes, fresh for each wrap.
    package static func wrap(
        _ ephemeral: PublicKey, code: String, salt: [UInt8], iv: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        guard salt.count == 32, iv.count == 16 else { throw .wrongLength }
        return salt + iv + (try AESCTR.apply(ephemeral.raw, key: key(code: code, salt: salt), iv: iv))
    }

    /// Unwraps the other side's ephemeral public key; a wrong code gives a wrong key, which shows only later.
    package static func unwrap(_ wrapped: [UInt8], code: String) throws(CryptoError) -> PublicKey {
        guard wrapped.count == wrappedKeyByteCount else { throw .wrongLength }
        let key = try key(code: code, salt: [UInt8](wrapped[..<32]))
        return try PublicKey(raw: AESCTR.apply([UInt8](wrapped[48...]), key: key, iv: [UInt8](wrapped[32..<48])))
    }

    /// What the companion proves to the primary at the end.
    package struct KeyBundle: Hashable, Sendable {
        package let companionIdentity: PublicKey
        package let primaryIdentity: PublicKey
        /// 32 random bytes of the companion.
        package let random: [UInt8]

        package init(
            companionIdentity: PublicKey, primaryIdentity: PublicKey, random: [UInt8]
        ) throws(CryptoError) {
            guard random.count == 32 else { throw .wrongLength }
            self.companionIdentity = companionIdentity
            self.primaryIdentity = primaryIdentity
            self.random = random
        }
    }

    /// Encrypts the bundle under the ephemeral secret; salt 32 and nonce 12 random bytes.
    package static func seal(
        _ bundle: KeyBundle, ephemeralSecret: [UInt8], salt: [UInt8], nonce: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        guard salt.count == 32 else { throw .wrongLength }
        let plaintext = bundle.companionIdentity.raw + bundle.primaryIdentity.raw + bundle.random
        let key = bundleKey(ephemeralSecret: ephemeralSecret, salt: salt)
        return salt + nonce + (try AESGCM.seal(plaintext, key: key, nonce: nonce))
    }

    /// Decrypts a bundle; throws `wrongLength`, or `authenticationFailed` when the two sides used different codes.
    package static func open(_ wrapped: [UInt8], ephemeralSecret: [UInt8]) throws(CryptoError) -> KeyBundle {
        guard wrapped.count == wrappedBundleByteCount else { throw .wrongLength }
        let key = bundleKey(ephemeralSecret: ephemeralSecret, salt: [UInt8](wrapped[..<32]))
        let plaintext = try AESGCM.open([UInt8](wrapped[44...]), key: key, nonce: [UInt8](wrapped[32..<44]))
        return try KeyBundle(
            companionIdentity: PublicKey(raw: [UInt8](plaintext[..<32])),
            primaryIdentity: PublicKey(raw: [UInt8](plaintext[32..<64])), random: [UInt8](plaintext[64...]))
    }

    /// The secret under which the device identity of pair-success is authenticated.
    package static func advSecret(ephemeralSecret: [UInt8], identitySecret: [UInt8], random: [UInt8]) -> [UInt8] {
        KeyDerivation.hkdf(ephemeralSecret + identitySecret + random, info: "adv_secret", count: 32)
    }

    static func bundleKey(ephemeralSecret: [UInt8], salt: [UInt8]) -> [UInt8] {
        KeyDerivation.hkdf(
            ephemeralSecret, salt: salt, info: "link_code_pairing_key_bundle_encryption_key", count: 32)
    }
}
