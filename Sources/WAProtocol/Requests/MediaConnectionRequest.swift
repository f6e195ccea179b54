package import WABinary

/// Asks where files are uploaded to and fetched from, and for the word that lets us in.
///
/// ```
/// → <iq id xmlns="w:m" type="set" to="s.whatsapp.net"><media_conn/></iq>
/// ← <media_conn auth ttl="300" auth_ttl="21600" max_buckets="12">
///     <host hostname="media-….cdn.whatsapp.net[:port]" type="primary|fallback" [maxContentLengthBytes]/>…
///   </media_conn>
/// ```
/// Source: protocol reference 7.1.
package struct MediaConnectionRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "w:m", type: .set, [Node("media_conn")])
    }

    package func parse(_ reply: Node) throws -> MediaConnection {
        guard let node = reply.child("media_conn") else { throw WAProtocolError.missing("media_conn") }
        guard let connection = MediaConnection(node) else { throw WAProtocolError.missing("media hosts") }
        return connection
    }
}

/// The media hosts, for as long as they are valid.
package struct MediaConnection: Equatable, Sendable {
    package struct Host: Equatable, Sendable {
        /// A name, with `:port` where it is not 443.
        package let name: String
        /// The largest file it takes, encrypted.
        package let maximumByteCount: Int?

        package init(name: String, maximumByteCount: Int?) {
            self.name = name
            self.maximumByteCount = maximumByteCount
        }
    }

    /// Sent with uploads; a secret.
    package let auth: String
    /// How long the hosts may be used, 1 second to a day.
    package let lifetimeSeconds: Int64
    /// The best first; at most 16.
    package let hosts: [Host]

    private static let maximumHosts = 16

    package init(auth: String, lifetimeSeconds: Int64, hosts: [Host]) {
        self.auth = auth
        self.lifetimeSeconds = lifetimeSeconds
        self.hosts = hosts
    }

    /// Nil without a word or without a host.
    init?(_ node: Node) {
        guard let auth = node["auth"], !auth.isEmpty else { return nil }
        self.auth = auth
        lifetimeSeconds = min(max(node.integer("ttl") ?? 300, 1), 86_400)
        let named = node.children("host").prefix(Self.maximumHosts).compactMap { host -> (isFallback: Bool, host: Host)? in
            guard let name = host["hostname"], Self.isHostName(name) else { return nil }
            let limit = host.integer("maxContentLengthBytes").flatMap { Int(exactly: $0) }
            return (host["type"] == "fallback", Host(name: name, maximumByteCount: limit))
        }
        hosts = (named.filter { !$0.isFallback } + named.filter(\.isFallback)).map(\.host)
        if hosts.isEmpty { return nil }
    }

    /// Letters, digits, dots and hyphens, then perhaps a port: nothing that could turn the address into another one.
    private static func isHostName(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, text.utf8.count <= 253 else { return false }
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isName && (parts.count == 1 || parts.count == 2 && UInt16(parts[1]) != nil)
    }
}
