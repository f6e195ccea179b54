package import WABinary

/// A phone number and a LID that are the same person, as the server told us.
package struct AddressMapping: Hashable, Sendable {
    /// Account without device.
    package let phone: JID
    package let lid: JID

    /// Takes the two addresses in either order; nil unless one is a phone number and one a LID.
    ///
    /// Devices and hosted servers are folded into the account.
    package init?(_ first: JID?, _ second: JID?) {
        guard let first = first?.foldingHosted.account, let second = second?.foldingHosted.account else { return nil }
        if first.isPhoneNumber, second.isLID {
            (phone, lid) = (first, second)
        } else if first.isLID, second.isPhoneNumber {
            (phone, lid) = (second, first)
        } else {
            return nil
        }
    }

    /// What the attributes of a stanza say about its sender, its recipient and its participant.
    ///
    /// Source: protocol reference 4.8: `sender_lid|pn` belong to `from`, `participant_lid|pn` to `participant`,
    /// `recipient_lid|pn` and `peer_recipient_lid|pn` to `recipient`, and a bare `lid` to `from`.
    static func learned(from stanza: Node) -> [AddressMapping] {
        let from = stanza.jid("from")
        var mappings: [AddressMapping] = []
        for name in ["sender_lid", "sender_pn", "lid"] {
            if let mapping = AddressMapping(from, stanza.jid(name)) { mappings.append(mapping) }
        }
        for name in ["participant_lid", "participant_pn"] {
            if let mapping = AddressMapping(stanza.jid("participant"), stanza.jid(name)) { mappings.append(mapping) }
        }
        for name in ["recipient_lid", "recipient_pn", "peer_recipient_lid", "peer_recipient_pn"] {
            if let mapping = AddressMapping(stanza.jid("recipient"), stanza.jid(name)) { mappings.append(mapping) }
        }
        return mappings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// Our own two addresses, to tell what our other devices sent from what others sent.
package struct OwnAddresses: Equatable, Sendable {
    /// Accounts without device.
    package let phone: JID
    package let lid: JID?

    package init(phone: JID, lid: JID?) {
        self.phone = phone.foldingHosted.account
        self.lid = lid?.foldingHosted.account
    }

    /// Whether an address, with any device, is ours.
    package func contains(_ jid: JID) -> Bool {
        let account = jid.foldingHosted.account
        return account == phone || account == lid
    }
}
