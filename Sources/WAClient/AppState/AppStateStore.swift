import Storage
import WACrypto
import WAProtocol

/// The keys of the account's app state, which its phone shares, and how far we have followed each collection.
struct AppStateStore {
    let account: String

    // MARK: - Keys

    func save(keyID: [UInt8], keyData: [UInt8], timestamp: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO client_app_state_key (account, key_id, key_data, made_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account, key_id) DO UPDATE SET key_data = excluded.key_data, made_at = excluded.made_at
            """, [.text(account), .blob(keyID), .blob(keyData), .integer(timestamp)])
    }

    /// Newest first: the first is used for what we add.
    func keys(on connection: any SQLConnection) throws -> [(id: [UInt8], keys: AppStateKeys)] {
        try connection.query(
            "SELECT key_id, key_data FROM client_app_state_key WHERE account = $1 ORDER BY made_at DESC, key_id DESC",
            [.text(account)]
        ).map { (try $0.blob("key_id"), try AppStateKeys(keyData: $0.blob("key_data"))) }
    }

    func hasKeys(on connection: any SQLConnection) throws -> Bool {
        try !connection.query(
            "SELECT 1 FROM client_app_state_key WHERE account = $1 LIMIT 1", [.text(account)]
        ).isEmpty
    }

    // MARK: - Collections

    /// The names of those that were followed at some time.
    func followed(on connection: any SQLConnection) throws -> Set<String> {
        try Set(
            connection.query("SELECT collection FROM client_app_state WHERE account = $1", [.text(account)])
                .map { try $0.text("collection") })
    }

    func collection(_ name: String, on connection: any SQLConnection) throws -> AppStateCollection {
        guard
            let row = try connection.query(
                "SELECT version, hash FROM client_app_state WHERE account = $1 AND collection = $2",
                [.text(account), .text(name)]
            ).first
        else { return AppStateCollection(name: name) }
        let rows = try connection.query(
            "SELECT index_mac, value_mac FROM client_app_state_value WHERE account = $1 AND collection = $2",
            [.text(account), .text(name)])
        let values = try rows.map { (try $0.blob("index_mac"), try $0.blob("value_mac")) }
        return AppStateCollection(
            name: name, version: UInt64(try row.integer("version")), hash: try LTHash(bytes: row.blob("hash")),
            values: Dictionary(values) { $1 })
    }

    /// Writes what changed of it.
    func save(_ collection: AppStateCollection, on connection: any SQLConnection) throws {
        let (account, name) = (SQLValue.text(account), SQLValue.text(collection.name))
        try connection.execute(
            """
            INSERT INTO client_app_state (account, collection, version, hash) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account, collection) DO UPDATE SET version = excluded.version, hash = excluded.hash
            """, [account, name, .integer(Int64(collection.version)), .blob(collection.hash.bytes)])
        if collection.isAnew {
            try connection.execute(
                "DELETE FROM client_app_state_value WHERE account = $1 AND collection = $2", [account, name])
        }
        for index in collection.touched {
            guard let value = collection.values[index] else {
                try connection.execute(
                    "DELETE FROM client_app_state_value WHERE account = $1 AND collection = $2 AND index_mac = $3",
                    [account, name, .blob(index)])
                continue
            }
            try connection.execute(
                """
                INSERT INTO client_app_state_value (account, collection, index_mac, value_mac) VALUES ($1, $2, $3, $4)
                ON CONFLICT (account, collection, index_mac) DO UPDATE SET value_mac = excluded.value_mac
                """, [account, name, .blob(index), .blob(value)])
        }
    }
}
