import SignalProtocol
import Storage
import WABinary
import WACrypto
import WAProto
import WAProtocol

/// Sends what a companion asks of its own phone.
///
/// Nothing of it is kept: what was asked and is still wanted is asked again by whoever wants it.
struct PeerMessenger: Sendable {
    private let recipients: RecipientResolver

    init(
        client: WhatsAppClient, connection: Connection, credentials: DeviceCredentials
    ) {
        recipients = RecipientResolver(
            preparation: SendPreparation(
                account: client.account, credentials: credentials, recorder: client.recorder), database: client.database,
            environment: client.environment, connection: connection, news: client.news, recorder: client.recorder)
    }

    /// Answers the message's id, which the phone's answer names. Throws `ClientError.notLinked`, and `IQError` or
    /// `connectionLost` while it asks for the phone's keys.
    @discardableResult
    func send(_ message: PeerMessage) async throws -> String {
        guard let linked = recipients.preparation.credentials.linked else { throw ClientError.notLinked }
        let phone = (linked.lid ?? linked.phone).account
        let id = MessageID.make(own: linked.phone, nowSeconds: recipients.environment.nowSeconds)
        let stanza: Node
        if let ready = try await encrypted(message, id: id, to: phone, as: linked) {
            stanza = ready
        } else {
            _ = try await recipients.openSessions(with: [phone])
            guard let ready = try await encrypted(message, id: id, to: phone, as: linked) else {
                throw ClientError.phoneUnreachable
            }
            stanza = ready
        }
        recipients.connection.send(stanza)
        return id
    }

    /// Nil without a session with the phone.
    private func encrypted(
        _ message: PeerMessage, id: String, to phone: JID, as linked: DeviceCredentials.Linked
    ) async throws -> Node? {
        let vault = recipients.preparation.vault
        return try await recipients.database.write { sql in
            let padded = MessagePadding.pad(message.message.encoded())
            guard let ciphertext = try vault.encrypt(padded, to: phone, on: sql) else { return nil }
            let payload = EncryptedPayload(device: phone, kind: ciphertext.kind, bytes: ciphertext.bytes)
            return OutgoingPeerMessageStanza(
                id: id, own: linked.phone, message, payload: payload, deviceIdentity: linked.signedIdentity
            ).node
        }
    }
}
