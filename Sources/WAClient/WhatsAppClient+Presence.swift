import Storage
package import WABinary
import WAProtocol

// Who is online. Source: protocol reference 5.19.
extension WhatsAppClient {
    /// Shows our account online or offline on this device, until the connection ends; while it is online the phone may stay
    /// silent. Throws `ClientError.notConnected`, and `noPushName` while the phone has not told how the account is called.
    package func setPresence(isAvailable: Bool) async throws {
        let connection = try connected()
        let account = account
        let linked = try await database.read { try DeviceStore(account: account).load(on: $0)?.linked }
        guard let name = linked?.pushName, !name.isEmpty else { throw ClientError.noPushName }
        connection.send(OwnPresenceStanza(isAvailable: isAvailable, pushName: name).node)
    }

    /// Asks to be told when a person is online, until the connection ends; we must be shown online ourselves.
    ///
    /// Throws `ClientError.notConnected`.
    package func subscribePresence(to person: JID) async throws {
        let connection = try connected()
        let wire = try await wireForm(of: person)
        connection.send(PresenceSubscriptionStanza(to: wire, privacyToken: try await privacyToken(for: wire)).node)
    }

    /// What the person gave us to be asked about them with; nil where there is none.
    private func privacyToken(for person: JID) async throws -> [UInt8]? {
        let (account, now) = (account, environment.nowSeconds)
        return try await database.read {
            try PrivacyTokens(account: account).trusted(by: person, nowSeconds: now, on: $0)
        }
    }
}
