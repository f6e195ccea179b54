package import WABinary

/// A picture of a person or a group, as the server names it.
package struct ProfilePicture: Equatable, Sendable {
    /// Changes whenever the picture does.
    package let id: String
    /// Where it can be fetched for some time, on a media host.
    package let url: String
    package let directPath: String?

    package init(id: String, url: String, directPath: String?) {
        self.id = id
        self.url = url
        self.directPath = directPath
    }
}

/// Asks where the picture of a person or a group is.
///
/// ```
/// → <iq id xmlns="w:profile:picture" type="get" to="s.whatsapp.net" target="<jid>">
///     <picture type="preview|image" query="url">[<tctoken/>]</picture></iq>
/// ← <iq …><picture id url type direct_path/></iq> | <picture status="204|304"/> | error 401 (hidden), 404 (none)
/// ```
/// Source: protocol reference 5.20.
package struct ProfilePictureRequest: WARequest {
    package let target: JID
    package let isPreview: Bool
    package let privacyToken: [UInt8]?

    package init(of target: JID, isPreview: Bool, privacyToken: [UInt8]? = nil) {
        self.target = target
        self.isPreview = isPreview
        self.privacyToken = privacyToken
    }

    package func node(id: String) -> Node {
        let token = privacyToken.map { [Node("tctoken", bytes: $0)] } ?? []
        let attributes: Attributes = ["type": isPreview ? "preview" : "image", "query": "url"]
        let picture = token.isEmpty ? Node("picture", attributes) : Node("picture", attributes, token)
        var node = Node.iq(id: id, xmlns: "w:profile:picture", type: .get, [picture])
        node.attributes["target"] = .jid(target.account)
        return node
    }

    /// Nil when there is none.
    package func parse(_ reply: Node) throws -> ProfilePicture? {
        guard let picture = reply.child("picture"), let id = picture["id"], let url = picture["url"] else { return nil }
        return ProfilePicture(id: id, url: url, directPath: picture["direct_path"])
    }
}

/// Sets our own picture or a group's, or takes it away.
///
/// ```
/// → <iq id xmlns="w:profile:picture" type="set" to="s.whatsapp.net" [target="<group>"]>
///     [<picture type="image">JPEG, square, at most 640×640</picture>]</iq>
/// ← <iq …>[<picture id/>]</iq>
/// ```
/// Source: protocol reference 5.20.
package struct SetProfilePictureRequest: WARequest {
    /// Nil for our own.
    package let group: JID?
    package let jpeg: [UInt8]?

    package init(group: JID? = nil, jpeg: [UInt8]?) {
        self.group = group
        self.jpeg = jpeg
    }

    package func node(id: String) -> Node {
        let picture = jpeg.map { [Node("picture", ["type": "image"], bytes: $0)] } ?? []
        var node = Node.iq(id: id, xmlns: "w:profile:picture", type: .set, picture)
        node.attributes["target"] = group.map { .jid($0) }
        return node
    }

    /// The new picture's id; nil when it was taken away.
    package func parse(_ reply: Node) throws -> String? { reply.child("picture")?["id"] }
}
