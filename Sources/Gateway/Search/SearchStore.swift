import Storage
import StrictJSON

/// Finds messages by the words in them. Source of the functions used: sqlite.org/fts5.html.
///
/// Everything starts from the index and touches a row only where a filter or the answer needs it. Ranking looks at no more
/// than the newest `window` of what was found: a word that stands in half of all messages says nothing about any of
/// them, and ranking all would take a quarter of a second for 50,000. What is older follows by time.
struct SearchStore: Sendable {
    static let window = 2_000

    /// - Parameters:
    ///   - chatForms: The stored forms of `query.chatID`.
    ///   - fromForms: The same of `query.from`.
    ///   - ownSessions: Those whose account `query.from` is itself: what it sent is all that is ours there.
    func page(
        _ query: SearchQuery, chatForms: [String], fromForms: [String], ownSessions: [String] = [],
        on connection: any SQLConnection
    ) throws -> SearchPage {
        guard let expression = SearchTerms.expression(for: query.text) else { return SearchPage(hits: [], total: 0) }
        let filter = Filter(expression, query, chatForms: chatForms, fromForms: fromForms, ownSessions: ownSessions)
        let total = try count(filter, on: connection)
        var found: [(seq: Int64, score: Double?)] = []
        if query.offset < min(total, Self.window) {
            let limit = min(query.limit, Self.window - query.offset)
            found += try ranked(filter, total: total, limit: limit, offset: query.offset, on: connection)
        }
        let missing = query.limit - found.count
        if missing > 0, total > Self.window, query.offset + found.count >= Self.window {
            found += try newest(filter, limit: missing, offset: query.offset + found.count, on: connection)
        }
        return SearchPage(hits: try hits(found, expression, on: connection), total: total)
    }

    private func count(_ filter: Filter, on connection: any SQLConnection) throws -> Int {
        let rows = try connection.query("SELECT COUNT(*) AS total \(filter.source)", filter.arguments)
        return Int(try rows.first?.integer("total") ?? 0)
    }

    private func ranked(
        _ filter: Filter, total: Int, limit: Int, offset: Int, on connection: any SQLConnection
    ) throws -> [(seq: Int64, score: Double?)] {
        var filter = filter
        if total > Self.window, let oldest = try newest(filter, limit: 1, offset: Self.window - 1, on: connection).first
        {
            filter.add("gateway_search.rowid >= ?", [.integer(oldest.seq)])
        }
        return try connection.query(
            """
            SELECT gateway_search.rowid AS seq, rank AS score \(filter.joined)
            ORDER BY rank, m.timestamp DESC, m.seq DESC LIMIT \(filter.next(1)) OFFSET \(filter.next(2))
            """, filter.arguments + [SQLValue(limit), SQLValue(offset)]
        ).map { (try $0.integer("seq"), try $0.real("score")) }
    }

    private func newest(
        _ filter: Filter, limit: Int, offset: Int, on connection: any SQLConnection
    ) throws -> [(seq: Int64, score: Double?)] {
        try connection.query(
            """
            SELECT gateway_search.rowid AS seq \(filter.source)
            ORDER BY gateway_search.rowid DESC LIMIT \(filter.next(1)) OFFSET \(filter.next(2))
            """, filter.arguments + [SQLValue(limit), SQLValue(offset)]
        ).map { (try $0.integer("seq"), nil) }
    }

    private func hits(
        _ found: [(seq: Int64, score: Double?)], _ expression: String, on connection: any SQLConnection
    ) throws -> [SearchHit] {
        guard !found.isEmpty else { return [] }
        let places = "[" + found.map { String($0.seq) }.joined(separator: ",") + "]"
        let rows = try connection.query(
            """
            SELECT \(MessageStore.columns(of: "m")), snippet(gateway_search, 0, '<mark>', '</mark>', '…', 24) AS snippet
            FROM gateway_search CROSS JOIN gateway_messages m ON m.seq = gateway_search.rowid
            WHERE gateway_search MATCH $1 AND gateway_search.rowid IN (SELECT value FROM json_each($2))
            """, [.text(expression), .text(places)])
        var messages: [Int64: (MessageRecord, String)] = [:]
        for row in rows {
            let people = PeopleNames(sessionID: try row.text("session_id"), connection: connection)
            messages[try row.integer("seq")] = (try MessageStore.record(row, people), try row.optionalText("snippet") ?? "")
        }
        return found.compactMap { item in
            messages[item.seq].map { SearchHit(message: $0.0, snippet: $0.1, score: item.score) }
        }
    }

    /// Where to look, as SQL; the texts are a small fixed set.
    private struct Filter {
        private var conditions: SQLConditions
        private var needsMessages = false

        init(
            _ expression: String, _ query: SearchQuery, chatForms: [String], fromForms: [String], ownSessions: [String]
        ) {
            conditions = SQLConditions("gateway_search MATCH $1", [.text(expression)])
            // The plus keeps SQLite from beginning with the messages instead of the index. Comparing costs a quarter of
            // looking a value up in a list.
            if let sessions = query.sessions, sessions.count == 1 {
                addToMessages("+m.session_id = ?", [.text(sessions[0])])
            } else if let sessions = query.sessions {
                addToMessages("+m.session_id IN (SELECT value FROM json_each(?))", [Self.list(sessions)])
            }
            if query.chatID != nil {
                addToMessages("(+m.chat = ? OR +m.chat = ? OR +m.chat = ?)", MessageQuery.padded(chatForms))
            }
            if query.from != nil {
                let forms = MessageQuery.padded(fromForms)
                let isTheirs = "m.sender IN (?, ?, ?) OR m.author IN (?, ?, ?)"
                if ownSessions.isEmpty {
                    addToMessages("(\(isTheirs))", forms + forms)
                } else {
                    addToMessages(
                        "(\(isTheirs) OR (m.from_me = 1 AND m.session_id IN (SELECT value FROM json_each(?))))",
                        forms + forms + [Self.list(ownSessions)])
                }
            }
            if let direction = query.direction { addToMessages("m.from_me = ?", [SQLValue(direction == .outgoing)]) }
            if let type = query.type { addToMessages("m.type = ?", [.text(type)]) }
            if let since = query.sinceMilliseconds {
                addToMessages("m.timestamp >= ?", [.integer(Self.secondsUp(since))])
            }
            if let until = query.untilMilliseconds {
                addToMessages("m.timestamp <= ?", [.integer(Self.secondsDown(until))])
            }
        }

        var joined: String {
            """
            FROM gateway_search CROSS JOIN gateway_messages m ON m.seq = gateway_search.rowid WHERE \(conditions.sql)
            """
        }

        /// Without the messages where no condition is about them.
        var source: String { needsMessages ? joined : "FROM gateway_search WHERE \(conditions.sql)" }

        /// The name of a parameter behind those that are there.
        func next(_ number: Int) -> String { "$\(arguments.count + number)" }

        var arguments: [SQLValue] { conditions.arguments }

        mutating func add(_ condition: String, _ values: [SQLValue]) { conditions.add(condition, values) }

        private mutating func addToMessages(_ condition: String, _ values: [SQLValue]) {
            needsMessages = true
            add(condition, values)
        }

        private static func list(_ sessions: [String]) -> SQLValue {
            let list = JSONWriter.bytes(of: JSONValue.array(sessions.map(JSONValue.string)))
            return .text(String(decoding: list, as: UTF8.self))
        }

        /// Timestamps are in seconds: the first second that is not before a time.
        private static func secondsUp(_ milliseconds: Int64) -> Int64 {
            let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
            return rest > 0 ? seconds + 1 : seconds
        }

        private static func secondsDown(_ milliseconds: Int64) -> Int64 {
            let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
            return rest < 0 ? seconds - 1 : seconds
        }
    }
}
