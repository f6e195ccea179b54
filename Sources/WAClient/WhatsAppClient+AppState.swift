import WABinary
package import WAProtocol

extension WhatsAppClient {
    /// Takes a message away on the devices of this account only; the other side keeps it.
    ///
    /// `sentAtSeconds` is the message's own time. Throws `ClientError.notConnected`, `noAppStateKey` when the phone has not
    /// shared its key with us, and `IQError` when the server refuses.
    package func deleteForMe(_ key: MessageKey, sentAtSeconds: Int64, deletesMedia: Bool = true) async throws {
        let connection = try connected()
        let (account, now) = (account, environment.nowMilliseconds())
        try await appState.perform(
            account: account, database: database, transfer: media, connection: connection, environment: environment
        ) { sql in
            guard let linked = try DeviceStore(account: account).load(on: sql)?.linked else { throw ClientError.notLinked }
            let hasLID = try !key.chat.isPerson || AddressMapStore(account: account).lid(of: key.chat, on: sql) != nil
            let addressing = WireAddressing(account: account, linked: linked, usesLID: linked.lid != nil && hasLID)
            var key = key
            try key.mapAddresses { try addressing.form(of: $0, on: sql) }
            return .deleteForMe(key, sentAtSeconds: sentAtSeconds, deletesMedia: deletesMedia, nowMilliseconds: now)
        }
    }
}
