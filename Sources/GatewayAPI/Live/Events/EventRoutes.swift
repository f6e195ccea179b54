import Gateway
import Hummingbird
import ServiceLifecycle

/// The event log over HTTP: pulled in pages, or as a stream of Server-Sent Events. Ours, beside the contract.
struct EventRoutes: ResourceRoutes {
    private let slots = ListenerSlots()

    func add(to routes: APIRoutes) {
        routes.get(
            "events", .key(atLeast: .viewer),
            Operation(
                .events, "Read events",
                details: """
                    What happened after a cursor, oldest first. Keep the answer's `cursor` and ask with it again: nothing is \
                    missed, not even over restarts of either side. With `wait` the answer comes as soon as there is an event.
                    """,
                query: [
                    QueryParameter("after"),
                    QueryParameter(
                        "wait",
                        .type("integer", ("minimum", .integer(0)), ("maximum", .integer(EventQuery.maximumWaitSeconds)))
                    ),
                    .limit(EventQuery.maximumLimit), QueryParameter("sessionId"), QueryParameter("events"),
                ], answers: .ok(EventPageModel.self),
                errors: [.sessionNotFound, .sessionNotAllowed, .eventCursorExpired, .tooManyListeners],
                examples: [Example(query: "after=0&limit=10"), Example("What comes next", query: "wait=0")])
        ) { [slots] call in
            let query = try EventQuery(call)
            let cursor = try query.cursor(in: call.gateway.events)
            let feed = call.gateway.feed
            guard query.waitSeconds > 0 else {
                return .ok(
                    EventPageModel(page: try await feed.page(after: cursor, limit: query.limit, where: query.wants)))
            }
            let place = try slots.take(for: call.caller)
            defer { withExtendedLifetime(place) {} }
            let page = try await feed.next(
                after: cursor, limit: query.limit, within: .seconds(query.waitSeconds), clock: call.gateway.clock,
                where: query.wants)
            return .ok(EventPageModel(page: page))
        }
        routes.get(
            "events/stream", .key(atLeast: .viewer),
            Operation(
                .events, "Listen to events",
                details: """
                    Server-Sent Events: each has its cursor as `id`, so a client that reconnects with `Last-Event-ID` misses \
                    nothing. Without it, or `after`, the stream begins with what happens next.
                    """,
                query: [QueryParameter("after"), QueryParameter("sessionId"), QueryParameter("events")],
                answers: .file("text/event-stream"),
                errors: [.sessionNotFound, .sessionNotAllowed, .eventCursorExpired, .tooManyListeners], examples: [])
        ) { [slots] call in
            let query = try EventQuery(call, cursor: call.headers[.lastEventID])
            let cursor = try query.cursor(in: call.gateway.events)
            let stream = EventStream(
                gateway: call.gateway, query: query, start: cursor, keyID: call.caller?.key.id ?? "",
                place: try slots.take(for: call.caller))
            return APIReply(
                status: .ok, headers: [.cacheControl: "no-cache, no-transform", .accelBuffering: "no"],
                contentType: "text/event-stream; charset=utf-8", body: stream.body)
        }
    }
}

extension EventFeed {
    /// The next events, or none when the time is over or the server ends.
    func next(
        after cursor: Int64, limit: Int, within time: Duration, clock: any Clock<Duration>, where wants: @escaping Wish
    ) async throws -> EventPage {
        try await withThrowingTaskGroup(of: EventPage?.self) { group in
            group.addTask {
                try await cancelWhenGracefulShutdown {
                    try await self.next(after: cursor, limit: limit, where: wants)
                }
            }
            group.addTask {
                try? await clock.sleep(for: time)
                return nil
            }
            var page: EventPage?
            while let ended = try await group.next() {
                page = page ?? ended
                group.cancelAll()
            }
            // Cancelled, `next` still tells how far it has looked.
            guard let page else { preconditionFailure("the first task always ends with a page") }
            return page
        }
    }
}
