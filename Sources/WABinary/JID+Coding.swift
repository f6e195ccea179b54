// The text form of a JID: `[integrator-]user[:device]@server`, or a server's name alone.

extension JID: CustomStringConvertible, LosslessStringConvertible {
    package var description: String {
        if user.isEmpty && device == 0 && integrator == 0 {
            return server.rawValue
        }
        let prefix = server == .interop ? "\(integrator)-" : ""
        let suffix = device == 0 ? "" : ":\(device)"
        return prefix + user + suffix + "@" + server.rawValue
    }

    /// Reads a text form; nil when it is not one.
    ///
    /// A known server's name alone, with or without a leading `@`, is the server itself. The agent `.0` or `_0`, which
    /// older clients write after a person's digits, is dropped. Lengths: user and server together up to 255 bytes.
    package init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { JID(utf8: $0) }
        guard let parsed else { return nil }
        self = parsed
    }

    private init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard !bytes.isEmpty, bytes.count <= 255 else { return nil }
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else {
            let server = Server(rawValue: String(decoding: bytes, as: UTF8.self))
            guard server.isKnown else { return nil }
            self.init("", server)
            return
        }
        let serverBytes = bytes[(at + 1)...]
        guard !serverBytes.isEmpty else { return nil }
        let server = Server(rawValue: String(decoding: serverBytes, as: UTF8.self))
        var userBytes = bytes[..<at]
        var device: UInt16 = 0
        if let colon = userBytes.lastIndex(of: UInt8(ascii: ":")) {
            guard let number = Self.number(userBytes[(colon + 1)...]) else { return nil }
            device = number
            userBytes = userBytes[..<colon]
            guard !userBytes.isEmpty else { return nil }
        }
        var integrator: UInt16 = 0
        if server == .interop {
            guard let dash = userBytes.firstIndex(of: UInt8(ascii: "-")),
                let number = Self.number(userBytes[..<dash])
            else { return nil }
            integrator = number
            userBytes = userBytes[(dash + 1)...]
        }
        if server.domain != nil, userBytes.count > 2, userBytes[userBytes.endIndex - 1] == UInt8(ascii: "0") {
            let separator = userBytes[userBytes.endIndex - 2]
            if separator == UInt8(ascii: ".") || separator == UInt8(ascii: "_") {
                userBytes = userBytes[..<(userBytes.endIndex - 2)]
            }
        }
        guard !userBytes.contains(UInt8(ascii: "@")) else { return nil }
        self.init(String(decoding: userBytes, as: UTF8.self), server, device: device, integrator: integrator)
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt16? {
        guard !digits.isEmpty, digits.count <= 5 else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
        }
        return UInt16(exactly: value)
    }
}
