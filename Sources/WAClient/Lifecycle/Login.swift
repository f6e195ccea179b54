import Storage
import WABinary
import WAProtocol

/// What a linked device does after the server's `success`, in WhatsApp Web's order: prekeys, then `active`, which releases
/// what waited in the server's queue (protocol reference 9.4).
struct Login: Sendable {
    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    func complete(_ success: LoginSuccess) async throws {
        let now = client.environment.nowMilliseconds()
        let linked = try await remember(success, nowMilliseconds: now)
        let upkeep = PreKeyUpkeep(
            account: client.account, credentials: credentials, database: client.database,
            configuration: client.configuration, environment: client.environment)
        try await upkeep.check(on: connection)
        try await connection.execute(PassiveRequest(isActive: true), environment: client.environment)
        client.announce(.online(linked))
    }

    /// Stores what `success` tells of us, and forgets what is older than retries may reach.
    private func remember(_ success: LoginSuccess, nowMilliseconds: Int64) async throws -> LinkedAccount {
        guard var linked = credentials.linked else { throw ClientError.notLinked }
        linked.lid = success.lid ?? linked.lid
        linked.pushName = success.displayName ?? linked.pushName
        let (account, updated, recorder) = (client.account, linked, client.recorder)
        let oldest = nowMilliseconds - client.configuration.retentionDays * 86_400_000
        try await client.database.write { sql in
            try DeviceStore(account: account).saveLinked(updated, on: sql)
            if let lid = updated.lid {
                try AddressMapStore(account: account).learn(lid: lid, phone: updated.phone, telling: recorder, on: sql)
            }
            try InboxStore(account: account).prune(before: oldest, on: sql)
            try SentMessageStore(account: account).prune(before: oldest, on: sql)
            try MessageSecretStore(account: account).prune(nowMilliseconds: nowMilliseconds, on: sql)
        }
        return LinkedAccount(updated)
    }
}

extension LinkedAccount {
    init(_ linked: DeviceCredentials.Linked) {
        self.init(phone: linked.phone, lid: linked.lid, pushName: linked.pushName, platform: linked.platform)
    }
}
