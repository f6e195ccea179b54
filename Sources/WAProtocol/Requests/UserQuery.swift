import WABinary

/// The shape of every question about users (“usync”); what is asked and about whom differ.
///
/// ```
/// → <iq id xmlns="usync" type="get" to="s.whatsapp.net">
///     <usync sid mode="query" last="true" index="0" context="message|interactive">
///       <query>protocols</query><list><user jid/> | <user><contact>+15551234567</contact></user>…</list>
///     </usync></iq>
/// ← <iq …><usync …><result/><list><user jid [pn_jid]>one element a protocol</user>…</list></usync></iq>
/// ```
/// Source: protocol reference 5.12.
struct UserQuery {
    enum Context: String {
        case message, interactive, background
    }

    let context: Context
    let protocols: [Node]
    let users: [Node]

    /// The id of the iq serves as the query's id too: both need only be unique on the connection.
    func node(id: String) -> Node {
        let usync = Node(
            "usync",
            [
                "sid": .text(id), "mode": "query", "last": "true", "index": "0", "context": .text(context.rawValue),
            ],
            [Node("query", [:], protocols), Node("list", [:], users)])
        return .iq(id: id, xmlns: "usync", type: .get, [usync])
    }

    /// The answered users.
    static func users(in reply: Node) throws -> [Node] {
        guard let list = reply.child("usync")?.child("list") else { throw WAProtocolError.missing("usync list") }
        return list.children("user")
    }

    static func user(_ person: JID) -> Node {
        Node("user", ["jid": .jid(person.account)])
    }

    /// The account a user element is about, its phone number and its LID, as far as they are given.
    static func addresses(of user: Node) -> (jid: JID?, phone: JID?, lid: JID?) {
        let jid = user.jid("jid").map(\.foldingHosted.account)
        let named = [jid, user.jid("pn_jid")?.account, user.child("lid")?.jid("val")?.account].compactMap(\.self)
        return (jid, named.first(where: \.isPhoneNumber), named.first(where: \.isLID))
    }
}
