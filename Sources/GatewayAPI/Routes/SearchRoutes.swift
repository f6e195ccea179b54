import Gateway
import Hummingbird
import StrictJSON

/// Full-text search over stored messages (contract 19).
struct SearchRoutes: ResourceRoutes {
    /// What `limit` is clamped to (`SEARCH_LIMIT_MAX`).
    let maximumLimit: Int

    func add(to routes: APIRoutes) {
        routes.get(
            "search", .key(atLeast: .operator),
            Operation(
                .messages, "Search messages",
                details:
                    "Those that have all the words of `q`, over all sessions that the key reaches, the best first.",
                query: SearchQuery.parameters(maximumLimit: maximumLimit), answers: .ok(SearchResultsModel.self),
                errors: [.invalidChatID, .sessionNotAllowed, .searchUnavailable],
                examples: [
                    Example(query: "q=hello"), Example("In one chat", query: "q=hello&chatId=6281234567890@c.us"),
                ])
        ) { [maximumLimit] call in
            let start = ContinuousClock.now
            let page = try await call.gateway.search(try SearchQuery(call, maximumLimit: maximumLimit))
            return .ok(
                SearchResultsModel(page: page, tookMilliseconds: (ContinuousClock.now - start).wholeMilliseconds))
        }
    }
}

extension SearchQuery {
    static func parameters(maximumLimit: Int) -> [QueryParameter] {
        [
            QueryParameter("q"), QueryParameter("sessionId"), QueryParameter("chatId"),
            QueryParameter("direction", .oneOf(MessageDirection.allCases.map(\.rawValue))), QueryParameter("type"),
            QueryParameter("from"), QueryParameter("dateFrom", .integer), QueryParameter("dateTo", .integer),
            .limit(maximumLimit), .offset,
        ]
    }

    /// The parameters of a request, read strictly, but that a high `limit` is clamped.
    ///
    /// - Throws: `APIError.invalidQuery` with all that is wrong, `.sessionNotAllowed`.
    fileprivate init(_ call: APICall, maximumLimit: Int) throws(APIError) {
        let query = call.query
        let known = Self.parameters(maximumLimit: maximumLimit).map(\.name)
        var problems = query.names.filter { name in !known.contains { $0.isExactly(name) } }
            .map { "property \($0) should not exist" }
        self.init(text: query["q"] ?? "")
        if text.isEmpty { problems.append("q should not be empty") }
        if text.unicodeScalars.count > Self.maximumLength {
            problems.append("q must be shorter than or equal to \(Self.maximumLength) characters")
        }
        chatID = query["chatId"]
        from = query["from"]
        type = query["type"]
        if let word = query["direction"] {
            direction = MessageDirection.allCases.first { $0.rawValue.isExactly(word) }
            if direction == nil { problems.append("direction must be one of the following values: incoming, outgoing") }
        }
        sinceMilliseconds = Self.integer("dateFrom", in: query, Int64.min...Int64.max, &problems)
        untilMilliseconds = Self.integer("dateTo", in: query, Int64.min...Int64.max, &problems)
        limit = min(Int(Self.integer("limit", in: query, 1...Int64.max, &problems) ?? 50), maximumLimit)
        offset = Int(Self.integer("offset", in: query, 0...Int64(Self.maximumOffset), &problems) ?? 0)
        guard problems.isEmpty else { throw .invalidQuery(problems) }
        sessions = try Self.sessions(call)
    }

    /// The session asked for, else those of the key; nil for all.
    private static func sessions(_ call: APICall) throws(APIError) -> [String]? {
        guard let text = call.query["sessionId"] else {
            return call.caller.flatMap { $0.isScoped ? $0.key.allowedSessions : nil }
        }
        let id = call.gateway.sessionID(text) ?? text
        guard call.caller?.reaches(sessionID: id) ?? false else { throw .sessionNotAllowed }
        return [id]
    }

    private static func integer(
        _ name: String, in query: QueryParameters, _ range: ClosedRange<Int64>, _ problems: inout [String]
    ) -> Int64? {
        guard let text = query[name] else { return nil }
        switch Int64(text) {
        case nil: problems.append("\(name) must be an integer number")
        case let value? where value < range.lowerBound: problems.append("\(name) must not be less than \(range.lowerBound)")
        case let value? where value > range.upperBound:
            problems.append("\(name) must not be greater than \(range.upperBound)")
        case let value?: return value
        }
        return nil
    }
}
