import SignalProtocol
import Storage
import WACrypto

/// Signal sessions by person and device; the peer's identity key stands beside the record.
struct SignalStore {
    let account: String

    func session(_ person: String, _ device: UInt16, on connection: any SQLConnection) throws -> Session? {
        try record(person, device, on: connection).map { try Session(decoding: $0) }
    }

    /// The encoded session.
    func record(_ person: String, _ device: UInt16, on connection: any SQLConnection) throws -> [UInt8]? {
        try connection.query(
            "SELECT record FROM client_session WHERE account = $1 AND person = $2 AND device = $3",
            [.text(account), .text(person), SQLValue(device)]
        ).first?.blob("record")
    }

    /// Saves a session that was made of this record.
    ///
    /// - Returns: false when another one is stored now.
    func replace(
        _ record: [UInt8], by session: Session, _ person: String, _ device: UInt16, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE client_session SET record = $5
            WHERE account = $1 AND person = $2 AND device = $3 AND record = $4
            """,
            [.text(account), .text(person), SQLValue(device), .blob(record), .blob(session.encoded())]) == 1
    }

    func save(_ session: Session, _ person: String, _ device: UInt16, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO client_session (account, person, device, identity, record) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account, person, device) DO UPDATE SET identity = excluded.identity, record = excluded.record
            """,
            [
                .text(account), .text(person), SQLValue(device), .blob(session.remoteIdentity.raw),
                .blob(session.encoded()),
            ])
    }

    /// The identity key last seen of a device, 32 bytes.
    func identity(_ person: String, _ device: UInt16, on connection: any SQLConnection) throws -> [UInt8]? {
        try connection.query(
            "SELECT identity FROM client_session WHERE account = $1 AND person = $2 AND device = $3",
            [.text(account), .text(person), SQLValue(device)]
        ).first?.blob("identity")
    }

    /// All sessions of a person end: their phone re-registered.
    func removeAll(of person: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM client_session WHERE account = $1 AND person = $2", [.text(account), .text(person)])
    }

    func remove(_ person: String, _ device: UInt16, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM client_session WHERE account = $1 AND person = $2 AND device = $3",
            [.text(account), .text(person), SQLValue(device)])
    }

    /// Whether the session may be made anew now: at most once an hour for each device.
    func mayRebuild(
        _ person: String, _ device: UInt16, nowMilliseconds: Int64, on connection: any SQLConnection
    ) throws -> Bool {
        let hour: Int64 = 3_600_000
        let row = try connection.query(
            "SELECT rebuilt_at FROM client_session WHERE account = $1 AND person = $2 AND device = $3",
            [.text(account), .text(person), SQLValue(device)]
        ).first
        guard let last = try row?.optionalInteger("rebuilt_at") else { return true }
        return nowMilliseconds - last >= hour
    }

    /// The session was made anew just now.
    func noteRebuilt(
        _ person: String, _ device: UInt16, nowMilliseconds: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE client_session SET rebuilt_at = $4 WHERE account = $1 AND person = $2 AND device = $3",
            [.text(account), .text(person), SQLValue(device), .integer(nowMilliseconds)])
    }
}
