import Foundation
import Hummingbird
import WASimulator

/// App state: what the phone shows, what its owner changes, and how it behaves.
struct AppStateRoutes {
    let host: SimulatorHost

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/app-state") { request, context in
            let number = try context.number()
            if let name = request.uri.queryParameters["collection"].map(String.init) {
                let version = UInt64(try request.integer("version", in: 0...Int(Int32.max), default: 1))
                _ = await host.firstValue(within: try request.wait()) { server -> Bool? in
                    let shown = try? server.appState(of: number)
                    return shown?.collections.contains { $0.name == name && $0.version >= version } == true ? true : nil
                }
            }
            return try await show(number)
        }
        router.post("phones/:number/app-state") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(AppStateRequest.self, upTo: 1_048_576)
            let spoil = try wanted.chosenSpoil()
            try await host.drive { server, _ in
                let changes = try wanted.changes.map { try $0.change(in: server) }
                try server.changeAppState(changes, of: number, spoil: spoil)
            }
            return try await show(number)
        }
        router.post("phones/:number/app-state/rotate-key") { request, context in
            let number = try context.number()
            let share = try await request.decode(as: RotateKeyRequest.self, context: context).share ?? true
            try await host.drive { server, _ in try server.rotateAppStateKey(of: number, isShared: share) }
            return try await show(number)
        }
        router.put("phones/:number/app-state/behaviour") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(as: AppStateBehaviourModel.self, context: context)
            return try await host.drive { server, _ in
                let behaviour = try wanted.behaviour()
                try server.setAppStateBehaviour(behaviour, of: number)
                return AppStateBehaviourModel(behaviour)
            }
        }
    }

    private func show(_ number: String) async throws -> AppStateModel {
        try await host.drive { server, _ in AppStateModel(try server.appState(of: number)) }
    }
}
