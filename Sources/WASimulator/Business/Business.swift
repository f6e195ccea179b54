/// What makes an account one of a business: the name that WhatsApp vouches for, and what it says of itself.
package struct Business: Sendable, Equatable {
    package struct Category: Sendable, Equatable {
        package let id: String
        package let name: String

        package init(id: String, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// When it is open on one day of the week; a day without an entry is closed.
    package struct Hours: Sendable, Equatable {
        package enum Day: String, Sendable, CaseIterable { case sun, mon, tue, wed, thu, fri, sat }

        package enum Mode: String, Sendable, CaseIterable {
            case allDay = "open_24h"
            case specific = "specific_hours"
            case byAppointment = "appointment_only"
        }

        package let day: Day
        package let mode: Mode
        /// Minutes since midnight; only for `specific`.
        package let openMinute: Int?
        package let closeMinute: Int?

        package init(_ day: Day, _ mode: Mode, openMinute: Int? = nil, closeMinute: Int? = nil) {
            self.day = day
            self.mode = mode
            self.openMinute = openMinute
            self.closeMinute = closeMinute
        }
    }

    package var verifiedName: String
    package var description: String?
    package var address: String?
    package var email: String?
    package var websites: [String] = []
    package var categories: [Category] = []
    /// Such as `Asia/Jakarta`.
    package var timezone: String?
    package var hours: [Hours] = []

    package init(verifiedName: String) {
        self.verifiedName = verifiedName
    }
}
