import FoundationEssentials
import WABinary
import WACrypto

/// A pairing by code, from the client's first request to the moment somebody has typed the code. Reference 3.2.
struct CodePairing {
    /// What is left of the phone once a code was typed.
    struct Typed {
        let ephemeral: KeyPair
        let companionEphemeral: PublicKey
    }

    let number: String
    let ref: [UInt8]
    /// 80 bytes, wrapped with a code that only the client and its user know.
    let wrappedEphemeral: [UInt8]
    var typed: Typed?
}

/// Linking by phone number: the server between the client and the phone, and the phone itself.
///
/// ```
/// client  companion_hello ► ref            the newest counts; an older ref is void
/// phone   a person types the code ► primary_hello notification, acknowledged
/// client  companion_finish ► result        the phone opens the bundle: a wrong code shows here, and may be typed again
///         pair-success …                   as after a scan
/// ```
extension SimulatedServer {
    private static let refByteCount = 24

    /// Somebody types a code on the phone. What comes of it shows in `devices(of:)`, or in `pairingRefusals`.
    package func enter(pairingCode text: String, on number: String) throws(SimulatorError) {
        let account = try account(number)
        guard let phone = account.phone?.endpoint, phone.isPoweredOn else { throw .poweredOff(number) }
        guard let code = try? PairingCodeCipher.normalized(text) else { throw .unreadablePairingCode }
        guard let (connection, registration) = registration(awaitingCodeOf: number), var pairing = registration.code
        else { throw .noPairingCode(number) }
        let ephemeral = KeyPair(using: &random)
        // With a wrong code something comes out too; nobody can tell yet.
        guard let companion = try? PairingCodeCipher.unwrap(pairing.wrappedEphemeral, code: code),
            let wrapped = try? PairingCodeCipher.wrap(
                ephemeral.publicKey, code: code, salt: random.bytes(32), iv: random.bytes(16))
        else { throw .unreadablePairingCode }
        pairing.typed = .init(ephemeral: ephemeral, companionEphemeral: companion)
        set(pairing, on: connection)
        request(
            Node(
                "notification",
                [
                    "type": "link_code_companion_reg", "from": .jid(.server), "id": .text(makeID()),
                    "t": .text(String(nowSeconds)),
                ],
                [
                    Node(
                        "link_code_companion_reg", ["stage": "primary_hello"],
                        [
                            Node("link_code_pairing_wrapped_primary_ephemeral_pub", [:], bytes: wrapped),
                            Node("primary_identity_pub", [:], bytes: account.identity.publicKey.raw),
                            Node("link_code_pairing_ref", [:], bytes: pairing.ref),
                        ])
                ]),
            kind: .primaryHello, on: connection)
    }

    /// Of several clients that made a code for the phone the newest.
    private func registration(awaitingCodeOf number: String) -> (Connection, Registration)? {
        for id in connections.keys.sorted().reversed() {
            guard let connection = connections[id], case .registering(let registration) = connection.stage,
                registration.code?.number == number, registration.pairing == nil
            else { continue }
            return (connection, registration)
        }
        return nil
    }

    private func set(_ code: CodePairing, on connection: Connection) {
        guard case .registering(var registration) = connection.stage else { return }
        registration.code = code
        connection.stage = .registering(registration)
    }

    // MARK: - Requests of the client

    func answerLinkCode(_ node: Node, on connection: Connection) {
        guard case .registering(let registration) = connection.stage, registration.pairing == nil,
            let request = node.child("link_code_companion_reg")
        else { return replyError(to: node, code: 400, text: "bad-request", on: connection) }
        switch request["stage"] {
        case "companion_hello": answerCompanionHello(request, in: node, on: connection)
        case "companion_finish": answerCompanionFinish(request, in: node, of: registration, on: connection)
        default: replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
    }

    private func answerCompanionHello(_ request: Node, in node: Node, on connection: Connection) {
        guard let number = request.jid("jid"), number.server == .user,
            let wrapped = request.child("link_code_pairing_wrapped_companion_ephemeral_pub")?.bytes,
            wrapped.count == PairingCodeCipher.wrappedKeyByteCount,
            request.child("companion_server_auth_key_pub")?.bytes == connection.clientStatic.raw,
            request.child("companion_platform_id")?.text?.count == 1,
            request.child("link_code_pairing_nonce")?.bytes != nil
        else {
            report(.malformedStanza, "\(connection.id): companion_hello lacks something, or names another key")
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        guard Self.isBrowser(request.child("companion_platform_display")?.text ?? "") else {
            report(.malformedStanza, "\(connection.id): companion_platform_display is not “Browser (OS)”")
            return replyError(to: node, code: 400, text: "bad-request", on: connection)
        }
        let ref = random.bytes(Self.refByteCount)
        set(CodePairing(number: number.user, ref: ref, wrappedEphemeral: wrapped), on: connection)
        reply(
            to: node, [Node("link_code_companion_reg", [:], [Node("link_code_pairing_ref", [:], bytes: ref)])],
            on: connection)
    }

    /// `Browser (OS)`, both not empty.
    private static func isBrowser(_ display: String) -> Bool {
        let parts = display.split(separator: " (", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].count > 1 && parts[1].hasSuffix(")")
    }

    private func answerCompanionFinish(
        _ request: Node, in node: Node, of registration: Registration, on connection: Connection
    ) {
        guard let pairing = registration.code, request.child("link_code_pairing_ref")?.bytes == pairing.ref,
            request.jid("jid")?.user == pairing.number, let typed = pairing.typed, let account = accounts[pairing.number]
        else { return replyError(to: node, code: 404, text: "item-not-found", on: connection) }
        reply(to: node, on: connection)
        var openTyped = pairing
        openTyped.typed = nil
        set(openTyped, on: connection)
        guard let ephemeralSecret = try? typed.ephemeral.sharedSecret(with: typed.companionEphemeral),
            let bundle = try? PairingCodeCipher.open(
                request.child("link_code_pairing_wrapped_key_bundle")?.bytes ?? [], ephemeralSecret: ephemeralSecret)
        else { return pairingRefusals.append("the pairing code was wrong") }
        guard bundle.companionIdentity == registration.keys.identity,
            request.child("companion_identity_public")?.bytes == bundle.companionIdentity.raw,
            bundle.primaryIdentity == account.identity.publicKey,
            let identitySecret = try? account.identity.sharedSecret(with: bundle.companionIdentity)
        else {
            report(.deviceIdentity, "\(connection.id): companion_finish names other identity keys")
            return pairingRefusals.append("the pairing code was for other keys")
        }
        let secret = PairingCodeCipher.advSecret(
            ephemeralSecret: ephemeralSecret, identitySecret: identitySecret, random: bundle.random)
        do {
            try sign(bundle.companionIdentity, secret: secret, as: account, on: connection)
        } catch {
            pairingRefusals.append("the account has no room for another device")
        }
    }

    /// An ack before login can only be that of a `primary_hello`.
    func acknowledgedRegistering(_ node: Node, on connection: Connection) {
        guard node["class"] == "notification", node["type"] == "link_code_companion_reg", let id = node["id"],
            connection.openRequests[id]?.kind == .primaryHello
        else { return report(.outOfOrder, "\(connection.id) acknowledged what it was not sent before it was paired") }
        connection.openRequests[id] = nil
    }
}
