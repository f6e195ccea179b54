package import WABinary

/// Tells the server that we have fetched anew what it called dirty. Source: protocol reference 5.10.
///
/// ```
/// <iq id xmlns="urn:xmpp:whatsapp:dirty" type="set" to="s.whatsapp.net"><clean type="groups" [timestamp]/></iq>
/// ```
package struct CleanDirtyRequest: WARequest {
    /// As the dirty notice named it: `account_sync`, `groups`, …
    package let type: String
    package let timestampSeconds: Int64?

    package init(type: String, timestampSeconds: Int64? = nil) {
        self.type = type
        self.timestampSeconds = timestampSeconds
    }

    package func node(id: String) -> Node {
        var clean = Node("clean", ["type": .text(type)])
        if let timestampSeconds { clean.attributes["timestamp"] = .integer(timestampSeconds) }
        return .iq(id: id, xmlns: "urn:xmpp:whatsapp:dirty", type: .set, [clean])
    }
}
