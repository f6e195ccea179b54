import Storage

/// API keys: recognised from memory, changed in the database first, effective for every request from the answer on.
extension MessagingGateway {
    /// The record of a raw API key; nil for a key nobody was given. Costs no SQL.
    ///
    /// A revoked or expired key is returned too (`isActive`, `isExpired`): the guard answers those in their own words.
    package func authenticate(key: String) -> APIKeyRecord? { keyring.record(of: key) }

    /// Counts a request that was admitted with a key; written down at most once a minute.
    package func countUse(of key: APIKeyRecord) {
        keyring.countUse(of: key.id, nowMilliseconds: environment.nowMilliseconds)
    }

    /// Makes the first key when there is none.
    package func bootstrapKeys(_ bootstrap: APIKeyBootstrap) async throws -> APIKeyBootstrap.Outcome {
        let outcome = try await bootstrap.run(
            keyring, hash: keyHash, id: makeUUID(), database: environment.database,
            nowMilliseconds: environment.nowMilliseconds)
        if outcome == .existing { removeUselessKeyFile() }
        return outcome
    }

    // MARK: - Managing keys

    /// All keys, newest first.
    package var apiKeys: [APIKeyRecord] { keyring.all }

    /// - Throws: `GatewayError.apiKeyNotFound`.
    package func apiKey(_ id: String) throws(GatewayError) -> APIKeyRecord {
        guard let key = keyring.all.first(where: { $0.id == id }) else { throw .apiKeyNotFound(id) }
        return key
    }

    /// Makes a key. Its raw form is in the answer and nowhere else.
    package func createAPIKey(_ draft: APIKeyDraft) async throws -> (record: APIKeyRecord, rawKey: String) {
        let rawKey = APIKeyHash.makeRawKey()
        let record = APIKeyRecord(
            id: makeUUID(), name: draft.name, keyPrefix: APIKeyHash.prefix(of: rawKey), role: draft.role,
            allowedIPs: draft.allowedIPs, allowedSessions: sessionIDs(draft.allowedSessions),
            expiresAtMilliseconds: draft.expiresAtMilliseconds, createdAtMilliseconds: environment.nowMilliseconds)
        let key = APIKeyStore.Stored(record: record, hash: keyHash(rawKey))
        try await changeKeys { try APIKeyStore.insert(key, on: $0) }
        return (record, rawKey)
    }

    /// - Throws: `GatewayError.apiKeyNotFound`, `.lastAdminKey`.
    package func updateAPIKey(_ id: String, _ change: APIKeyChange) async throws -> APIKeyRecord {
        var change = change
        change.allowedSessions = change.allowedSessions.map(sessionIDs)
        let resolved = change
        return try await changeKey(id) { resolved.applied(to: $0) }
    }

    /// Makes a key unusable for good; it stays in the list. Repeatable.
    ///
    /// - Throws: `GatewayError.apiKeyNotFound`, `.lastAdminKey`.
    package func revokeAPIKey(_ id: String) async throws -> APIKeyRecord {
        try await changeKey(id) { record in
            var record = record
            record.isActive = false
            return record
        }
    }

    /// - Throws: `GatewayError.apiKeyNotFound`, `.lastAdminKey`.
    package func deleteAPIKey(_ id: String) async throws {
        let fileID = bootstrapFileKey?.id
        let now = environment.nowMilliseconds
        try await changeKeys { connection in
            let (key, records) = try Self.key(id, on: connection)
            try LastAdminRule.check(key.record, becoming: nil, among: records, nowMilliseconds: now)
            try APIKeyStore.delete(id, on: connection)
        }
        if fileID == id { keyFile?.remove() }
    }

    private func changeKey(
        _ id: String, _ change: @escaping @Sendable (APIKeyRecord) -> APIKeyRecord
    ) async throws -> APIKeyRecord {
        let now = environment.nowMilliseconds
        try await changeKeys { connection in
            let (key, records) = try Self.key(id, on: connection)
            let changed = change(key.record)
            try LastAdminRule.check(key.record, becoming: changed, among: records, nowMilliseconds: now)
            try APIKeyStore.update(changed, on: connection)
        }
        removeUselessKeyFile()
        return try apiKey(id)
    }

    /// One transaction, after which the keys in memory are those in the database.
    private func changeKeys(_ change: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        let (keys, revision) = try await write { [keyring] connection in
            try change(connection)
            return (try APIKeyStore.all(on: connection), keyring.nextRevision())
        }
        keyring.replace(with: keys, revision: revision)
    }

    private static func key(
        _ id: String, on connection: any SQLConnection
    ) throws -> (key: APIKeyStore.Stored, all: [APIKeyRecord]) {
        let keys = try APIKeyStore.all(on: connection)
        guard let key = keys.first(where: { $0.record.id == id }) else { throw GatewayError.apiKeyNotFound(id) }
        return (key, keys.map(\.record))
    }

    /// Names become ids. What no session has stays as it is and matches none: a key never reaches more than it was given.
    private func sessionIDs(_ given: [String]) -> [String] {
        var ids: [String] = []
        for id in given.map({ sessionID($0) ?? $0 }) where !ids.contains(id) { ids.append(id) }
        return ids
    }

    // MARK: - The first key's file

    private var keyFile: APIKeyFile? { configuration.apiKeyFile.map(APIKeyFile.init) }

    private var bootstrapFileKey: APIKeyRecord? { keyFile?.read().flatMap(keyring.record(of:)) }

    /// A file with a key that opens nothing any more only invites mistakes.
    private func removeUselessKeyFile() {
        guard let key = bootstrapFileKey else { return }
        if !key.isActive || key.isExpired(atMilliseconds: environment.nowMilliseconds) { keyFile?.remove() }
    }
}
