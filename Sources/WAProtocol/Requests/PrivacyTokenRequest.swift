package import WABinary

/// Gives people a token that lets them write to us although they are not in our contacts (“trusted contact”).
///
/// ```
/// <iq id xmlns="privacy" type="set" to="s.whatsapp.net"><tokens>
///   <token jid="100000012345678@lid" t="1752021890" type="trusted_contact"/>
/// </tokens></iq>
/// ```
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
