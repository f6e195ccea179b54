/// Where a WhatsApp server listens: scheme, host, port and path of its WebSocket.
package struct ServerEndpoint: Sendable, Hashable, CustomStringConvertible {
    package let isSecure: Bool
    package let host: String
    package let port: Int
    package let path: String

    /// WhatsApp's own (protocol reference 1.1).
    package static let whatsApp = ServerEndpoint(isSecure: true, host: "web.whatsapp.com", port: 443, path: "/ws/chat")

    package init(isSecure: Bool, host: String, port: Int, path: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
    }

    /// Reads `ws://host[:port][/path]` or `wss://…`; nil for anything else. IPv6 hosts are written in brackets.
    package init?(_ text: String) {
        let schemes = [("wss://", true, 443), ("ws://", false, 80)]
        guard let (prefix, isSecure, defaultPort) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
        let rest = text.dropFirst(prefix.count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        var host = String(authority)
        var port = defaultPort
        let closingBracket = authority.lastIndex(of: "]")
        if let colon = authority.lastIndex(of: ":"), closingBracket.map({ colon > $0 }) ?? true {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65535).contains(number) else { return nil }
            host = String(authority[..<colon])
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.init(isSecure: isSecure, host: host, port: port, path: path.isEmpty ? "/" : String(path))
    }

    package var description: String { "\(isSecure ? "wss" : "ws")://\(host):\(port)\(path)" }
}
