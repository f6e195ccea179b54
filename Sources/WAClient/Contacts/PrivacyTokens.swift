import Storage
import WABinary
import WACrypto
import WAProtocol

/// Which token goes beside what we send to a person, and whether ours is due to them.
///
/// | we have of the person…                         | goes along                                              |
/// |-------------------------------------------------|---------------------------------------------------------|
/// | a token of this or one of the 3 weeks before     | `<tctoken>`, as they gave it                            |
/// | none, but their LID, and the salt of our phone   | `<cstoken>`: HMAC-SHA256(salt, "<user>@lid")            |
/// | neither                                          | nothing                                                 |
///
/// Never beside peer messages: the server refuses those with 479. Source: protocol reference 5.17.
struct PrivacyTokens: Sendable {
    let account: String

    /// A token counts in the week it is of and in so many weeks after it.
    private static let weeksAfter: Int64 = 3

    private var store: PrivacyTokenStore { PrivacyTokenStore(account: account) }

    static func isExpired(_ timestampSeconds: Int64, nowSeconds: Int64) -> Bool {
        let week = PrivacyTokenRequest.bucketSeconds
        return timestampSeconds < (nowSeconds / week - weeksAfter) * week
    }

    /// The person's own token, while it counts: for questions about them.
    func trusted(by person: JID, nowSeconds: Int64, on sql: any SQLConnection) throws -> [UInt8]? {
        guard person.isRegularPerson, let token = try store.known(of: person, on: sql).token,
            !Self.isExpired(token.timestampSeconds, nowSeconds: nowSeconds)
        else { return nil }
        return token.bytes
    }

    /// What a message to a person means for the tokens between us.
    struct WithMessage {
        /// What goes into the message.
        var element: Node?
        /// Whether our token is to be given to them, now that we write to them.
        var isOursDue = false
    }

    func withMessage(to person: JID, nowSeconds: Int64, on sql: any SQLConnection) throws -> WithMessage {
        guard person.isRegularPerson else { return WithMessage() }
        let known = try store.known(of: person, on: sql)
        return WithMessage(
            element: try element(for: person, known.token, nowSeconds: nowSeconds, on: sql),
            isOursDue: PrivacyTokenRequest.isDue(lastIssuedSeconds: known.issuedAtSeconds, nowSeconds: nowSeconds))
    }

    private func element(
        for person: JID, _ token: PrivacyTokenStore.Token?, nowSeconds: Int64, on sql: any SQLConnection
    ) throws -> Node? {
        if let token, !Self.isExpired(token.timestampSeconds, nowSeconds: nowSeconds) {
            return Node("tctoken", bytes: token.bytes)
        }
        guard let lid = try AddressMapStore(account: account).lid(of: person, on: sql),
            let salt = try AccountSecrets(account: account).secret(.contactTokenSalt, on: sql)
        else { return nil }
        return Node("cstoken", bytes: ContactToken.make(salt: salt, recipientLID: lid.account.description))
    }

    /// Whether our token is still to be given to somebody we wrote to.
    func isDue(to person: JID, nowSeconds: Int64, on sql: any SQLConnection) throws -> Bool {
        guard person.isRegularPerson else { return false }
        return PrivacyTokenRequest.isDue(
            lastIssuedSeconds: try store.known(of: person, on: sql).issuedAtSeconds, nowSeconds: nowSeconds)
    }
}

extension JID {
    /// A person, and neither WhatsApp itself nor a bot: those know no tokens.
    var isRegularPerson: Bool {
        guard isPerson, user != "0" else { return false }
        return !(server == .user && user.hasPrefix("1313555") && user.utf8.count == 11)
    }
}
