/// An http or https URL taken apart by our own rules and put together again from parts that were looked at.
///
/// What other parsers would read differently is refused, so that the text vetted is the text connected to: user names,
/// backslashes, control characters, spaces, percent signs in the host, odd ports, zone ids. A fragment is dropped.
package struct WebURL: Hashable, Sendable {
    package enum Scheme: String, Sendable {
        case http, https
        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    enum Host: Hashable, Sendable {
        case name(HostName)
        case address(NetworkAddress)
    }

    let scheme: Scheme
    let host: Host
    /// As it is connected to; never 0.
    let port: Int
    /// From the first `/`, query included; only visible ASCII.
    let target: String

    /// - Throws: `DestinationError.notAllowed` for every text that is not plainly one http(s) URL.
    package init(parsing text: String) throws(DestinationError) {
        guard let url = Self.parse(text) else { throw .notAllowed }
        self = url
    }

    private init(scheme: Scheme, host: Host, port: Int, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    /// The host as it goes into a URL; IPv6 in brackets.
    var hostText: String {
        switch host {
        case .name(let name): name.description
        case .address(.v4(let bits)): NetworkAddress.v4(bits).text
        case .address(let address): "[\(address.text)]"
        }
    }

    /// The `Host` header: with the port when it is not the scheme's own.
    var authority: String { port == scheme.defaultPort ? hostText : "\(hostText):\(port)" }

    package var text: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// The last part of the path, decoded, when it could be a file's name.
    package var lastPathComponent: String? {
        let path = target.prefix { $0 != "?" }
        guard let last = path.split(separator: "/").last, path.last != "/" else { return nil }
        return PercentCoding.decode(last)
    }

    /// Where a `Location` header leads from here: a whole URL, `//host/…`, `/path`, or a path beside this one.
    func following(_ location: String) throws(DestinationError) -> WebURL {
        if location.hasPrefix("//") { return try WebURL(parsing: "\(scheme.rawValue):\(location)") }
        if Self.hasScheme(location) { return try WebURL(parsing: location) }
        let path = target.prefix { $0 != "?" }
        let base: Substring
        switch location.first {
        case "/": base = ""
        case "?": base = path
        default: base = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        }
        guard let target = Self.target(base + location) else { throw .notAllowed }
        return WebURL(scheme: scheme, host: host, port: port, target: target)
    }

    /// A URL is at most so long; OpenWA's limit for link previews, generous for signed links of stores.
    private static let maximumLength = 8192

    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        return !text[..<colon].contains { "/?#".contains($0) }
    }

    private static func parse(_ text: String) -> WebURL? {
        guard text.utf8.count <= maximumLength,
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && !$0.properties.isWhitespace }),
            let colon = text.firstIndex(of: ":"),
            let scheme = Scheme(rawValue: text[..<colon].lowercased())
        else { return nil }
        var rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("//") else { return nil }
        rest = rest.dropFirst(2)
        let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
        guard let (host, port) = authority(rest[..<end], scheme), let target = target(rest[end...]) else { return nil }
        return WebURL(scheme: scheme, host: host, port: port, target: target)
    }

    private static func authority(_ text: Substring, _ scheme: Scheme) -> (Host, port: Int)? {
        guard !text.contains(where: { "@%\\".contains($0) || $0.isWhitespace }) else { return nil }
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]"),
                case .v6(let bits)? = NetworkAddress(text[text.index(after: text.startIndex)..<close])
            else { return nil }
            let after = text[text.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":"), let port = port(after.dropFirst(), scheme) else { return nil }
            return (.address(.v6(bits)), port)
        }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        guard let host = host(text[..<colon]), let port = port(text[colon...].dropFirst(), scheme) else { return nil }
        return (host, port)
    }

    private static func host(_ written: Substring) -> Host? {
        guard let name = HostName(written) else { return nil }
        switch LooseAddress.read(Substring(name.description)) {
        case .address(let bits): return .address(.v4(bits))
        case .malformed: return nil
        case .name: return .name(name)
        }
    }

    private static func port(_ text: Substring, _ scheme: Scheme) -> Int? {
        if text.isEmpty { return scheme.defaultPort }
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }), let port = Int(text),
            (1...65_535).contains(port)
        else { return nil }
        return port
    }

    /// Path and query, with everything that is not visible ASCII percent-encoded, as browsers send it.
    private static func target(_ text: Substring) -> String? {
        let text = text.prefix { $0 != "#" }
        guard !text.contains("\\"), text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else {
            return nil
        }
        let encoded = PercentCoding.encode(text)
        return encoded.hasPrefix("/") ? encoded : "/" + encoded
    }
}

/// The two halves of percent coding that URLs of media need.
enum PercentCoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Bytes that a URL's path and query cannot hold as they are.
    static func encode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7F, !"\"<>[]^`{|}".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Returns: nil for bad escapes, bytes that are not UTF-8, and control characters.
    static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
