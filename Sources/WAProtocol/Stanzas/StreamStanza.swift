package import WABinary

/// The server accepted our login.
///
/// ```
/// <success t="1752021890" lid="100000000000001:42@lid" [display_name] [props] [abprops] [location] [creation]/>
/// ```
/// Source: protocol reference 1.6.
package struct LoginSuccess: Equatable, Sendable {
    /// The server's clock, which tells how far ours is off.
    package let timestampSeconds: Int64?
    /// Our LID with our device number.
    package let lid: JID?
    package let displayName: String?

    /// How far the server's clock is ahead of ours, at most a day, for a server that says nonsense.
    package func offset(from nowMilliseconds: Int64) -> Int64 {
        guard let timestampSeconds, (0...253_402_300_799).contains(timestampSeconds) else { return 0 }
        let day: Int64 = 86_400_000
        return min(max(timestampSeconds * 1000 - nowMilliseconds, -day), day)
    }

    init(_ node: Node) {
        timestampSeconds = node.seconds("t")
        lid = node.jid("lid")
        displayName = node["display_name"]
    }
}

/// The server refused our login.
///
/// ```
/// <failure reason="401" [code] [expire] [location] [message] …/>
/// ```
/// Reasons: 401, 403, 406 logged out; 402 banned for a time; 405 outdated version; 400, 409, 411, 415, 418, 501
/// refused; 500, 503 try later. Source: protocol reference 1.6.
package struct LoginFailure: Equatable, Sendable {
    /// 0 when the server gave none.
    package let reason: Int
    /// Why a ban, 101 to 106.
    package let code: Int?
    package let expireSeconds: Int64?
    package let message: String?

    init(_ node: Node) {
        reason = node.integer("reason").flatMap { Int(exactly: $0) } ?? 0
        code = node.integer("code").flatMap { Int(exactly: $0) }
        expireSeconds = node.seconds("expire")
        message = node["message"]
    }
}

/// The server ends the stream, and says why.
///
/// ```
/// <stream:error [code="515"]>
///   [<conflict type="replaced|device_removed"/> | <ack/> | <xml-not-well-formed/>]
/// </stream:error>
/// ```
/// 515 restart (after pairing), 516 or `device_removed` unlinked, `replaced` another connection of ours, 401 logged
/// out, 429 too fast, 503 later. Source: protocol reference 1.7.
package struct StreamError: Equatable, Sendable {
    package let code: Int?
    /// The type of a `conflict`, empty when it has none; nil without a conflict.
    package let conflict: String?
    /// The tag of the first child.
    package let child: String?

    init(_ node: Node) {
        code = node.integer("code").flatMap { Int(exactly: $0) }
        conflict = node.child("conflict").map { $0["type"] ?? "" }
        child = node.children.first?.tag
    }
}

/// The server asks whether we live.
///
/// ```
/// ← <iq xmlns="urn:xmpp:ping" type="get" from="s.whatsapp.net" [id]>[<ping/>]</iq>
/// → <iq type="result" to="s.whatsapp.net" [id]/>
/// ```
package struct ServerPing: Equatable, Sendable {
    package let id: String?

    init?(_ node: Node) {
        guard node.tag == "iq", node["type"] == "get", node["xmlns"] == "urn:xmpp:ping" else { return nil }
        id = node["id"]
    }

    package var reply: Node { .iqResult(id: id) }
}
