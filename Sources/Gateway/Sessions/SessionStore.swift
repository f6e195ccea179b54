import Storage
import WAClient

/// The sessions' rows.
struct SessionStore: Sendable {
    /// What is stored of a session.
    struct Row: Sendable, Equatable {
        let id: String
        let name: String
        var status: SessionStatus
        /// Whether it is to run when the process starts: true from a start until a stop.
        var isWanted: Bool
        var isLinked: Bool
        var phone: String?
        var pushName: String?
        var configurationJSON: String?
        var connectedAtMilliseconds: Int64?
        var lastActiveMilliseconds: Int64?
        let createdAtMilliseconds: Int64
        var updatedAtMilliseconds: Int64
        /// What the newest `session.status` says, and whether the newest word of a ban is that there is one.
        var toldStatus: SessionStatus?
        var isBanTold = false
    }

    static func all(on connection: any SQLConnection) throws -> [Row] {
        try connection.query("SELECT * FROM gateway_sessions ORDER BY created_at DESC, id").map { row in
            Row(
                id: try row.text("id"), name: try row.text("name"),
                status: SessionStatus(rawValue: try row.text("status")) ?? .disconnected,
                isWanted: try row.text("desired") == "running", isLinked: try row.boolean("linked"),
                phone: try row.optionalText("phone"), pushName: try row.optionalText("push_name"),
                configurationJSON: try row.optionalText("configuration"),
                connectedAtMilliseconds: try row.optionalInteger("connected_at"),
                lastActiveMilliseconds: try row.optionalInteger("last_active_at"),
                createdAtMilliseconds: try row.integer("created_at"),
                updatedAtMilliseconds: try row.integer("updated_at"),
                toldStatus: try row.optionalText("told_status").flatMap(SessionStatus.init),
                isBanTold: try row.boolean("told_ban"))
        }
    }

    /// - Returns: false when the name is taken.
    static func insert(_ row: Row, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO gateway_sessions (id, name, status, desired, linked, phone, push_name, configuration, connected_at,
                last_active_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(row.id), .text(row.name), .text(row.status.rawValue), .text(row.isWanted ? "running" : "stopped"),
                SQLValue(row.isLinked), SQLValue(row.phone), SQLValue(row.pushName), SQLValue(row.configurationJSON),
                SQLValue(row.connectedAtMilliseconds), SQLValue(row.lastActiveMilliseconds),
                .integer(row.createdAtMilliseconds), .integer(row.updatedAtMilliseconds),
            ]) == 1
    }

    static func configuration(of id: String, on connection: any SQLConnection) throws -> String? {
        try connection.query("SELECT configuration FROM gateway_sessions WHERE id = $1", [.text(id)])
            .first?.optionalText("configuration")
    }

    static func configure(
        _ id: String, _ json: String, nowMilliseconds: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE gateway_sessions SET configuration = $2, updated_at = $3 WHERE id = $1",
            [.text(id), .text(json), .integer(nowMilliseconds)])
    }

    /// Whether the session is to run again at boot, and how it rests until then.
    static func settle(
        _ id: String, isWanted: Bool?, status: SessionStatus, nowMilliseconds: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_sessions SET desired = COALESCE($2, desired), status = $3, updated_at = $4 WHERE id = $1
            """,
            [
                .text(id), SQLValue(isWanted.map { $0 ? "running" : "stopped" }), .text(status.rawValue),
                .integer(nowMilliseconds),
            ])
    }

    /// An event tells this of the session. A failure is how it rests, too: nobody starts it again by itself.
    static func note(_ told: GatewayEvent.Told, of id: String, on connection: any SQLConnection) throws {
        switch told {
        case .status(let status):
            try connection.execute(
                """
                UPDATE gateway_sessions SET told_status = $2, status = CASE $2 WHEN 'failed' THEN $2 ELSE status END
                WHERE id = $1
                """, [.text(id), .text(status.rawValue)])
        case .ban(let isActive):
            try connection.execute(
                "UPDATE gateway_sessions SET told_ban = $2 WHERE id = $1", [.text(id), SQLValue(isActive)])
        }
    }

    /// The device was linked. The number is known at once, the name often later; a missing one erases nothing.
    static func link(
        _ id: String, phone: String?, pushName: String?, connectedAtMilliseconds: Int64?, nowMilliseconds: Int64,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE gateway_sessions SET linked = 1, status = 'disconnected', phone = COALESCE($2, phone),
                push_name = COALESCE($3, push_name), connected_at = COALESCE($4, connected_at), last_active_at = $5,
                updated_at = $5
            WHERE id = $1
            """,
            [
                .text(id), SQLValue(phone), SQLValue(pushName), SQLValue(connectedAtMilliseconds),
                .integer(nowMilliseconds),
            ])
    }

    /// The device is no longer linked: the login is gone, and so is the number.
    static func unlink(_ id: String, nowMilliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE gateway_sessions SET linked = 0, desired = 'stopped', status = 'disconnected', phone = NULL,
                push_name = NULL, updated_at = $2
            WHERE id = $1
            """, [.text(id), .integer(nowMilliseconds)])
    }

    static func touch(_ id: String, lastActiveMilliseconds: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE gateway_sessions SET last_active_at = $2 WHERE id = $1",
            [.text(id), .integer(lastActiveMilliseconds)])
    }

    /// Removes the session and everything that is kept for it, the login included.
    static func delete(_ id: String, on connection: any SQLConnection) throws {
        for table in [
            "gateway_webhooks", "gateway_batch_media", "gateway_batch_items", "gateway_batches", "gateway_templates",
            "gateway_request_keys", "gateway_refused_chats",
            "gateway_reactions", "gateway_poll_votes", "gateway_receipts", "gateway_presence", "gateway_contacts", "gateway_chats",
            "gateway_actions", "gateway_outbox", "gateway_messages",
        ] {
            try connection.execute("DELETE FROM \(table) WHERE session_id = $1", [.text(id)])
        }
        try ClientSchema.erase(account: id, on: connection)
        try connection.execute("DELETE FROM gateway_sessions WHERE id = $1", [.text(id)])
    }
}
