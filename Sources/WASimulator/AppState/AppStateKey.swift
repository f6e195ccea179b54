import FoundationEssentials
import WACrypto
import WAProto

/// A key of app-state sync, and the five keys made from it.
struct AppStateKey {
    /// Six bytes.
    let id: [UInt8]
    /// 32 bytes, as shared with companions.
    let data: [UInt8]
    let timestampMilliseconds: Int64
    let indexKey: [UInt8]
    let valueKey: [UInt8]
    let valueMACKey: [UInt8]
    let snapshotMACKey: [UInt8]
    let patchMACKey: [UInt8]

    init(id: [UInt8], data: [UInt8], timestampMilliseconds: Int64) {
        self.id = id
        self.data = data
        self.timestampMilliseconds = timestampMilliseconds
        let keys = KeyDerivation.hkdf(data, info: "WhatsApp Mutation Keys", count: 160)
        indexKey = Array(keys[0..<32])
        valueKey = Array(keys[32..<64])
        valueMACKey = Array(keys[64..<96])
        snapshotMACKey = Array(keys[96..<128])
        patchMACKey = Array(keys[128..<160])
    }

    func snapshotMAC(_ hash: AppStateHash, version: UInt64, name: String) -> [UInt8] {
        HMAC.sha256(key: snapshotMACKey, hash.bytes + version.bigEndianBytes + Array(name.utf8))
    }

    func patchMAC(snapshotMAC: [UInt8], valueMACs: [[UInt8]], version: UInt64, name: String) -> [UInt8] {
        HMAC.sha256(
            key: patchMACKey, snapshotMAC + valueMACs.flatMap { $0 } + version.bigEndianBytes + Array(name.utf8))
    }

    func indexMAC(of index: [UInt8]) -> [UInt8] { HMAC.sha256(key: indexKey, index) }

    func valueMAC(isRemoval: Bool, ciphertext: [UInt8]) -> [UInt8] {
        let signed = [isRemoval ? 2 : 1] + id + ciphertext + UInt64(id.count + 1).bigEndianBytes
        return Array(HMAC.sha512(key: valueMACKey, signed).prefix(32))
    }
}

/// The sum of all value MACs of a collection: 64 little-endian lanes of 16 bits, in any order the same.
struct AppStateHash: Equatable {
    private(set) var lanes = [UInt16](repeating: 0, count: 64)

    var bytes: [UInt8] { lanes.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] } }

    mutating func add(_ valueMAC: [UInt8]) {
        for (index, lane) in Self.expanded(valueMAC).enumerated() { lanes[index] &+= lane }
    }

    mutating func subtract(_ valueMAC: [UInt8]) {
        for (index, lane) in Self.expanded(valueMAC).enumerated() { lanes[index] &-= lane }
    }

    private static func expanded(_ valueMAC: [UInt8]) -> [UInt16] {
        let bytes = KeyDerivation.hkdf(valueMAC, info: "WhatsApp Patch Integrity", count: 128)
        return (0..<64).map { UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8 }
    }
}

/// A mutation as it travels: a MAC for its index, iv, ciphertext and MAC for its value, and the key both were made with.
struct SealedMutation: Equatable {
    let isRemoval: Bool
    var indexMAC: [UInt8]
    var value: [UInt8]
    let keyID: [UInt8]

    var valueMAC: [UInt8] { Array(value.suffix(32)) }

    init(isRemoval: Bool, indexMAC: [UInt8], value: [UInt8], keyID: [UInt8]) {
        self.isRemoval = isRemoval
        self.indexMAC = indexMAC
        self.value = value
        self.keyID = keyID
    }

    init(_ mutation: WASyncdMutation) {
        self.init(
            isRemoval: mutation.operation == .remove, indexMAC: [UInt8](mutation.record.index.blob),
            value: [UInt8](mutation.record.value.blob), keyID: [UInt8](mutation.record.keyID.id))
    }

    var message: WASyncdMutation {
        var mutation = WASyncdMutation()
        mutation.operation = isRemoval ? .remove : .set
        mutation.record.index.blob = Data(indexMAC)
        mutation.record.value.blob = Data(value)
        mutation.record.keyID.id = Data(keyID)
        return mutation
    }
}

/// A mutation that can be read.
struct AppStateMutation {
    let index: [String]
    let version: Int32
    let value: WASyncActionValue

    init(index: [String], version: Int32, value: WASyncActionValue) {
        self.index = index
        self.version = version
        self.value = value
    }

    /// Nil when a MAC is wrong or the content unreadable.
    init?(opening sealed: SealedMutation, with key: AppStateKey) {
        guard sealed.value.count >= 64 else { return nil }
        let ciphertext = Array(sealed.value.dropLast(32))
        guard key.valueMAC(isRemoval: sealed.isRemoval, ciphertext: ciphertext) == sealed.valueMAC,
            let plain = try? AESCBC.decrypt(
                Array(ciphertext.dropFirst(16)), key: key.valueKey, iv: Array(ciphertext.prefix(16))),
            let data = try? WASyncActionData(decoding: plain),
            key.indexMAC(of: [UInt8](data.index)) == sealed.indexMAC,
            let index = try? JSONDecoder().decode([String].self, from: data.index)
        else { return nil }
        self.init(index: index, version: data.version, value: data.value)
    }

    /// The index as the key of its value: a compact JSON array.
    var indexText: String {
        let quoted = index.map { part in
            "\"" + part.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "[" + quoted.joined(separator: ",") + "]"
    }

    /// - Parameter isRemoval: takes the index out; what stood there goes along.
    func sealed(with key: AppStateKey, iv: [UInt8], isRemoval: Bool = false) -> SealedMutation {
        var data = WASyncActionData()
        data.index = Data(indexText.utf8)
        data.value = value
        data.padding = Data()
        data.version = version
        guard let encrypted = try? AESCBC.encrypt(data.encoded(), key: key.valueKey, iv: iv) else {
            preconditionFailure("a 32-byte key and a 16-byte iv always encrypt")
        }
        let ciphertext = iv + encrypted
        return SealedMutation(
            isRemoval: isRemoval, indexMAC: key.indexMAC(of: [UInt8](data.index)),
            value: ciphertext + key.valueMAC(isRemoval: isRemoval, ciphertext: ciphertext), keyID: key.id)
    }
}
