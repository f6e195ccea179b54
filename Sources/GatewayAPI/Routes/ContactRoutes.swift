import Gateway
import Hummingbird

/// People on WhatsApp.
struct ContactRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/contacts/check/:number", .key(atLeast: .operator),
            Operation(
                .contacts, "Check a number", details: "Whether it is on WhatsApp, and the id to write to.",
                answers: .ok(ContactCheckModel.self),
                errors: [.invalidChatID, .sessionNotStarted, .sessionNotConnected, .noAnswer])
        ) { call in
            let check = try await call.gateway.checkContact(
                try call.parameter("number"), session: try call.session)
            return .ok(ContactCheckModel(check: check))
        }
    }
}
