package import Storage
package import WABinary

/// What groups are called, for those who show chats to people.
package enum GroupNames {
    /// The subject as it was last heard; nil for a group nobody asked about yet.
    package static func subject(of group: JID, account: String, on connection: any SQLConnection) throws -> String? {
        let subject = try connection.query(
            "SELECT subject FROM client_group WHERE account = $1 AND chat = $2",
            [.text(account), .text(group.description)]
        ).first?.text("subject")
        return subject.flatMap { $0.isEmpty ? nil : $0 }
    }
}
