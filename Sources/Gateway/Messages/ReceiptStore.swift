import Storage
import WABinary

/// What each device of each recipient said of a message of ours: when it came there, was read, played, or had to be sent anew.
///
/// Written beside the message's own status, for its timeline; rows go with their message.
enum ReceiptStore {
    enum Kind: String {
        case delivered = "delivered_at"
        case read = "read_at"
        case played = "played_at"
    }

    /// The first word of each kind stands: devices repeat themselves.
    ///
    /// - Returns: whether it is the first of this kind from any device of this person.
    static func put(
        _ kind: Kind, _ messageID: String, by device: JID, atMilliseconds: Int64, in sessionID: String,
        on connection: any SQLConnection
    ) throws -> Bool {
        let column = kind.rawValue
        let isNew = try connection.execute(
            """
            INSERT INTO gateway_receipts (session_id, message_id, person, device, \(column)) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (session_id, message_id, person, device) DO UPDATE SET \(column) = excluded.\(column)
            WHERE gateway_receipts.\(column) IS NULL
            """, key(messageID, device, sessionID) + [.integer(atMilliseconds)])
        guard isNew > 0 else { return false }
        return try connection.query(
            """
            SELECT device FROM gateway_receipts
            WHERE session_id = $1 AND message_id = $2 AND person = $3 AND device <> $4 AND \(column) IS NOT NULL LIMIT 1
            """, key(messageID, device, sessionID)
        ).isEmpty
    }

    /// A device could not read the message and got it anew, for the so manieth time.
    static func putRetry(
        count: Int, _ messageID: String, to device: JID, atMilliseconds: Int64, in sessionID: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO gateway_receipts (session_id, message_id, person, device, retries, retried_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (session_id, message_id, person, device) DO UPDATE SET retries = excluded.retries,
                retried_at = excluded.retried_at
            WHERE gateway_receipts.retries < excluded.retries
            """, key(messageID, device, sessionID) + [SQLValue(count), .integer(atMilliseconds)])
    }

    static func all(
        of messageID: String, in sessionID: String, on connection: any SQLConnection
    ) throws -> [DeviceReceipt] {
        try connection.query(
            """
            SELECT person, device, delivered_at, read_at, played_at, retries, retried_at FROM gateway_receipts
            WHERE session_id = $1 AND message_id = $2 ORDER BY person, device
            """, [.text(sessionID), .text(messageID)]
        ).map { row in
            DeviceReceipt(
                personID: try row.text("person"), device: Int(try row.integer("device")),
                deliveredAtMilliseconds: try row.optionalInteger("delivered_at"),
                readAtMilliseconds: try row.optionalInteger("read_at"),
                playedAtMilliseconds: try row.optionalInteger("played_at"), retries: Int(try row.integer("retries")),
                retriedAtMilliseconds: try row.optionalInteger("retried_at"))
        }
    }

    private static func key(_ messageID: String, _ device: JID, _ sessionID: String) -> [SQLValue] {
        [.text(sessionID), .text(messageID), .text(ChatID.neutral(device)), .integer(Int64(device.device))]
    }
}

/// What one device said of a message; times in Unix milliseconds.
package struct DeviceReceipt: Sendable, Equatable {
    /// The neutral id of the device's owner.
    package let personID: String
    /// 0 is the phone.
    package let device: Int
    package let deliveredAtMilliseconds: Int64?
    package let readAtMilliseconds: Int64?
    package let playedAtMilliseconds: Int64?
    package let retries: Int
    package let retriedAtMilliseconds: Int64?
}
