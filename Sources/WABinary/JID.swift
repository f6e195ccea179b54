/// The address of a party on WhatsApp: a person, one device of a person, a group, a channel, or a server itself.
///
/// ```
/// 15551234567@s.whatsapp.net       a person by phone number (device 0: the phone)
/// 15551234567:12@s.whatsapp.net    companion device 12 of that person
/// 100000012345678:12@lid           the same by hidden number
/// 120363012345678901@g.us          a group
/// 16-5:1@interop                   integrator 16, user 5, device 1
/// s.whatsapp.net                   the server: an empty user
/// ```
///
/// Two JIDs are equal when all parts are; a phone number and a LID of one person are different JIDs.
package struct JID: Hashable, Sendable {
    /// Digits for people; empty for a server.
    package var user: String
    /// 0 is the phone; the wire carries up to 255, and 65,535 on `msgr` and `interop`.
    package var device: UInt16
    package var server: Server
    /// The foreign network; 0 except on `interop`.
    package var integrator: UInt16

    package init(_ user: String, _ server: Server, device: UInt16 = 0) {
        self.init(user, server, device: device, integrator: 0)
    }

    package init(_ user: String, _ server: Server, device: UInt16, integrator: UInt16) {
        self.user = user
        self.device = device
        self.server = server
        self.integrator = integrator
    }

    /// The server that requests about ourselves are sent to.
    package static var server: JID { JID("", .user) }
    /// The server that group requests are sent to.
    package static var groupServer: JID { JID("", .group) }
    /// The address of status updates (“stories”).
    package static var statusBroadcast: JID { JID("status", .broadcast) }

    /// The same address without its device.
    package var account: JID { with(device: 0) }

    package func with(device: UInt16) -> JID {
        JID(user, server, device: device, integrator: integrator)
    }
}

extension JID {
    /// Whether this names a server and no party behind it.
    package var isServer: Bool { user.isEmpty }
    package var isGroup: Bool { server == .group }
    package var isNewsletter: Bool { server == .newsletter }
    package var isBroadcast: Bool { server == .broadcast }
    package var isStatusBroadcast: Bool { server == .broadcast && user == "status" }
    /// A person (or one device) by phone number.
    package var isPhoneNumber: Bool { server == .user && !user.isEmpty }
    /// A person (or one device) by hidden number.
    package var isLID: Bool { server == .lid && !user.isEmpty }
    /// A person in either addressing; hosted devices count.
    package var isPerson: Bool {
        !user.isEmpty && (server == .user || server == .lid || server == .hosted || server == .hostedLID)
    }

    /// Hosted servers folded into the person they belong to, and `c.us` into `s.whatsapp.net`.
    package var foldingHosted: JID {
        var folded = self
        switch server {
        case .hosted, .legacyUser: folded.server = .user
        case .hostedLID: folded.server = .lid
        default: break
        }
        return folded
    }
}
