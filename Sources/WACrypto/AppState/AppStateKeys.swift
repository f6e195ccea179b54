/// The five keys of app-state sync, expanded from one 32-byte key that the phone shares, and what they compute.
///
/// ```
/// HKDF(key data, no salt, "WhatsApp Mutation Keys", 160) =
///     index (32) || value encryption (32) || value MAC (32) || snapshot MAC (32) || patch MAC (32)
/// value blob = iv (16) || AES-256-CBC(value encryption, SyncActionData) || value MAC (32)
/// ```
package struct AppStateKeys: Sendable {
    package let index: [UInt8]
    package let valueEncryption: [UInt8]
    package let valueMAC: [UInt8]
    package let snapshotMAC: [UInt8]
    package let patchMAC: [UInt8]

    /// Throws `wrongLength` unless the key data has 32 bytes.
    package init(keyData: [UInt8]) throws(CryptoError) {
        guard keyData.count == 32 else { throw .wrongLength }
        let expanded = KeyDerivation.hkdf(keyData, info: "WhatsApp Mutation Keys", count: 160)
        index = [UInt8](expanded[0..<32])
        valueEncryption = [UInt8](expanded[32..<64])
        valueMAC = [UInt8](expanded[64..<96])
        snapshotMAC = [UInt8](expanded[96..<128])
        patchMAC = [UInt8](expanded[128..<160])
    }

    /// What a mutation does to its index; the raw value is the byte that the value MAC covers.
    package enum Operation: UInt8, Sendable {
        case set = 1
        case remove = 2
    }

    /// The 32-byte name of an index (compact JSON) on the server.
    package func indexMAC(of indexJSON: [UInt8]) -> [UInt8] {
        HMAC.sha256(key: index, indexJSON)
    }

    /// Encrypts a `SyncActionData` into a value blob; the iv has 16 bytes.
    package func seal(
        _ syncActionData: [UInt8], operation: Operation, keyID: [UInt8], iv: [UInt8]
    ) throws(CryptoError) -> AppStateValue {
        let encrypted = iv + (try AESCBC.encrypt(syncActionData, key: valueEncryption, iv: iv))
        let mac = mac(ofEncryptedValue: encrypted, operation: operation, keyID: keyID)
        return AppStateValue(blob: encrypted + mac, mac: mac)
    }

    /// Checks and decrypts a value blob.
    ///
    /// Throws `wrongLength` when it is too short to be one, `authenticationFailed` when its MAC does not match, and
    /// the errors of `AESCBC.decrypt` after that.
    package func open(
        _ blob: [UInt8], operation: Operation, keyID: [UInt8]
    ) throws(CryptoError) -> (syncActionData: [UInt8], valueMAC: [UInt8]) {
        guard blob.count >= 16 + 16 + AppStateValue.macByteCount else { throw .wrongLength }
        let encrypted = [UInt8](blob.dropLast(AppStateValue.macByteCount))
        let mac = [UInt8](blob.suffix(AppStateValue.macByteCount))
        guard constantTimeEqual(mac, self.mac(ofEncryptedValue: encrypted, operation: operation, keyID: keyID)) else {
            throw .authenticationFailed
        }
        let syncActionData = try AESCBC.decrypt(
            [UInt8](encrypted[16...]), key: valueEncryption, iv: [UInt8](encrypted[..<16]))
        return (syncActionData, mac)
    }

    /// The MAC that vouches for a whole collection at a version.
    package func snapshotMAC(of hash: LTHash, version: UInt64, collection: String) -> [UInt8] {
        HMAC.sha256(key: snapshotMAC, hash.bytes + Self.bigEndian(version) + [UInt8](collection.utf8))
    }

    /// The MAC that vouches for one patch: its snapshot MAC, then the value MACs of its mutations in order.
    package func patchMAC(
        snapshotMAC: [UInt8], valueMACs: [[UInt8]], version: UInt64, collection: String
    ) -> [UInt8] {
        Self.patchMAC(
            key: patchMAC, snapshotMAC: snapshotMAC, valueMACs: valueMACs, version: version, collection: collection)
    }

    static func patchMAC(
        key: [UInt8], snapshotMAC: [UInt8], valueMACs: [[UInt8]], version: UInt64, collection: String
    ) -> [UInt8] {
        HMAC.sha256(
            key: key, snapshotMAC + Array(valueMACs.joined()) + bigEndian(version) + [UInt8](collection.utf8))
    }

    /// HMAC-SHA512(value MAC key, operation || key id || iv || ciphertext || u64(length of key id + 1))[0..<32].
    private func mac(ofEncryptedValue encrypted: [UInt8], operation: Operation, keyID: [UInt8]) -> [UInt8] {
        let message = [operation.rawValue] + keyID + encrypted + Self.bigEndian(UInt64(keyID.count + 1))
        return [UInt8](HMAC.sha512(key: valueMAC, message).prefix(AppStateValue.macByteCount))
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    }
}

/// An encrypted app-state value and the MAC at its end, by which hashes refer to it.
package struct AppStateValue: Hashable, Sendable {
    package static let macByteCount = 32

    /// iv || ciphertext || MAC, the content of a mutation's value.
    package let blob: [UInt8]
    package let mac: [UInt8]
}
