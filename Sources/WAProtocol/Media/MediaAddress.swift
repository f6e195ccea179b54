import FoundationEssentials

/// The addresses of files on a media host. Source: protocol reference 7.3, 7.4.
package enum MediaAddress {
    /// ```
    /// https://<host>/mms/<type>/<token>?auth=<auth>&token=<token>[&resume=1 | &file_offset=<n>]
    /// ```
    /// The token is the padded, URL-safe base64 of the hash of the encrypted file.
    package static func upload(
        host: String, kind: MediaKind, fileEncSHA256: [UInt8], auth: String, step: UploadStep = .whole
    ) -> String {
        let token = base64URL(fileEncSHA256)
        let address = "https://\(host)/mms/\(kind.hostType)/\(token)?auth=\(escaped(auth))&token=\(escaped(token))"
        switch step {
        case .whole, .from(0): return address
        case .ask: return address + "&resume=1"
        case .from(let offset): return address + "&file_offset=\(offset)"
        }
    }

    package enum UploadStep: Equatable, Sendable {
        case whole
        /// How much the host has already.
        case ask
        /// The rest, from this byte of the encrypted file.
        case from(Int)
    }

    /// ```
    /// https://<host><directPath>&hash=<base64url of the encrypted file's hash>&mms-type=<type>&__wa-mms=
    /// ```
    package static func download(host: String, _ reference: MediaReference, kind: MediaKind) -> String {
        download(
            host: host, directPath: reference.directPath, fileEncSHA256: reference.fileEncSHA256, hostType: kind.hostType)
    }

    /// The same for what is no media message: history and app state.
    package static func download(
        host: String, directPath: String, fileEncSHA256: [UInt8], hostType: String
    ) -> String {
        let path = directPath.hasPrefix("/") ? directPath : "/" + directPath
        return "https://\(host)\(path)\(path.contains("?") ? "&" : "?")hash=\(escaped(base64URL(fileEncSHA256)))"
            + "&mms-type=\(hostType)&__wa-mms="
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = Array("0123456789ABCDEF")
                escaped += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return escaped
    }
}
