package import WABinary

/// Asks who may see what of the account.
///
/// ```
/// → <iq id xmlns="privacy" type="get" to="s.whatsapp.net"><privacy/></iq>
/// ← <iq …><privacy><category name="last|online|profile|status|groupadd|readreceipts|…" value="all|contacts|none|…"/>…
/// ```
/// Source: protocol reference 5.20.
package struct PrivacySettingsRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "privacy", type: .get, [Node("privacy")])
    }

    /// Values by the name of what they are about.
    package func parse(_ reply: Node) throws -> [String: String] {
        guard let privacy = reply.child("privacy") else { throw WAProtocolError.missing("privacy") }
        return PrivacySettings.read(privacy)
    }
}

enum PrivacySettings {
    /// What a `privacy` element holds.
    static func read(_ privacy: Node) -> [String: String] {
        var settings: [String: String] = [:]
        for category in privacy.children("category").prefix(64) {
            guard let name = category["name"], let value = category["value"] else { continue }
            settings[name] = value
        }
        return settings
    }
}
