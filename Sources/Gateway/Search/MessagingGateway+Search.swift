import Storage

extension MessagingGateway {
    /// Stored messages with all the words of a text, the best first (contract 19).
    ///
    /// - Throws: `GatewayError.searchUnavailable`, `.invalidChatID` for a `chatId` or `from` that is no address.
    package func search(_ query: SearchQuery) async throws -> SearchPage {
        guard canSearch else { throw GatewayError.searchUnavailable }
        let chat = try query.chatID.map { try ChatID(parsing: $0) }
        let from = try query.from.map { try ChatID(parsing: $0, field: "from") }
        await searchIndexer.catchUpForSearch()
        let accounts = directory.all.map { (id: $0.id, ownID: $0.ownID) }
        return try await environment.database.read { connection in
            let fromForms = try from.map { try $0.storedForms(on: connection) } ?? []
            return try SearchStore().page(
                query, chatForms: chat.map { try $0.storedForms(on: connection) } ?? [], fromForms: fromForms,
                ownSessions: accounts.filter { fromForms.contains($0.ownID) }.map(\.id), on: connection)
        }
    }

    var searchIndexer: SearchIndexer { SearchIndexer(database: environment.database, logger: environment.logger) }

    /// Makes the index of words, where the database has what it takes.
    ///
    /// - Returns: whether messages can be searched.
    static func prepareSearch(on database: some SQLDatabase) async throws -> Bool {
        let isThere = try await database.read { connection in
            try connection.query("SELECT 1 AS one FROM pragma_module_list WHERE name = 'fts5'").isEmpty == false
        }
        if isThere { try await Migrator.migrate(database, GatewaySchema.search) }
        return isThere
    }
}
