import Storage
import StrictJSON
import WAProtocol

extension MessagePayload {
    /// The `metadata` of the message's row: what the payload says besides what the row has columns for; nil for nothing.
    var metadataJSONText: String? {
        guard content != nil || isViewOnce || (expiresAfterSeconds ?? 0) > 0 else { return nil }
        let members = json.members.filter { !Self.columnNames.contains($0.name) }
        return members.isEmpty ? nil : JSONObject(members).json
    }

    /// Members that are columns of the row, or follow from them.
    private static let columnNames: Set<String> = [
        "id", "from", "to", "chatId", "body", "type", "timestamp", "fromMe", "isGroup", "kind", "isStatusBroadcast", "author",
        "isLidSender", "contact",
    ]

    /// A stored message, either way, from the columns of `MessageStore.columns` and `content`.
    init(_ row: SQLRow, own: String, _ people: PeopleNames) throws {
        let author = try people.shown(row.text("author"))
        let chat = try people.shown(row.text("chat"))
        let isFromMe = try row.boolean("from_me")
        self.init(
            messageID: try row.text("message_id"), isFromMe: isFromMe, chat: chat, author: author, own: own,
            body: try row.text("body"), type: try row.text("type"), timestampSeconds: try row.integer("timestamp"),
            pushName: try row.optionalText("push_name"),
            contactName: isFromMe ? nil : try people.savedName(of: author.isEmpty ? chat : author),
            content: try row.optionalBlob("content").flatMap { MessageContent(encoded: $0) },
            row: try row.integer("seq"), metadataJSON: try row.optionalText("metadata"))
        guard let metadataJSON, let value = try? JSONReader.read(Array(metadataJSON.utf8)),
            case .object(let metadata) = value
        else { return }
        if case .number(let seconds)? = metadata["ephemeralDuration"] { expiresAfterSeconds = seconds.integer }
        if case .boolean(let isOnce)? = metadata["isViewOnce"] { isViewOnce = isOnce }
    }
}

extension MessageStore {
    /// The newest messages of a chat, oldest first, as live channels tell them.
    func history(
        of chats: [String], limit: Int, own: String, in sessionID: String, on connection: any SQLConnection
    ) throws -> [MessagePayload] {
        let people = PeopleNames(sessionID: sessionID, connection: connection)
        let rows = try connection.query(
            """
            SELECT \(Self.columns), content FROM gateway_messages WHERE session_id = $1 AND seq IN
                (SELECT seq FROM gateway_messages WHERE session_id = $1 AND chat IN ($2, $3, $4) ORDER BY seq DESC LIMIT $5)
            ORDER BY seq
            """, [.text(sessionID)] + MessageQuery.padded(chats) + [SQLValue(limit)])
        return try rows.map { try MessagePayload($0, own: own, people) }
    }
}
