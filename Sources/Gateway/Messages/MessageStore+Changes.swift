import Storage
import WABinary

// What is noted of stored messages after they came.

extension MessageStore {
    func setStarred(
        _ isStarred: Bool, _ key: RowKey, in sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET starred = $6
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5
            """, key.arguments(sessionID) + [SQLValue(isStarred)])
    }

    /// - Parameter until: Unix milliseconds; nil: no longer pinned.
    func setPinned(
        untilMilliseconds until: Int64?, _ key: RowKey, in sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET pinned_until = $6
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5
            """, key.arguments(sessionID) + [SQLValue(until)])
    }

    /// A disappearing message is kept for everybody, or left to disappear again.
    func setKept(_ isKept: Bool, _ key: RowKey, in sessionID: String, on connection: any SQLConnection) throws {
        let expiry =
            isKept
            ? "NULL"
            : """
            (SELECT gateway_messages.timestamp * 1000 + c.ephemeral_seconds * 1000 FROM gateway_chats c
             WHERE c.session_id = $1 AND c.chat = $4 AND c.ephemeral_seconds > 0)
            """
        try connection.execute(
            """
            UPDATE gateway_messages SET expires_at = \(expiry)
            WHERE session_id = $1 AND message_id = $2 AND from_me = $3 AND chat = $4 AND author = $5
            """, key.arguments(sessionID))
    }

    /// Our message was encrypted for these devices; the first time stands.
    func noteEncryption(
        of messageID: String, for devices: [JID], atMilliseconds: Int64, in sessionID: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET encrypted_at = $3, encrypted_for = $4
            WHERE session_id = $1 AND message_id = $2 AND from_me = 1 AND encrypted_at IS NULL
            """,
            [
                .text(sessionID), .text(messageID), .integer(atMilliseconds),
                .text(DeviceList(devices).text),
            ])
    }

    /// Every received message of the chat counts as read.
    func readAll(in chat: String, of sessionID: String, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET status = 3
            WHERE session_id = $1 AND chat = $2 AND from_me = 0 AND status >= 0 AND status < 3
            """, [.text(sessionID), .text(chat)])
    }

    /// Of a chat's history the newest received messages are those not read yet.
    func unreadNewest(
        _ count: Int, in chat: String, of sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_messages SET status = 2 WHERE session_id = $1 AND seq < 0 AND status = 3 AND seq IN
                (SELECT seq FROM gateway_messages WHERE session_id = $1 AND chat = $2 AND from_me = 0
                 ORDER BY seq DESC LIMIT $3)
            """, [.text(sessionID), .text(chat), SQLValue(count)])
    }

    /// The messages of a chat up to a time are gone, with everything noted of them.
    func clear(
        _ chat: String, throughSeconds: Int64, keepsStarred: Bool, in sessionID: String,
        on connection: any SQLConnection
    ) throws {
        try remove(
            "chat = $2 AND timestamp <= $3 AND starred <= $4",
            [.text(chat), .integer(throughSeconds), .integer(keepsStarred ? 0 : 1)], of: sessionID, on: connection)
    }

    /// Takes rows of a session away with their receipts, reactions and votes.
    ///
    /// - Parameter condition: Its parameters start at `$2`; `$1` is the session.
    /// - Returns: how many messages went.
    @discardableResult
    func remove(
        _ condition: String, _ arguments: [SQLValue], of sessionID: String, on connection: any SQLConnection
    ) throws -> Int {
        let rows = "FROM gateway_messages WHERE session_id = $1 AND \(condition)"
        let arguments = [SQLValue.text(sessionID)] + arguments
        try connection.execute(
            "DELETE FROM gateway_receipts WHERE session_id = $1 AND message_id IN (SELECT message_id \(rows) AND from_me = 1)",
            arguments)
        for table in ["gateway_reactions", "gateway_poll_votes"] {
            try connection.execute(
                "DELETE FROM \(table) WHERE session_id = $1 AND (chat, message_id) IN (SELECT chat, message_id \(rows))",
                arguments)
        }
        return try connection.execute("DELETE \(rows)", arguments)
    }
}

/// The devices that a message was encrypted for, as compact text: `6281234567890@c.us:0,3;628111111111@c.us:0`.
struct DeviceList: Equatable {
    let devices: [(person: String, device: Int)]
    /// A message to a large group has thousands; the first tell enough.
    private static let limit = 256

    init(_ devices: [JID]) {
        self.devices = devices.prefix(Self.limit).map { (ChatID.neutral($0), Int($0.device)) }
    }

    init(text: String) {
        devices = text.split(separator: ";").flatMap { part -> [(String, Int)] in
            guard let colon = part.lastIndex(of: ":") else { return [] }
            let person = String(part[..<colon])
            return part[part.index(after: colon)...].split(separator: ",").compactMap { Int($0) }.map { (person, $0) }
        }
    }

    var text: String {
        var order: [String] = []
        var numbers: [String: [Int]] = [:]
        for (person, device) in devices {
            if numbers[person] == nil { order.append(person) }
            numbers[person, default: []].append(device)
        }
        return order.map { "\($0):" + numbers[$0, default: []].map(String.init).joined(separator: ",") }
            .joined(separator: ";")
    }

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }
}
