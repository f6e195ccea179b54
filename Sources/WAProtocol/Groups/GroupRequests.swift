package import WABinary

/// Asks for every group we are in.
///
/// ```
/// → <iq id xmlns="w:g2" type="get" to="g.us"><participating><participants/><description/></participating></iq>
/// ← <iq …><groups><group …/>…</groups></iq>
/// ```
/// Elements that are no readable group are left out. Source: protocol reference 8.1.
package struct GroupListRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(
            id: id, xmlns: "w:g2", type: .get, to: .groupServer,
            [Node("participating", [:], [Node("participants"), Node("description")])])
    }

    package func parse(_ reply: Node) throws -> [Group] {
        guard let groups = reply.child("groups") else { throw WAProtocolError.missing("groups") }
        return groups.children("group").compactMap { Group($0) }
    }
}

/// Asks for one group with its participants. The server refuses with 403 who is not in it, and with 404 what is no group.
///
/// ```
/// → <iq id xmlns="w:g2" type="get" to="<group>"><query request="interactive"/></iq>
/// ← <iq …><group …/></iq>
/// ```
/// Source: protocol reference 8.1.
package struct GroupInfoRequest: WARequest {
    package let group: JID

    package init(group: JID) {
        self.group = group
    }

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "w:g2", type: .get, to: group, [Node("query", ["request": "interactive"])])
    }

    /// The group is the one asked for, whatever the element calls itself.
    package func parse(_ reply: Node) throws -> Group {
        guard let element = reply.child("group"), let answered = Group(element) else {
            throw WAProtocolError.missing("group")
        }
        return Group(jid: group, details: answered.details, participants: answered.participants)
    }
}
