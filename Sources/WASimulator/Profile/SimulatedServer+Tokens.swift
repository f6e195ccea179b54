import WABinary
import WACrypto

/// Privacy tokens: by them people show the server that they know each other. Reference 5.17.
extension SimulatedServer {
    /// The client issues a token for a contact: the contact's devices hear of it. The answer names those that were
    /// made: `<tokens><token jid t type/></tokens>`.
    func passTokens(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        var made: [Node] = []
        for wish in node.child("tokens")?.children("token") ?? [] {
            guard let jid = wish.jid("jid"), let peer = self.account(at: jid) else { continue }
            let time = wish.seconds("t") ?? nowSeconds
            let type = wish["type"] ?? "trusted_contact"
            give(type, of: account, to: peer, atSeconds: time, addressing(of: jid))
            made.append(Node("token", ["jid": .jid(jid), "t": .text(String(time)), "type": .text(type)]))
        }
        reply(to: node, [Node("tokens", [:], made)], on: connection)
    }

    /// The phone gives somebody a token.
    package func giveToken(
        of number: String, to other: String, atSeconds time: Int64? = nil
    ) throws(SimulatorError) {
        let account = try account(number)
        guard let peer = accounts[other] else { throw .unknownRecipient(other) }
        give("trusted_contact", of: account, to: peer, atSeconds: time ?? nowSeconds, .lid)
    }

    private func give(
        _ type: String, of account: Account, to peer: Account, atSeconds time: Int64, _ addressing: Addressing
    ) {
        account.tokens.give(to: peer.number, atSeconds: time)
        // Older versions of whatsmeow take only a token that names its holder, by the phone number.
        let token = Node(
            "token", ["type": .text(type), "t": .text(String(time)), "jid": .jid(peer.jid(.phoneNumber))],
            bytes: self.token(of: account.number, for: peer.number, atSeconds: time))
        var note = notification("privacy_token", from: account.jid(addressing), [Node("tokens", [:], [token])])
        if addressing != .lid { note.attributes["sender_lid"] = .jid(account.jid(.lid)) }
        for other in peer.sortedDevices { deliver(note, to: other) }
    }

    private func token(of giver: String, for holder: String, atSeconds time: Int64) -> [UInt8] {
        seeds.bytes("trusted contact token/\(giver)/\(holder)/\(time)", 16)
    }

    /// A phone that does so by itself gives whoever it writes to a token, once in a bucket of time.
    func giveTokenOnWriting(_ account: Account, to peer: Account) {
        guard account.tokens.issuesByItself, account !== peer else { return }
        let last = account.tokens.given[peer.number]?.last
        if let last, TokenLedger.bucket(ofSeconds: last) >= TokenLedger.bucket(ofSeconds: nowSeconds) { return }
        give("trusted_contact", of: account, to: peer, atSeconds: nowSeconds, .lid)
    }

    // MARK: - Looking at them

    /// Notes the tokens on a stanza of a client, and whether one of them is good for whom it is about.
    @discardableResult
    func hasGoodToken(_ node: Node, id: String, stanza: String, for peer: Account, from device: Device) -> Bool {
        guard device.endpoint == nil, let account = accounts[device.address.number] else { return true }
        var isGood = false
        for (tag, kind) in [("tctoken", SeenToken.Kind.tctoken), ("cstoken", .cstoken)] {
            guard let bytes = node.child(tag)?.bytes else { continue }
            let isValid =
                kind == .tctoken ? isToken(bytes, of: peer, for: account) : isSalted(bytes, by: account, for: peer)
            isGood = isGood || isValid
            account.tokens.saw(
                SeenToken(
                    to: peer.number, stanza: stanza, id: id, kind: kind, isValid: isValid,
                    atMilliseconds: nowMilliseconds))
        }
        return isGood
    }

    private func isToken(_ bytes: [UInt8], of giver: Account, for holder: Account) -> Bool {
        (giver.tokens.given[holder.number] ?? []).contains { time in
            TokenLedger.isGood(givenAtSeconds: time, nowSeconds: nowSeconds)
                && token(of: giver.number, for: holder.number, atSeconds: time) == bytes
        }
    }

    private func isSalted(_ bytes: [UInt8], by account: Account, for peer: Account) -> Bool {
        ContactToken.make(salt: account.contactTokenSalt, recipientLID: peer.jid(.lid).description) == bytes
    }

    /// The latest token that somebody gave the holder, if it is still good.
    func goodToken(of giver: String, for holder: String) -> (bytes: [UInt8], timestampSeconds: Int64)? {
        guard let time = accounts[giver]?.tokens.given[holder]?.last,
            TokenLedger.isGood(givenAtSeconds: time, nowSeconds: nowSeconds)
        else { return nil }
        return (token(of: giver, for: holder, atSeconds: time), time)
    }

    // MARK: - For tests and the control API

    /// - Parameter issuesByItself: whether the phone gives whoever it writes to a token; nil leaves it as it is.
    package func setTokensRequired(
        _ isRequired: Bool, issuesByItself: Bool? = nil, of number: String
    ) throws(SimulatorError) {
        let account = try account(number)
        account.tokens.isRequired = isRequired
        if let issuesByItself { account.tokens.issuesByItself = issuesByItself }
    }

    /// Tokens that the account gave, those it holds, and those seen on what its devices sent.
    package func tokens(
        of number: String
    ) throws(SimulatorError) -> (given: [GivenToken], held: [GivenToken], seen: [SeenToken]) {
        let account = try account(number)
        func made(_ giver: String, _ holder: String, _ other: String, _ time: Int64) -> GivenToken {
            GivenToken(
                number: other, timestampSeconds: time, token: token(of: giver, for: holder, atSeconds: time),
                isGood: TokenLedger.isGood(givenAtSeconds: time, nowSeconds: nowSeconds))
        }
        let given = account.tokens.given.sorted { $0.key < $1.key }.flatMap { peer, times in
            times.map { made(number, peer, peer, $0) }
        }
        let held = accounts.keys.sorted().flatMap { other in
            (accounts[other]?.tokens.given[number] ?? []).map { made(other, number, other, $0) }
        }
        return (given, held, account.tokens.seen)
    }
}
