import Gateway
import Hummingbird

/// API keys: made, listed, changed, revoked, deleted by admins; and validated by whoever has one (contract 1.5).
struct AuthRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        let admin = Access.unscopedKey(atLeast: .admin)
        routes.post(
            "auth/api-keys", admin,
            Operation(
                .keys, "Make a key", details: "The key itself is in this answer and never shown again.",
                body: CreateAPIKeyBody.self, answers: .created(CreatedAPIKeyModel.self),
                examples: [
                    Example("For a bot", body: #"{"name":"warehouse bot"}"#),
                    Example(
                        "Bound to a session, a network and a time",
                        body: #"""
                            {"name":"depot display","role":"viewer","allowedSessions":["my-session"],
                             "allowedIps":["10.20.0.0/16"],"expiresAt":"2099-03-01T00:00:00.000Z"}
                            """#),
                ])
        ) { call in
            let body: CreateAPIKeyBody = try call.body()
            let (key, rawKey) = try await call.gateway.createAPIKey(body.draft)
            return .created(CreatedAPIKeyModel(key: key, rawKey: rawKey))
        }
        routes.get("auth/api-keys", admin, Operation(.keys, "List the keys", answers: .list(APIKeyModel.self))) {
            call in
            .list(call.gateway.apiKeys.map(APIKeyModel.init))
        }
        routes.get(
            "auth/api-keys/:id", admin,
            Operation(.keys, "Read a key", answers: .ok(APIKeyModel.self), errors: [.apiKeyNotFound])
        ) { call in .ok(APIKeyModel(key: try call.gateway.apiKey(try call.parameter("id")))) }
        routes.put(
            "auth/api-keys/:id", admin,
            Operation(
                .keys, "Change a key",
                details:
                    "What is left out stays as it is; `expiresAt: null` takes the end away. Effective for the next request.",
                body: UpdateAPIKeyBody.self, answers: .ok(APIKeyModel.self), errors: [.apiKeyNotFound, .lastAdminKey],
                examples: [Example(body: #"{"role":"viewer","expiresAt":null}"#)])
        ) { call in
            let body: UpdateAPIKeyBody = try call.body()
            return .ok(APIKeyModel(key: try await call.gateway.updateAPIKey(try call.parameter("id"), body.change)))
        }
        routes.post(
            "auth/api-keys/:id/revoke", admin,
            Operation(
                .keys, "Revoke a key", details: "It stays in the list and opens nothing any more.",
                answers: .ok(APIKeyModel.self), errors: [.apiKeyNotFound, .lastAdminKey])
        ) { call in .ok(APIKeyModel(key: try await call.gateway.revokeAPIKey(try call.parameter("id")))) }
        routes.delete(
            "auth/api-keys/:id", admin,
            Operation(.keys, "Delete a key", answers: .noContent, errors: [.apiKeyNotFound, .lastAdminKey])
        ) { call in
            try await call.gateway.deleteAPIKey(try call.parameter("id"))
            return .noContent
        }
        routes.post(
            "auth/validate", .key(atLeast: .viewer),
            Operation(.keys, "Say what a key is", answers: .ok(ValidatedKeyModel.self))
        ) { call in
            guard let key = call.caller?.key else { preconditionFailure("the guard admits nobody without a key here") }
            return .ok(ValidatedKeyModel(key: key))
        }
    }
}
