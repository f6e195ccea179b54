import Logging
import Storage
import WABinary
import WAProtocol

/// What a linked device does after the server's `success`, in WhatsApp Web's order: prekeys, then `active`, which releases
/// what waited in the server's queue (protocol reference 9.4).
///
/// A step that the server refuses or does not answer ends no connection: the account is online without it, and it is tried
/// again in the background.
struct Login: Sendable {
    enum Step: Sendable { case preKeys, active }

    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    /// Answers the steps that are still to be done.
    func complete(_ success: LoginSuccess) async throws -> [Step] {
        let now = client.environment.nowMilliseconds()
        let linked = try await remember(success, nowMilliseconds: now)
        connection.send(UnifiedSessionStanza(nowMilliseconds: now, serverOffsetMilliseconds: success.offset(from: now)).node)
        var open: [Step] = []
        for step in [Step.preKeys, .active] where try await !isDone(step) { open.append(step) }
        client.announce(.online(linked))
        return open
    }

    /// Tries open steps again, further and further apart, until all are done or the connection is over.
    func catchUp(_ steps: [Step]) async {
        var (open, wait) = (steps, client.configuration.loginRetryUnit)
        while !open.isEmpty {
            do {
                try await client.environment.clock.sleep(for: wait)
                var failed: [Step] = []
                for step in open where try await !isDone(step) { failed.append(step) }
                open = failed
            } catch { return }
            wait = min(wait * 2, Self.longestWait)
        }
    }

    private static let longestWait = Duration.seconds(1_800)

    /// Throws when the connection is over.
    private func isDone(_ step: Step) async throws -> Bool {
        do {
            switch step {
            case .preKeys: try await PreKeyUpkeep(of: client, as: credentials).check(on: connection)
            case .active: try await connection.execute(PassiveRequest(isActive: true), environment: client.environment)
            }
            return true
        } catch {
            if Task.isCancelled || connection.closeReason != nil { throw error }
            client.environment.logger.warning(
                "a step of the login failed and is tried again later", metadata: ["step": "\(step)", "error": "\(error)"])
            return false
        }
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
