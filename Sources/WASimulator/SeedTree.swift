import WACrypto

/// Derives every lasting secret of the simulator from one seed and a label, so that nothing needs to be stored:
/// a phone's 812 prekeys are computed when somebody asks for one.
struct SeedTree: Sendable {
    let seed: UInt64

    func bytes(_ label: String, _ count: Int = 32) -> [UInt8] {
        KeyDerivation.hkdf(seed.bigEndianBytes, info: "openwa simulator/" + label, count: count)
    }

    func keyPair(_ label: String) -> KeyPair {
        guard let pair = try? KeyPair(privateKeyRaw: bytes(label)) else {
            preconditionFailure("32 derived bytes are always a private key")
        }
        return pair
    }

    func number(_ label: String) -> UInt32 {
        bytes(label, 4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension FixedWidthInteger {
    /// The value as its full width of bytes, highest first.
    var bigEndianBytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> $0) }
    }
}

extension [UInt8] {
    /// A big-endian number of at most eight bytes.
    var bigEndianNumber: UInt64? {
        count <= 8 ? reduce(0) { $0 << 8 | UInt64($1) } : nil
    }
}
