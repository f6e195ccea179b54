/// A hash of a set that can be updated one element at a time, used for app-state collections.
///
/// ```
/// 128 bytes = 64 unsigned 16-bit numbers, little-endian
/// element = HKDF(value MAC, no salt, "WhatsApp Patch Integrity", 128), added or subtracted number by number mod 2^16
/// ```
package struct LTHash: Hashable, Sendable {
    package static let byteCount = 128

    /// The 128 bytes to store and to compute MACs over.
    package private(set) var bytes: [UInt8]

    /// The hash of the empty set.
    package init() {
        bytes = [UInt8](repeating: 0, count: Self.byteCount)
    }

    /// Throws `wrongLength` unless there are 128 bytes.
    package init(bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == Self.byteCount else { throw .wrongLength }
        self.bytes = bytes
    }

    package mutating func add(valueMAC: [UInt8]) {
        Self.combine(&bytes, with: Self.expanded(valueMAC), &+)
    }

    package mutating func subtract(valueMAC: [UInt8]) {
        Self.combine(&bytes, with: Self.expanded(valueMAC), &-)
    }

    static func expanded(_ valueMAC: [UInt8]) -> [UInt8] {
        KeyDerivation.hkdf(valueMAC, info: "WhatsApp Patch Integrity", count: byteCount)
    }

    /// Applies an operation to each pair of 16-bit numbers of two byte strings of the same even length.
    static func combine(_ base: inout [UInt8], with other: [UInt8], _ operation: (UInt16, UInt16) -> UInt16) {
        precondition(base.count == other.count && base.count.isMultiple(of: 2), "hashes have equal, even lengths")
        for index in stride(from: 0, to: base.count, by: 2) {
            let a = UInt16(base[index]) | UInt16(base[index + 1]) << 8
            let b = UInt16(other[index]) | UInt16(other[index + 1]) << 8
            let result = operation(a, b)
            base[index] = UInt8(truncatingIfNeeded: result)
            base[index + 1] = UInt8(truncatingIfNeeded: result >> 8)
        }
    }
}
