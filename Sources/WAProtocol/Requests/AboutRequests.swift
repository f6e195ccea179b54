package import WABinary

/// Asks what a person says about themselves.
///
/// ```
/// → <query><status/></query><list><user jid/></list>
/// ← <user jid><status [t]>text</status> | <status code="401"/></user>
/// ```
/// Source: protocol reference 5.12.
package struct AboutRequest: WARequest {
    package let person: JID
    package let privacyToken: [UInt8]?

    package init(of person: JID, privacyToken: [UInt8]? = nil) {
        self.person = person
        self.privacyToken = privacyToken
    }

    package func node(id: String) -> Node {
        var user = UserQuery.user(person)
        if let privacyToken { user.content = .nodes([Node("tctoken", bytes: privacyToken)]) }
        return UserQuery(context: .interactive, protocols: [Node("status")], users: [user]).node(id: id)
    }

    /// Nil when it is hidden or not told; empty when the person says nothing.
    package func parse(_ reply: Node) throws -> String? {
        guard let status = try UserQuery.users(in: reply).first?.child("status"), status["code"] == nil, status.child("error") == nil else { return nil }
        return status.text ?? ""
    }
}

/// Says something about ourselves.
///
/// ```
/// <iq id xmlns="status" type="set" to="s.whatsapp.net"><status>text</status></iq>
/// ```
/// Source: protocol reference 5.20.
package struct SetAboutRequest: WARequest {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "status", type: .set, [Node("status", bytes: Array(text.utf8))])
    }
}
