import Storage
package import WABinary
import WAProtocol

/// What of presence holds beyond one connection: the server forgets it with each.
struct PresenceWishes: Sendable, Equatable {
    /// Whether we are to be shown online; nil as long as nobody said.
    var isAvailable: Bool?
    /// Whose presence we want to hear of, oldest first.
    private(set) var watched: [JID] = []

    /// Beyond these the oldest are given up.
    static let maximumWatched = 1_000

    mutating func watch(_ person: JID) {
        watched.removeAll { $0 == person }
        watched.append(person)
        if watched.count > Self.maximumWatched { watched.removeFirst() }
    }
}

// Who is online. Source: protocol reference 5.19.
extension WhatsAppClient {
    /// Shows our account online or offline on this device, also after a reconnect; while it is online the phone may stay
    /// silent. Throws `ClientError.notConnected`, and `noPushName` while the phone has not told how the account is called.
    package func setPresence(isAvailable: Bool) async throws {
        try await showPresence(isAvailable: isAvailable, on: try connected())
        presence.isAvailable = isAvailable
    }

    /// Asks to be told when a person is online, again after each reconnect; we must be shown online ourselves.
    ///
    /// Throws `ClientError.notConnected`.
    package func subscribePresence(to person: JID) async throws {
        try await askPresence(of: person, on: try connected())
        presence.watch(person)
    }

    /// Tells a new connection what the one before was told.
    func restorePresence(on connection: Connection) async throws {
        guard presence.isAvailable == true else { return }
        try await showPresence(isAvailable: true, on: connection)
        for person in presence.watched { try await askPresence(of: person, on: connection) }
    }

    private func showPresence(isAvailable: Bool, on connection: Connection) async throws {
        let account = account
        let linked = try await database.read { try DeviceStore(account: account).load(on: $0)?.linked }
        guard let name = linked?.pushName, !name.isEmpty else { throw ClientError.noPushName }
        connection.send(OwnPresenceStanza(isAvailable: isAvailable, pushName: name).node)
    }

    private func askPresence(of person: JID, on connection: Connection) async throws {
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
