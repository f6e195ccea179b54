import Storage
import WACrypto

/// One-time prekeys: made and stored before they are uploaded, kept until the session they made is confirmed.
struct PreKeyStore {
    let account: String

    /// Prekey ids are 24 bits on the wire.
    private static let idLimit: Int64 = 1 << 24

    /// Keys made earlier whose upload was never confirmed, filled up with new ones to `count`.
    func unuploaded(count: Int, on connection: any SQLConnection) throws -> [(id: UInt32, key: KeyPair)] {
        var keys = try connection.query(
            """
            SELECT id, private_key FROM client_prekey WHERE account = $1 AND uploaded = 0 AND used_by IS NULL
            ORDER BY id LIMIT $2
            """, [.text(account), SQLValue(count)]
        ).map { (id: UInt32(try $0.integer("id")), key: try KeyPair(privateKeyRaw: $0.blob("private_key"))) }
        guard keys.count < count else { return keys }
        var next = try connection.query(
            "SELECT next_prekey_id FROM client_device WHERE account = $1", [.text(account)]
        ).first?.integer("next_prekey_id") ?? 1
        while keys.count < count {
            let key = KeyPair()
            try connection.execute(
                """
                INSERT INTO client_prekey (account, id, private_key) VALUES ($1, $2, $3)
                ON CONFLICT (account, id) DO UPDATE SET private_key = excluded.private_key, uploaded = 0, used_by = NULL
                """, [.text(account), .integer(next), .blob(key.privateKeyRaw)])
            keys.append((UInt32(next), key))
            next = next + 1 < Self.idLimit ? next + 1 : 1
        }
        try connection.execute(
            "UPDATE client_device SET next_prekey_id = $2 WHERE account = $1", [.text(account), .integer(next)])
        return keys
    }

    func markUploaded(_ ids: [UInt32], on connection: any SQLConnection) throws {
        for id in ids {
            try connection.execute(
                "UPDATE client_prekey SET uploaded = 1 WHERE account = $1 AND id = $2", [.text(account), SQLValue(id)])
        }
    }

    func key(_ id: UInt32, on connection: any SQLConnection) throws -> KeyPair? {
        try connection.query(
            "SELECT private_key FROM client_prekey WHERE account = $1 AND id = $2", [.text(account), SQLValue(id)]
        ).first.map { try KeyPair(privateKeyRaw: $0.blob("private_key")) }
    }

    /// The key made a session with this person; it stays until `removeUsed`, for copies of the first message still under way.
    func markUsed(_ id: UInt32, by person: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE client_prekey SET used_by = $3 WHERE account = $1 AND id = $2",
            [.text(account), SQLValue(id), .text(person)])
    }

    /// The person answered on the session: its prekey has done its work.
    func removeUsed(by person: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM client_prekey WHERE account = $1 AND used_by = $2", [.text(account), .text(person)])
    }
}
