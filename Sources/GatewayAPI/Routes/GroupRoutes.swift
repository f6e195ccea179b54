import Gateway
import Hummingbird

/// Groups that a session's account is in.
struct GroupRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/groups", .key(atLeast: .viewer),
            Operation(
                .groups, "List the groups", details: "Those that the session's account is in.",
                query: [.limit(1000), .offset], answers: .list(GroupSummaryModel.self),
                errors: [.sessionNotStarted, .sessionNotConnected, .noAnswer])
        ) { call in
            let groups = try await call.gateway.groups(session: try call.session)
            return .list(PageRange(reading: call.query).part(of: groups).map(GroupSummaryModel.init))
        }
        routes.get(
            "sessions/:sessionId/groups/:groupId", .key(atLeast: .viewer),
            Operation(
                .groups, "Read a group", details: "With its members.", answers: .ok(GroupModel.self),
                errors: [.groupNotFound, .invalidChatID, .sessionNotStarted, .sessionNotConnected, .noAnswer])
        ) { call in
            .ok(
                GroupModel(
                    group: try await call.gateway.group(try call.parameter("groupId"), session: try call.session)))
        }
    }
}
