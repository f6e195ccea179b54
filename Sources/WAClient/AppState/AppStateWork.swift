import Storage
import WAProtocol

/// Which collections are to be followed, until they are: rows, so that a kill forgets none.
struct AppStateWork: Sendable {
    let account: String

    struct Item: Sendable {
        let collection: String
        /// The newest reason when it was read.
        let mark: Int64
    }

    /// There is news of these collections; unknown names are ignored.
    func want(_ collections: some Sequence<String>, on sql: any SQLConnection) throws {
        for name in collections {
            guard let known = AppStateCollection.Name(rawValue: name) else { continue }
            try sql.execute(
                """
                INSERT INTO client_app_state_work (account, collection, mark) VALUES ($1, $2, 1)
                ON CONFLICT (account, collection) DO UPDATE SET mark = client_app_state_work.mark + 1
                """, [.text(account), .text(known.rawValue)])
        }
    }

    /// Collections that were never followed.
    func wantMissing(on sql: any SQLConnection) throws {
        let known = try AppStateStore(account: account).followed(on: sql)
        try want(AppStateCollection.Name.allCases.map(\.rawValue).filter { !known.contains($0) }, on: sql)
    }

    func wantAll(on sql: any SQLConnection) throws {
        try want(AppStateCollection.Name.allCases.map(\.rawValue), on: sql)
    }

    /// In the order WhatsApp Web takes them: what is critical first.
    func pending(on sql: any SQLConnection) throws -> [Item] {
        let rows = try sql.query("SELECT collection, mark FROM client_app_state_work WHERE account = $1", [.text(account)])
        let items = try rows.map { Item(collection: try $0.text("collection"), mark: try $0.integer("mark")) }
        return AppStateCollection.Name.allCases.compactMap { name in items.first { $0.collection == name.rawValue } }
    }

    /// It was followed for every reason there was when the item was read.
    func finish(_ item: Item, on sql: any SQLConnection) throws {
        try sql.execute(
            "DELETE FROM client_app_state_work WHERE account = $1 AND collection = $2 AND mark = $3",
            [.text(account), .text(item.collection), .integer(item.mark)])
    }

    /// Whether the phone may be asked for a key now; if so it counts as asked.
    func askingForKey(
        _ id: [UInt8], nowMilliseconds: Int64, notSince earliest: Int64, on sql: any SQLConnection
    ) throws -> Bool {
        try sql.execute(
            """
            INSERT INTO client_app_state_key_request (account, key_id, asked_at) VALUES ($1, $2, $3)
            ON CONFLICT (account, key_id) DO UPDATE SET asked_at = excluded.asked_at
            WHERE client_app_state_key_request.asked_at <= $4
            """, [.text(account), .blob(id), .integer(nowMilliseconds), .integer(earliest)]) > 0
    }

    /// Whether the phone may be asked for a collection now; if so it counts as asked.
    func askingForRescue(
        of collection: String, nowMilliseconds: Int64, notSince earliest: Int64, on sql: any SQLConnection
    ) throws -> Bool {
        try sql.execute(
            """
            UPDATE client_app_state_work SET asked_phone_at = $3
            WHERE account = $1 AND collection = $2 AND (asked_phone_at IS NULL OR asked_phone_at <= $4)
            """, [.text(account), .text(collection), .integer(nowMilliseconds), .integer(earliest)]) > 0
    }

    /// Whether the phone was asked for the collection and it is still to be followed.
    func isAwaitingRescue(of collection: String, on sql: any SQLConnection) throws -> Bool {
        try !sql.query(
            """
            SELECT 1 FROM client_app_state_work
            WHERE account = $1 AND collection = $2 AND asked_phone_at IS NOT NULL
            """, [.text(account), .text(collection)]
        ).isEmpty
    }
}
