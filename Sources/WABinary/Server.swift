extension JID {
    /// The part of a JID after the `@`: which kind of party it names.
    ///
    /// Servers that are not listed here are kept as they came, so that a new kind is carried and not lost.
    /// Source: protocol reference 2.4.
    package struct Server: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        @inlinable
        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// People by phone number.
        package static var user: Server { Server(rawValue: "s.whatsapp.net") }
        /// People by hidden, opaque number (“LID”).
        package static var lid: Server { Server(rawValue: "lid") }
        package static var group: Server { Server(rawValue: "g.us") }
        /// Broadcast lists, and `status@broadcast`.
        package static var broadcast: Server { Server(rawValue: "broadcast") }
        package static var newsletter: Server { Server(rawValue: "newsletter") }
        /// People by phone number as the web client of old and the OpenWA interface write it.
        package static var legacyUser: Server { Server(rawValue: "c.us") }
        package static var messenger: Server { Server(rawValue: "msgr") }
        /// People of other networks; the only kind with an integrator number.
        package static var interop: Server { Server(rawValue: "interop") }
        /// Companion devices of a business that run in a hosted service, by phone number.
        package static var hosted: Server { Server(rawValue: "hosted") }
        /// The same by hidden number.
        package static var hostedLID: Server { Server(rawValue: "hosted.lid") }
        package static var bot: Server { Server(rawValue: "bot") }
        package static var call: Server { Server(rawValue: "call") }

        /// The byte that stands for this server in an AD_JID; nil for servers that have no such form.
        var domain: UInt8? {
            switch self {
            case .user: 0
            case .lid: 1
            case .hosted: 128
            case .hostedLID: 129
            default: nil
            }
        }

        /// The server an AD_JID's domain byte stands for; an unknown byte is read as people by phone number.
        init(domain: UInt8) {
            switch domain {
            case 1: self = .lid
            case 128: self = .hosted
            case 129: self = .hostedLID
            default: self = .user
            }
        }

        /// Whether this is one of the names above, which as a text without `@` mean the server itself.
        var isKnown: Bool {
            switch self {
            case .user, .lid, .group, .broadcast, .newsletter, .legacyUser, .messenger, .interop, .hosted, .hostedLID,
                .bot, .call:
                true
            default:
                false
            }
        }
    }
}
