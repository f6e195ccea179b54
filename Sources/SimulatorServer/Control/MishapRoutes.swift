import Hummingbird
import WASimulator

/// What can go wrong, caused on purpose: lost sessions, new phones, prekeys used up, ended streams, fault plans.
struct MishapRoutes {
    let host: SimulatorHost

    func add(to router: Router<BasicRequestContext>) {
        router.post("phones/:number/lose-session") { request, context in
            let address = try request.device(context)
            let wanted = try await request.decode(as: LoseSessionRequest.self, context: context)
            try await host.drive { server, _ in
                try server.loseSessions(
                    of: address, with: wanted.address, senderKeys: wanted.loseSenderKeys ?? false)
            }
            return Response(status: .noContent)
        }
        router.post("phones/:number/re-register") { _, context in
            let number = try context.number()
            return try await host.drive { server, _ in
                try server.reregister(number)
                return PhoneModel(try server.phone(number))
            }
        }
        router.post("phones/:number/change-number") { request, context in
            let former = try context.number()
            let number = PhoneNumber.digits(
                of: try await request.decode(as: NumberRequest.self, context: context).number)
            return try await host.drive { server, _ in
                try server.changeNumber(of: former, to: number)
                return PhoneModel(try server.phone(number))
            }
        }
        router.post("phones/:number/devices/:device/stanza") { request, context in
            let address = try context.companion()
            let node = try await request.decode(StanzaModel.self, upTo: 1_048_576).node()
            try await host.drive { server, _ in try server.push(node, to: address) }
            return Response(status: .noContent)
        }
        router.put("phones/:number/prekeys") { request, context in
            let address = try request.device(context)
            let available = try await request.decode(as: PreKeysRequest.self, context: context).available
            try await host.drive { server, _ in try server.setHasPreKeys(available, of: address) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/devices/:device/exhaust-prekeys") { _, context in
            let address = try context.companion()
            return try await host.drive { server, _ in ExhaustedPreKeys(count: try server.exhaustPreKeys(of: address)) }
        }
        router.post("phones/:number/devices/:device/ask-digest") { _, context in
            let address = try context.companion()
            try await host.drive { server, _ in try server.askForDigest(of: address) }
            return Response(status: .noContent)
        }
        router.put("phones/:number/refusal") { request, context in
            let number = try context.number()
            let code = try await request.decode(as: RefusalRequest.self, context: context).code
            try await host.drive { server, _ in try server.setRefusal(code, of: number) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/devices/:device/cut") { _, context in
            let address = try context.companion()
            try await host.drive { server, _ in try server.cut(address) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/devices/:device/end-stream") { request, context in
            let address = try context.companion()
            let code = try await request.decode(as: EndStreamRequest.self, context: context).code
            try await host.drive { server, _ in try server.endStream(of: address, code: code) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/devices/:device/fail-next-login") { request, context in
            let address = try context.companion()
            let reason = try await request.decode(as: FailLoginRequest.self, context: context).reason
            try await host.drive { server, _ in try server.failNextLogin(of: address, reason: reason) }
            return Response(status: .noContent)
        }
        router.post("phones/:number/devices/:device/undecodable") { _, context in
            let address = try context.companion()
            try await host.drive { server, _ in try server.pushUndecodable(to: address) }
            return Response(status: .noContent)
        }
        router.put("phones/:number/devices/:device/refused-requests") { request, context in
            let address = try context.companion()
            let wanted = try await request.decode(as: RefusedRequests.self, context: context)
            try await host.drive { server, _ in
                try server.refuseRequests(wanted.request, code: wanted.code, of: address)
            }
            return Response(status: .noContent)
        }
        router.get("faults") { _, _ in
            await host.drive { server, _ in FaultModel(server.faultPlan, faultCount: server.faultCount) }
        }
        router.put("faults") { request, context in
            let wanted = try await request.decode(as: FaultModel.self, context: context)
            let plan = try wanted.plan()
            return await host.drive { server, _ in
                server.setFaults(plan)
                return FaultModel(server.faultPlan, faultCount: server.faultCount)
            }
        }
        router.delete("faults") { _, _ in
            await host.drive { server, _ in
                server.setFaults(FaultPlan(seed: server.faultPlan.seed))
                return FaultModel(server.faultPlan, faultCount: server.faultCount)
            }
        }
    }
}

extension RequestContext {
    /// The device named by the path, as `phones/:number/devices/:device`.
    fileprivate func companion() throws -> DeviceAddress {
        DeviceAddress(try number(), try parameters.require("device", as: UInt16.self))
    }
}

struct LoseSessionRequest: Decodable {
    /// The number of the peer; all peers when left out.
    let with: String?
    /// The peer's device, 0 when left out.
    let device: UInt16?
    /// Whether it loses the sender keys of groups with them; not when left out.
    let loseSenderKeys: Bool?

    var address: DeviceAddress? { with.map { DeviceAddress(PhoneNumber.digits(of: $0), device ?? 0) } }
}

struct NumberRequest: Decodable {
    let number: String
}

struct PreKeysRequest: Decodable {
    let available: Bool
}

struct ExhaustedPreKeys: ResponseEncodable {
    /// How many were left.
    let count: Int
}

struct RefusalRequest: Decodable {
    /// 463 is "too many strangers"; null ends it.
    let code: Int?
}

struct RefusedRequests: Decodable {
    /// Namespace, type, and the tag of the first child, such as `encrypt get count`.
    let request: String
    /// 0 leaves them unanswered; null ends it.
    let code: Int?
}

struct EndStreamRequest: Decodable {
    let code: Int?
}

struct FailLoginRequest: Decodable {
    let reason: Int
}
