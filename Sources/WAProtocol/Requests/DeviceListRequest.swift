package import WABinary

/// Asks which devices people have, and their LIDs. People the server cannot tell about are missing in the reply.
///
/// ```
/// ← <user jid><devices><device-list [hash]><device id="0"/><device id="12" key-index="3" [is_hosted="true"]/>…
///     </device-list><key-index-list ts>signed bytes</key-index-list></devices><lid val="…@lid"/></user>
/// ```
/// Source: protocol reference 5.12. Batch people into one query and cache the reply.
package struct DeviceListRequest: WARequest {
    /// Accounts, by phone number or LID.
    package let people: [JID]

    package init(people: [JID]) {
        self.people = people
    }

    package func node(id: String) -> Node {
        UserQuery(
            context: .message, protocols: [Node("devices", ["version": "2"]), Node("lid")],
            users: people.map(UserQuery.user)
        ).node(id: id)
    }

    package func parse(_ reply: Node) throws -> [DeviceSet] {
        try UserQuery.users(in: reply).compactMap { user in
            let addresses = UserQuery.addresses(of: user)
            guard let person = addresses.jid, let devices = user.child("devices"),
                let list = devices.child("device-list")
            else { return nil }
            return DeviceSet(
                person: person, lid: addresses.lid,
                listed: list.children("device").compactMap { DeviceSet.Device($0) },
                keyIndexes: devices.child("key-index-list").flatMap { KeyIndexList($0) })
        }
    }
}
