package import Storage
package import WABinary

/// Which phone number and which LID are one person, for those who show messages to people.
package enum AddressBook {
    /// Both addresses of a person given by either, without device; nil while only one is known.
    package static func pair(of jid: JID, on connection: any SQLConnection) throws -> (phone: JID, lid: JID)? {
        let store = AddressMapStore(account: "")
        let phone = try store.phoneForm(of: jid, on: connection)
        guard phone.server == .user, let lid = try store.lid(of: phone, on: connection) else { return nil }
        return (phone, lid)
    }
}
