/// The token that stands in for a contact's privacy token while we have none.
package enum ContactToken {
    /// 32 bytes: HMAC-SHA256(salt received from our phone, "<user>@lid" of the recipient).
    package static func make(salt: [UInt8], recipientLID: String) -> [UInt8] {
        HMAC.sha256(key: salt, [UInt8](recipientLID.utf8))
    }
}
