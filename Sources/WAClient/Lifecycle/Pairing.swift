import Logging
import Storage
import WABinary
import WACrypto
import WAProtocol

/// Linking by QR code: shows one reference after another, and checks what the phone sends back once it has scanned.
struct QRPairing: Sendable {
    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    /// The first code stays 60 s, later ones 20 s; then the connection is made anew for new references.
    func show(_ refs: [String]) async {
        for (index, ref) in refs.enumerated() {
            let code = PairingQRCode(
                ref: ref, noiseKey: credentials.noiseKey.publicKey, identityKey: credentials.identityKey.publicKey,
                advSecret: credentials.advSecret, clientKind: client.configuration.companion.clientKind)
            client.change(to: .waitingForScan(qr: code.text))
            let duration = index == 0 ? client.configuration.firstQRDuration : client.configuration.laterQRDuration
            do { try await client.environment.clock.sleep(for: duration) } catch { return }
            if client.state == .pairing { return }
        }
        connection.close(ConnectionEnd.scanTimedOut)
    }

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
                advSecret: credentials.advSecret, identityKey: credentials.identityKey)
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
    }
}
