package import WABinary

extension ChatID {
    /// The address on the wire, without device.
    package var jid: JID {
        switch kind {
        case .phone: JID(user, .user)
        case .lid: JID(user, .lid)
        case .group: JID(user, .group)
        case .channel: JID(user, .newsletter)
        case .broadcast: JID(user, .broadcast)
        }
    }

    /// The neutral form of an address from the wire; nil for servers, bots and others that are no chat of ours.
    package init?(_ jid: JID) {
        switch jid.server {
        case .user, .legacyUser, .hosted: self.init(.phone, jid.user)
        case .lid, .hostedLID: self.init(.lid, jid.user)
        case .group: self.init(.group, jid.user)
        case .newsletter: self.init(.channel, jid.user)
        case .broadcast: self.init(.broadcast, jid.user)
        default: return nil
        }
    }

    /// The neutral text of an address from the wire; what is no chat of ours passes unchanged but for the device.
    package static func neutral(_ jid: JID) -> String {
        ChatID(jid)?.description ?? jid.account.description
    }
}
