import Hummingbird
import WASimulator

/// Phones of businesses: the name WhatsApp vouches for, and what they say of themselves.
struct BusinessRoutes {
    let host: SimulatorHost

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/business") { _, context in
            let number = try context.number()
            let business = try await host.drive { server, _ in try server.business(of: number) }
            guard let business else {
                throw ControlError(
                    status: .notFound, error: "noBusiness", message: "The phone \(number) is a person's.")
            }
            return BusinessModel(business)
        }
        router.put("phones/:number/business") { request, context in
            let number = try context.number()
            let business = try await request.decode(as: BusinessModel.self, context: context).business()
            try await host.drive { server, _ in try server.setBusiness(business, of: number) }
            return BusinessModel(business)
        }
        router.delete("phones/:number/business") { _, context in
            let number = try context.number()
            try await host.drive { server, _ in try server.setBusiness(nil, of: number) }
            return Response(status: .noContent)
        }
    }
}

/// A business, given and shown.
struct BusinessModel: Codable, ResponseEncodable {
    struct Category: Codable {
        let id: String
        let name: String
    }

    struct Hours: Codable {
        /// `sun` to `sat`.
        let day: String
        /// `open_24h`, `specific_hours` or `appointment_only`.
        let mode: String
        /// Minutes since midnight.
        let open: Int?
        let close: Int?
    }

    let verifiedName: String
    let description: String?
    let address: String?
    let email: String?
    let websites: [String]?
    let categories: [Category]?
    let timezone: String?
    let hours: [Hours]?

    init(_ business: Business) {
        verifiedName = business.verifiedName
        description = business.description
        address = business.address
        email = business.email
        websites = business.websites
        categories = business.categories.map { Category(id: $0.id, name: $0.name) }
        timezone = business.timezone
        hours = business.hours.map {
            Hours(day: $0.day.rawValue, mode: $0.mode.rawValue, open: $0.openMinute, close: $0.closeMinute)
        }
    }

    func business() throws -> Business {
        var business = Business(verifiedName: verifiedName)
        business.description = description
        business.address = address
        business.email = email
        business.websites = websites ?? []
        business.categories = (categories ?? []).map { .init(id: $0.id, name: $0.name) }
        business.timezone = timezone
        business.hours = try (hours ?? []).map { hours in
            guard let day = Business.Hours.Day(rawValue: hours.day) else {
                throw ControlError.badRequest("day must be sun, mon, tue, wed, thu, fri or sat.")
            }
            guard let mode = Business.Hours.Mode(rawValue: hours.mode) else {
                throw ControlError.badRequest("mode must be open_24h, specific_hours or appointment_only.")
            }
            return Business.Hours(day, mode, openMinute: hours.open, closeMinute: hours.close)
        }
        return business
    }
}
