import Storage

/// The templates of all sessions.
enum TemplateStore {
    private static let columns = "id, session_id, name, body, header, footer, created_at, updated_at"

    /// Newest first.
    static func all(of sessionID: String, on connection: any SQLConnection) throws -> [TemplateRecord] {
        try connection.query(
            "SELECT \(columns) FROM gateway_templates WHERE session_id = $1 ORDER BY created_at DESC, name",
            [.text(sessionID)]
        ).map(template)
    }

    static func template(
        _ name: TemplateName, of sessionID: String, on connection: any SQLConnection
    ) throws -> TemplateRecord? {
        let column =
            switch name {
            case .id: "id"
            case .name: "name"
            }
        return try connection.query(
            "SELECT \(columns) FROM gateway_templates WHERE session_id = $1 AND \(column) = $2",
            [.text(sessionID), .text(name.text)]
        ).first.map(template)
    }

    /// Stores a template under its id, or puts it in the place of the one that is there.
    ///
    /// - Returns: false when another template has the name.
    static func put(_ template: TemplateRecord, on connection: any SQLConnection) throws -> Bool {
        if let other = try self.template(.name(template.name), of: template.sessionID, on: connection),
            other.id != template.id
        {
            return false
        }
        try connection.execute(
            """
            INSERT INTO gateway_templates (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, body = excluded.body, header = excluded.header,
                footer = excluded.footer, updated_at = excluded.updated_at
            """,
            [
                .text(template.id), .text(template.sessionID), .text(template.name), .text(template.body),
                SQLValue(template.header), SQLValue(template.footer), .integer(template.createdAtMilliseconds),
                .integer(template.updatedAtMilliseconds),
            ])
        return true
    }

    /// - Returns: false when there was none.
    static func delete(_ id: String, of sessionID: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "DELETE FROM gateway_templates WHERE session_id = $1 AND id = $2", [.text(sessionID), .text(id)]) > 0
    }

    private static func template(_ row: SQLRow) throws -> TemplateRecord {
        TemplateRecord(
            id: try row.text("id"), sessionID: try row.text("session_id"), name: try row.text("name"),
            body: try row.text("body"), header: try row.optionalText("header"),
            footer: try row.optionalText("footer"), createdAtMilliseconds: try row.integer("created_at"),
            updatedAtMilliseconds: try row.integer("updated_at"))
    }
}
