package import WABinary
package import WACrypto

/// One attempt to link by an eight-character code that a person types on the phone.
///
/// ```
/// 1  hello    → our ephemeral key, wrapped with the code           ← a reference
/// 2  notified ← the phone's ephemeral key, wrapped with the code
/// 3  finish   → the key bundle                                     ← pair-success, as after a QR code
/// ```
/// A code belongs to one connection and lasts about 160 s. Source: protocol reference 3.2.
package struct PairingCode: Sendable {
    /// Digits with country code.
    package let phone: String
    /// Eight characters without a dash; shown as XXXX-XXXX.
    package let code: String
    private let ephemeral: KeyPair
    private let wrappedEphemeral: [UInt8]

    /// Makes a fresh attempt; takes some tens of milliseconds for the key derivation.
    ///
    /// Throws `invalidPhoneNumber` unless the phone is 7 to 15 digits without a leading zero, and `invalidPairingCode`
    /// when a code of the caller's choice is given that is not eight characters of the alphabet.
    package init(
        phone: String, code custom: String? = nil, using rng: inout some RandomNumberGenerator
    ) throws(WAProtocolError) {
        guard (7...15).contains(phone.utf8.count), phone.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            phone.first != "0"
        else { throw .invalidPhoneNumber }
        self.phone = phone
        do throws(CryptoError) {
            let random = SecureRandom.bytes(5, using: &rng)
            code =
                if let custom { try PairingCodeCipher.normalized(custom) } else {
                    try PairingCodeCipher.code(from: random)
                }
            ephemeral = KeyPair(using: &rng)
            wrappedEphemeral = try PairingCodeCipher.wrap(
                ephemeral.publicKey, code: code, salt: SecureRandom.bytes(32, using: &rng),
                iv: SecureRandom.bytes(16, using: &rng))
        } catch {
            throw .invalidPairingCode
        }
    }

    /// For an attempt whose random values are given, as in test vectors.
    package init(
        phone: String, code: String, ephemeral: KeyPair, salt: [UInt8], iv: [UInt8]
    ) throws(CryptoError) {
        self.phone = phone
        self.code = code
        self.ephemeral = ephemeral
        wrappedEphemeral = try PairingCodeCipher.wrap(ephemeral.publicKey, code: code, salt: salt, iv: iv)
    }

    /// The code as it is shown to people.
    package var displayed: String { PairingCodeCipher.displayed(code) }

    /// The first request. `display` must read “Browser (OS)”; the server refuses anything else with 400.
    package func hello(
        noiseKey: PublicKey, clientKind: ClientKind, display: String, showsPushNotification: Bool = true
    ) -> PairingCodeHelloRequest {
        PairingCodeHelloRequest(
            phone: JID(phone, .user), wrappedEphemeral: wrappedEphemeral, noiseKey: noiseKey, clientKind: clientKind,
            display: display, showsPushNotification: showsPushNotification)
    }

    /// What the phone's answer leads to: the last request, and the secret that authenticates the pair-success after it.
    package struct Finish: Sendable {
        package let request: PairingCodeFinishRequest
        /// 32 bytes; replaces the one the QR codes were made with.
        package let advSecret: [UInt8]
    }

    /// Answers the phone; takes some tens of milliseconds.
    ///
    /// Throws `pairingCodeMismatch` when the answer belongs to another reference or carries unusable keys.
    package func finish(
        _ hello: PairingCodePrimaryHello, ref: [UInt8], identityKey: KeyPair,
        using rng: inout some RandomNumberGenerator
    ) throws(WAProtocolError) -> Finish {
        let salt = SecureRandom.bytes(32, using: &rng)
        let nonce = SecureRandom.bytes(12, using: &rng)
        let random = SecureRandom.bytes(32, using: &rng)
        return try finish(hello, ref: ref, identityKey: identityKey, salt: salt, nonce: nonce, random: random)
    }

    /// The same with given random values: salt 32, nonce 12, random 32 bytes.
    package func finish(
        _ hello: PairingCodePrimaryHello, ref: [UInt8], identityKey: KeyPair, salt: [UInt8], nonce: [UInt8],
        random: [UInt8]
    ) throws(WAProtocolError) -> Finish {
        guard hello.ref == ref else { throw .pairingCodeMismatch }
        do throws(CryptoError) {
            let theirs = try PairingCodeCipher.unwrap(hello.wrappedEphemeral, code: code)
            let ephemeralSecret = try ephemeral.sharedSecret(with: theirs)
            let identitySecret = try identityKey.sharedSecret(with: hello.identityKey)
            let bundle = try PairingCodeCipher.KeyBundle(
                companionIdentity: identityKey.publicKey, primaryIdentity: hello.identityKey, random: random)
            let wrapped = try PairingCodeCipher.seal(
                bundle, ephemeralSecret: ephemeralSecret, salt: salt, nonce: nonce)
            return Finish(
                request: PairingCodeFinishRequest(
                    phone: JID(phone, .user), wrappedBundle: wrapped, identityKey: identityKey.publicKey, ref: ref),
                advSecret: PairingCodeCipher.advSecret(
                    ephemeralSecret: ephemeralSecret, identitySecret: identitySecret, random: random))
        } catch {
            throw .pairingCodeMismatch
        }
    }
}

/// Stage 1: announces the code's wrapped key; the reply is the reference of this attempt.
///
/// ```
/// → <iq xmlns="md" type="set" …><link_code_companion_reg jid stage="companion_hello" should_show_push_notification>…
/// ← <iq type="result" …><link_code_companion_reg><link_code_pairing_ref>bytes</…></…></iq>
/// ```
package struct PairingCodeHelloRequest: WARequest {
    let phone: JID
    let wrappedEphemeral: [UInt8]
    let noiseKey: PublicKey
    let clientKind: ClientKind
    let display: String
    let showsPushNotification: Bool

    /// The platform id and its text are strings and not bytes: the server reads them as such.
    package func node(id: String) -> Node {
        .iq(
            id: id, xmlns: "md", type: .set,
            [
                Node(
                    "link_code_companion_reg",
                    [
                        "jid": .jid(phone), "stage": "companion_hello",
                        "should_show_push_notification": .boolean(showsPushNotification),
                    ],
                    [
                        Node("link_code_pairing_wrapped_companion_ephemeral_pub", bytes: wrappedEphemeral),
                        Node("companion_server_auth_key_pub", bytes: noiseKey.raw),
                        Node("companion_platform_id", text: clientKind.rawValue),
                        Node("companion_platform_display", text: display),
                        Node("link_code_pairing_nonce", bytes: [0]),
                    ])
            ])
    }

    package func parse(_ reply: Node) throws -> [UInt8] {
        let element = reply.child("link_code_companion_reg")?.child("link_code_pairing_ref")
        guard let ref = element?.bytes, !ref.isEmpty else { throw WAProtocolError.missing("link_code_pairing_ref") }
        return ref
    }
}

/// Stage 2: the phone's half, in a notification. `stage` values other than `primary_hello` are none.
///
/// ```
/// <notification type="link_code_companion_reg" …><link_code_companion_reg stage="primary_hello">
///   <link_code_pairing_wrapped_primary_ephemeral_pub>80 B</…><primary_identity_pub>32 B</…><link_code_pairing_ref/>
/// </link_code_companion_reg></notification>
/// ```
package struct PairingCodePrimaryHello: Equatable, Sendable {
    /// 80 bytes.
    package let wrappedEphemeral: [UInt8]
    package let identityKey: PublicKey
    package let ref: [UInt8]

    init?(_ notification: Node) {
        guard let content = notification.child("link_code_companion_reg"), content["stage"] == "primary_hello",
            let wrapped = content.child("link_code_pairing_wrapped_primary_ephemeral_pub")?.bytes,
            let identity = try? PreKeyNodes.key("primary_identity_pub", in: content),
            let ref = content.child("link_code_pairing_ref")?.bytes
        else { return nil }
        wrappedEphemeral = wrapped
        identityKey = identity
        self.ref = ref
    }
}

/// Stage 3: proves our identity to the phone. After the result the server sends pair-success.
package struct PairingCodeFinishRequest: WARequest {
    let phone: JID
    let wrappedBundle: [UInt8]
    let identityKey: PublicKey
    let ref: [UInt8]

    package func node(id: String) -> Node {
        .iq(
            id: id, xmlns: "md", type: .set,
            [
                Node(
                    "link_code_companion_reg", ["jid": .jid(phone), "stage": "companion_finish"],
                    [
                        Node("link_code_pairing_wrapped_key_bundle", bytes: wrappedBundle),
                        Node("companion_identity_public", bytes: identityKey.raw),
                        Node("link_code_pairing_ref", bytes: ref),
                    ])
            ])
    }
}
