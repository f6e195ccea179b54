import Gateway
import Hummingbird

/// People on WhatsApp.
struct ContactRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get("sessions/:sessionId/contacts/check/:number", .key(atLeast: .operator)) { call in
            let check = try await call.gateway.checkContact(
                try call.parameter("number"), session: try call.session)
            return .ok(ContactCheckModel(check: check))
        }
    }
}
