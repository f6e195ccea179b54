import Logging
import Storage
import Synchronization
import WABinary
import WACrypto
import WAProtocol

/// Linking on one connection: shows one QR reference after another, makes codes for a phone number, and checks what the
/// phone sends back.
///
/// ```
/// QR      refs ► a text to scan ─────────────────────────────────────────────► pair-success ► 515
/// code    companion_hello ► a ref … primary_hello ► companion_finish ► result ► pair-success ► 515
/// ```
/// Both ways are open at the same time. They share one secret, which authenticates the phone's answer: the one of a code
/// replaces that of the QR texts as soon as the phone has answered, in the database first. Source: protocol reference 3.
final class Pairing: Sendable {
    private struct Attempt {
        let code: PairingCode
        let ref: [UInt8]
    }

    private struct State {
        var advSecret: [UInt8]
        /// Of the QR text that is shown.
        var ref: String?
        var attempt: Attempt?
    }

    private let client: WhatsAppClient
    private let connection: Connection
    private let credentials: DeviceCredentials
    private let state: Mutex<State>

    init(client: WhatsAppClient, connection: Connection, credentials: DeviceCredentials) {
        self.client = client
        self.connection = connection
        self.credentials = credentials
        state = Mutex(State(advSecret: credentials.advSecret))
    }

    // MARK: - QR

    /// The first code stays 60 s, later ones 20 s, the last one longer where somebody may be typing a code; then the
    /// connection is made anew for new references.
    func show(_ refs: [String]) async {
        await client.offers(self)
        let (first, later) = (client.configuration.firstQRDuration, client.configuration.laterQRDuration)
        for (index, ref) in refs.enumerated() {
            state.withLock { $0.ref = ref }
            showQR()
            guard await isStillWaiting(after: index == 0 ? first : later) else { return }
        }
        if state.withLock({ $0.attempt != nil }) {
            guard await isStillWaiting(after: later) else { return }
        }
        connection.close(ConnectionEnd.scanTimedOut)
    }

    private func isStillWaiting(after duration: Duration) async -> Bool {
        do { try await client.environment.clock.sleep(for: duration) } catch { return false }
        return client.state != .pairing
    }

    private func showQR() {
        let (ref, advSecret) = state.withLock { ($0.ref, $0.advSecret) }
        guard let ref, client.state != .pairing else { return }
        let code = PairingQRCode(
            ref: ref, noiseKey: credentials.noiseKey.publicKey, identityKey: credentials.identityKey.publicKey,
            advSecret: advSecret, clientKind: client.configuration.companion.clientKind)
        client.change(to: .waitingForScan(qr: code.text))
    }

    // MARK: - Code

    /// A fresh code for the phone of this number; one made before is void. The derivation of its key takes tens of
    /// milliseconds, so not on the client's actor.
    @concurrent
    func code(for phone: String) async throws -> String {
        var random = SystemRandomNumberGenerator()
        let code = try PairingCode(phone: phone, using: &random)
        let (kind, display) = client.configuration.companion.codePairingKind
        let request = code.hello(noiseKey: credentials.noiseKey.publicKey, clientKind: kind, display: display)
        let ref = try await connection.execute(request, environment: client.environment)
        state.withLock { $0.attempt = Attempt(code: code, ref: ref) }
        return code.code
    }

    /// The phone's owner has typed a code. A wrong one shows on the phone alone, which then asks for it again.
    func answer(_ hello: PairingCodePrimaryHello) async {
        let logger = client.environment.logger
        guard let attempt = state.withLock({ $0.attempt }) else {
            return logger.warning("a phone answered a pairing code that was not asked for")
        }
        do {
            var random = SystemRandomNumberGenerator()
            let finish = try attempt.code.finish(
                hello, ref: attempt.ref, identityKey: credentials.identityKey, using: &random)
            let account = client.account
            try await client.database.write {
                try DeviceStore(account: account).saveADVSecret(finish.advSecret, on: $0)
            }
            state.withLock { $0.advSecret = finish.advSecret }
            showQR()
            try await connection.execute(finish.request, environment: client.environment)
        } catch {
            logger.warning("a pairing by code was not finished", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - The end of both

    /// Verifies everything of `pair-success` (protocol reference 3.1), stores who we are now, then answers.
    ///
    /// What does not verify is refused with the error iq the reference names, and nothing is stored.
    func finish(_ pairSuccess: PairSuccess) async {
        do {
            try await complete(pairSuccess)
        } catch {
            client.environment.logger.error("the link could not be stored", metadata: ["error": "\(error)"])
            connection.close(ConnectionEnd.lost("the link could not be stored"))
        }
    }

    private func complete(_ pairSuccess: PairSuccess) async throws {
        client.change(to: .pairing)
        let confirmation: PairConfirmation
        do {
            confirmation = try pairSuccess.verified(
                advSecret: state.withLock { $0.advSecret }, identityKey: credentials.identityKey)
        } catch {
            connection.send(pairSuccess.refusal(for: error))
            connection.close(ConnectionEnd.refused("the phone's pairing answer did not verify: \(error)"))
            return
        }
        let linked = DeviceCredentials.Linked(
            phone: confirmation.phone, lid: confirmation.lid, signedIdentity: confirmation.signedIdentity,
            platform: confirmation.platform, pushName: confirmation.businessName)
        let (account, recorder) = (client.account, client.recorder)
        try await client.database.write { sql in
            try DeviceStore(account: account).saveLinked(linked, on: sql)
            if let lid = linked.lid {
                try AddressMapStore(account: account).learn(lid: lid, phone: linked.phone, telling: recorder, on: sql)
            }
            try recorder(sql, .paired(LinkedAccount(linked)))
        }
        client.announce(.paired(LinkedAccount(linked)))
        connection.send(confirmation.reply)
        connection.send(UnifiedSessionStanza(nowMilliseconds: client.environment.nowMilliseconds()).node)
    }
}
