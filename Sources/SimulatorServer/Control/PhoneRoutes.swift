import Hummingbird
import WASimulator

/// Phones and their devices: make, list, pair, switch off and on.
struct PhoneRoutes {
    let host: SimulatorHost

    /// What a caller can wait for on a phone.
    enum Awaited: String, CaseIterable {
        /// A companion from outside is connected.
        case connected
        /// A companion from outside is logged in and has asked for what waits for it.
        case active
        /// A companion from outside says that somebody is there.
        case available
    }

    /// Most phones in one answer or request.
    static let pageLimit = 10_000

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones") { request, _ in
            let limit = try request.integer("limit", in: 1...Self.pageLimit, default: 1_000)
            let after = request.uri.queryParameters["after"].map { PhoneNumber.digits(of: String($0)) }
            return await host.drive { server, _ in
                let phones = server.snapshot().phones.drop { phone in after.map { phone.number <= $0 } ?? false }
                return PhoneList(phones: phones.prefix(limit).map { PhoneModel($0) })
            }
        }
        router.post("phones") { request, context in
            let wanted = try await request.decode(as: NewPhones.self, context: context)
            let numbers = try Self.numbers(of: wanted)
            let made = try await host.drive { server, _ in
                for number in numbers {
                    try server.addPhone(number, name: wanted.name, automaticAnswer: wanted.automaticAnswer)
                }
                return PhoneList(phones: try numbers.map { PhoneModel(try server.phone($0)) })
            }
            return EditedResponse(status: .created, response: made)
        }
        router.get("phones/:number") { request, context in
            let number = try context.number()
            let awaited = try request.choice("until", of: Awaited.self)
            let now = try await host.drive { server, _ in try server.phone(number) }
            guard let awaited else { return PhoneModel(now) }
            let reached = await host.firstValue(within: try request.wait()) { server in
                (try? server.phone(number)).flatMap { Self.is($0, awaited) ? $0 : nil }
            }
            return PhoneModel(reached ?? now)
        }
        router.post("scan") { request, context in
            let scan = try await request.decode(as: ScanRequest.self, context: context)
            guard let phone = scan.phone else {
                throw ControlError.badRequest("phone is missing: the number that scans.")
            }
            return try await self.scan(scan.qr, by: PhoneNumber.digits(of: phone))
        }
        router.post("phones/:number/scan") { request, context in
            let number = try context.number()
            return try await scan(try await request.decode(as: ScanRequest.self, context: context).qr, by: number)
        }
        router.post("phones/:number/pairing-code") { request, context in
            let number = try context.number()
            let code = try await request.decode(as: TypedCode.self, context: context).code
            return try await change(number) { try $0.enter(pairingCode: code, on: number) }
        }
        router.post("phones/:number/companions") { request, context in
            let number = try context.number()
            let name = try await request.decode(as: NewCompanion.self, context: context).name
            let phone = try await host.drive { server, _ in
                _ = try server.addCompanion(to: number, name: name ?? "Simulated companion")
                return PhoneModel(try server.phone(number))
            }
            return EditedResponse(status: .created, response: phone)
        }
        router.delete("phones/:number/companions/:device") { _, context in
            let address = DeviceAddress(try context.number(), try context.parameters.require("device", as: UInt16.self))
            return try await change(address.number) { try $0.unlink(address) }
        }
        router.put("phones/:number/answer") { request, context in
            let number = try context.number()
            let answer = try await request.decode(as: AutomaticAnswer.self, context: context)
            return try await change(number) {
                try $0.setAutomaticAnswer(answer.text, of: number, inGroups: answer.inGroups ?? false)
            }
        }
        for (word, isOn) in [("offline", false), ("online", true)] {
            router.post("phones/:number/\(word)") { request, context in
                let address = try request.device(context)
                return try await change(address.number) { try $0.setPower(isOn, of: address) }
            }
        }
    }

    private func scan(_ qr: String, by number: String) async throws -> PhoneModel {
        try await change(number) { try $0.scan(qr, by: number) }
    }

    /// Does something to a phone and shows the phone.
    private func change(
        _ number: String, _ body: @Sendable (SimulatedServer) throws -> Void
    ) async throws -> PhoneModel {
        try await host.drive { server, _ in
            try body(server)
            return PhoneModel(try server.phone(number))
        }
    }

    private static func numbers(of wanted: NewPhones) throws -> [String] {
        if let numbers = wanted.numbers { return numbers.map(PhoneNumber.digits) }
        guard let first = wanted.number.map(PhoneNumber.digits) else {
            throw ControlError.badRequest("Name the phones: number, number and count, or numbers.")
        }
        let count = wanted.count ?? 1
        guard (1...pageLimit).contains(count) else {
            throw ControlError.badRequest("count must be from 1 to \(pageLimit).")
        }
        guard count > 1 else { return [first] }
        guard let start = UInt64(first), first.utf8.count <= 15 else { throw SimulatorError.invalidNumber(first) }
        return (0..<UInt64(count)).map { String(start + $0) }
    }

    private static func `is`(_ phone: SimulatorSnapshot.Phone, _ awaited: Awaited) -> Bool {
        phone.devices.contains { device in
            guard !device.isSimulated else { return false }
            return switch awaited {
            case .connected: device.isConnected
            case .active: device.isActive
            case .available: device.isAvailable
            }
        }
    }
}
