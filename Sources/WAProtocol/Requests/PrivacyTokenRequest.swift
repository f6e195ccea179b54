package import WABinary

/// Gives people a token that lets them write to us although they are not in our contacts (“trusted contact”).
///
/// ```
/// <iq id xmlns="privacy" type="set" to="s.whatsapp.net"><tokens>
///   <token jid="100000012345678@lid" t="1752021890" type="trusted_contact"/>
/// </tokens></iq>
/// ```
/// The result may carry theirs for us in the same shape, with bytes.
/// Sent after a first message to a person in each ``bucketSeconds``. Source: protocol reference 5.17.
package struct PrivacyTokenRequest: WARequest {
    /// Seven days: a token is issued at most once in each such stretch of Unix time.
    package static let bucketSeconds: Int64 = 604_800

    /// Accounts, by LID when it is known.
    package let people: [JID]
    package let timestampSeconds: Int64

    package init(people: [JID], timestampSeconds: Int64) {
        self.people = people
        self.timestampSeconds = timestampSeconds
    }

    /// Whether a token issued at one time is due again at another.
    package static func isDue(lastIssuedSeconds: Int64?, nowSeconds: Int64) -> Bool {
        guard let lastIssuedSeconds else { return true }
        return lastIssuedSeconds / bucketSeconds < nowSeconds / bucketSeconds
    }

    /// A token of the person that the server had for us.
    package struct Answer: Equatable, Sendable {
        package let person: JID
        package let token: NotificationStanza.PrivacyToken
    }

    package func parse(_ reply: Node) throws -> [Answer] {
        (reply.child("tokens")?.children("token") ?? []).compactMap { token in
            guard let person = token.jid("jid"), person.isPerson, token["type"] == "trusted_contact",
                let bytes = token.bytes, !bytes.isEmpty
            else { return nil }
            return Answer(person: person, token: .init(timestampSeconds: token.seconds("t") ?? 0, bytes: bytes))
        }
    }

    package func node(id: String) -> Node {
        let tokens = people.map {
            Node(
                "token",
                [
                    "jid": .jid($0.account), "t": .integer(timestampSeconds), "type": "trusted_contact",
                ])
        }
        return .iq(id: id, xmlns: "privacy", type: .set, [Node("tokens", [:], tokens)])
    }
}
