import Gateway
import Hummingbird
import StrictJSON

/// Whether the server is there, and whether it can work.
struct HealthRoutes: ResourceRoutes {
    let version: String
    let nowMilliseconds: @Sendable () -> Int64

    func add(to routes: APIRoutes) {
        routes.get("health", .open, Operation(.server, "Is it there", answers: .ok(HealthModel.self))) { call in
            .ok(
                HealthModel(
                    timestamp: ISO8601Text.of(milliseconds: nowMilliseconds()),
                    version: call.caller == nil ? nil : version))
        }
        routes.get("health/live", .open, Operation(.server, "Does it live", answers: .ok(LiveModel.self))) { _ in
            .ok(LiveModel())
        }
        routes.get(
            "health/ready", .open,
            Operation(
                .server, "Can it work",
                details: "503 with the same body while the database is down, or while the server is stopping.",
                answers: AnswerDescription(
                    status: .ok, schema: .model(ReadyModel.self), otherStatus: .serviceUnavailable))
        ) { call in
            let health = await call.gateway.health()
            let model = ReadyModel(
                databaseIsUp: health.databaseIsUp, isDraining: health.isDraining,
                hasMediaTool: call.gateway.hasMediaTool)
            var reply = APIReply.ok(model)
            if !model.isReady { reply.status = .serviceUnavailable }
            return reply
        }
    }
}
