package import WABinary

/// Asks the server for a sign of life, which also tells it that we live. Source: protocol reference 1.8.
///
/// ```
/// <iq id xmlns="w:p" type="get" to="s.whatsapp.net"/>
/// ```
package struct PingRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "w:p", type: .get)
    }
}

/// Tells the server whether this device wants its stanzas now; `active` releases what waited while it was away.
///
/// ```
/// <iq id xmlns="passive" type="set" to="s.whatsapp.net"><active/></iq>
/// ```
package struct PassiveRequest: WARequest {
    package let isActive: Bool

    package init(isActive: Bool) {
        self.isActive = isActive
    }

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "passive", type: .set, [Node(isActive ? "active" : "passive")])
    }
}
