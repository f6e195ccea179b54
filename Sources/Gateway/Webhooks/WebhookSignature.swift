import Foundation
import WACrypto

/// How a receiver knows that a request is ours.
///
/// | header | value |
/// |---|---|
/// | `X-OpenWA-Signature` | `sha256=` and the HMAC-SHA256 of the body, lower-case hex; key: the secret's text |
/// | `webhook-signature` | `v1,` and the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, base64 (Standard Webhooks 1.0) |
package enum WebhookSignature {
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
    /// `whsec_<base64>` is one key. Of any other text the key is its bytes (`Webhook(secret.encode())` in Python,
    /// `{format: "raw"}` in JavaScript); where all of it is base64, which the libraries read without the prefix as well
    /// (`Webhook(secret)`), that key signs too.
    static func keys(of secret: String) -> [[UInt8]] {
        if let key = standardKey(secret) { return [key] }
        let plain = Array(secret.utf8)
        return [plain] + (base64(Substring(secret)).map { [$0] } ?? [])
    }

    /// Whether a secret can be used: what begins like a key of Standard Webhooks has to be one.
    package static func isReadable(_ secret: String) -> Bool {
        !secret.utf8.starts(with: prefix.utf8) || standardKey(secret) != nil
    }

    private static let prefix = "whsec_"

    private static func standardKey(_ secret: String) -> [UInt8]? {
        guard secret.utf8.starts(with: prefix.utf8) else { return nil }
        return base64(Substring(secret.utf8.dropFirst(prefix.utf8.count)))
    }

    /// Strict (RFC 4648, 3 and 4): the alphabet alone, with its padding and no bits left over, as every library reads it.
    private static func base64(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 < 0x80 }), let data = Data(base64Encoded: String(text)),
            data.base64EncodedString() == text
        else { return nil }
        return [UInt8](data)
    }
}
