import Foundation
import WACrypto

/// How a receiver knows that a request is ours.
///
/// | header | value |
/// |---|---|
/// | `X-OpenWA-Signature` | `sha256=` and the HMAC-SHA256 of the body, lower-case hex; key: the secret's text |
/// | `webhook-signature` | `v1,` and the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, base64 (Standard Webhooks 1.0) |
enum WebhookSignature {
    static func openWA(secret: String, body: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let code = HMAC.sha256(key: Array(secret.utf8), body)
        return "sha256=" + String(decoding: code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// One signature for each key of each secret, with spaces between; a receiver accepts any.
    static func standard(secrets: [String], id: String, timestampSeconds: Int64, body: [UInt8]) -> String {
        let message = Array("\(id).\(timestampSeconds).".utf8) + body
        return secrets.flatMap(keys).map { key in
            "v1," + Data(HMAC.sha256(key: key, message)).base64EncodedString()
        }.joined(separator: " ")
    }

    /// The keys that a secret may mean to the published libraries.
    ///
    /// `whsec_<base64>` is one key. Of a plain text the libraries take either the bytes (`Webhook(secret.encode())` in
    /// Python, `{format: "raw"}` in JavaScript) or, where it can be read so, what it is in base64 (`Webhook(secret)`): both
    /// sign.
    static func keys(of secret: String) -> [[UInt8]] {
        if secret.hasPrefix(prefix), let key = base64(secret.dropFirst(prefix.count)) { return [key] }
        let plain = Array(secret.utf8)
        guard let decoded = base64(Substring(secret)) else { return [plain] }
        return [plain, decoded]
    }

    private static let prefix = "whsec_"

    /// As the published libraries read it: characters outside the alphabet are skipped, padding may be missing.
    private static func base64(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.filter { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        guard !digits.isEmpty, digits.count % 4 != 1 else { return nil }
        let padding = String(repeating: "=", count: (4 - digits.count % 4) % 4)
        return Data(base64Encoded: String(decoding: digits, as: UTF8.self) + padding).map { [UInt8]($0) }
    }
}
