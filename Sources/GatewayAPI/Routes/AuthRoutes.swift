import Gateway
import Hummingbird

/// API keys: made, listed, changed, revoked, deleted by admins; and validated by whoever has one (contract 1.5).
struct AuthRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        let admin = Access.unscopedKey(atLeast: .admin)
        routes.get("auth/api-keys", admin) { call in .list(call.gateway.apiKeys.map { APIKeyModel(key: $0) }) }
        routes.get("auth/api-keys/:id", admin) { call in
            .ok(APIKeyModel(key: try call.gateway.apiKey(try call.parameter("id"))))
        }
        routes.post("auth/api-keys", admin) { call in
            let body: CreateAPIKeyBody = try call.body()
            let (key, rawKey) = try await call.gateway.createAPIKey(body.draft)
            return .created(APIKeyModel(key: key, rawKey: rawKey))
        }
        routes.put("auth/api-keys/:id", admin) { call in
            let body: UpdateAPIKeyBody = try call.body()
            return .ok(APIKeyModel(key: try await call.gateway.updateAPIKey(try call.parameter("id"), body.change)))
        }
        routes.post("auth/api-keys/:id/revoke", admin) { call in
            .ok(APIKeyModel(key: try await call.gateway.revokeAPIKey(try call.parameter("id"))))
        }
        routes.delete("auth/api-keys/:id", admin) { call in
            try await call.gateway.deleteAPIKey(try call.parameter("id"))
            return .noContent
        }
        routes.post("auth/validate", .key(atLeast: .viewer)) { call in
            guard let key = call.caller?.key else { preconditionFailure("the guard admits nobody without a key here") }
            return .ok(ValidatedKeyModel(key: key))
        }
    }
}
