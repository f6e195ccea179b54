/// The row id the API shows for a stored message: a UUID (version 8) made of the row's time and number.
///
/// ```
/// tttttttt-tttt-8000-vnnn-nnnnnnnnnnnn     t = Unix ms, 48 bits    n = sequence number, 62 bits with sign after the variant
/// ```
///
/// It is computed, not stored, so that no random index has to be kept for it.
struct MessageRowID: Equatable {
    let createdAtMilliseconds: Int64
    let sequence: Int64

    var text: String {
        let time = UInt64(bitPattern: createdAtMilliseconds) & 0xFFFF_FFFF_FFFF
        let number = UInt64(bitPattern: sequence) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return Self.hex(time >> 16, 8) + "-" + Self.hex(time & 0xFFFF, 4) + "-8000-" + Self.hex(number >> 48, 4) + "-"
            + Self.hex(number & 0xFFFF_FFFF_FFFF, 12)
    }

    init(createdAtMilliseconds: Int64, sequence: Int64) {
        self.createdAtMilliseconds = createdAtMilliseconds
        self.sequence = sequence
    }

    /// - Returns: nil for a text that is not one of our row ids.
    init?(_ text: String) {
        guard text.utf8.count == 36 else { return nil }
        let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts[2] == "8000",
            let high = UInt64(parts[0], radix: 16), let low = UInt64(parts[1], radix: 16),
            let first = UInt64(parts[3], radix: 16), let rest = UInt64(parts[4], radix: 16), first >> 14 == 0b10
        else { return nil }
        createdAtMilliseconds = Int64(high << 16 | low)
        sequence = Int64(bitPattern: (first & 0x3FFF) << 50 | rest << 2) >> 2
    }

    private static func hex(_ value: UInt64, _ count: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: count - digits.count) + digits
    }
}
