extension MessagingGateway {
    /// The record of a raw API key; nil for a key nobody was given. Costs no SQL.
    ///
    /// A revoked or expired key is returned too (`isActive`, `isExpired`): the guard answers those in their own words.
    /// A usable one's usage is counted, and written at most once a minute.
    package func authenticate(key: String) -> APIKeyRecord? {
        keyring.record(of: key, nowMilliseconds: environment.nowMilliseconds)
    }

    /// Makes the first key when there is none.
    package func bootstrapKeys(_ bootstrap: APIKeyBootstrap) async throws -> APIKeyBootstrap.Outcome {
        try await bootstrap.run(
            keyring, hash: keyHash, id: makeUUID(), database: environment.database,
            nowMilliseconds: environment.nowMilliseconds)
    }
}
