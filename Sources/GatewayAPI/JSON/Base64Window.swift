/// Decodes base64 text that comes piece by piece, as leniently as Node does: characters outside both alphabets are skipped,
/// padding is not needed, and a `data:…;base64,` prefix is left out. Architecture decision 6.
struct Base64Window {
    private enum Place {
        /// The first characters, until it is known whether they begin a data URL.
        case start([UInt8])
        /// Inside the prefix of a data URL, up to its comma.
        case prefix(length: Int)
        case body
    }

    private var place = Place.start([])
    private var bits: UInt32 = 0
    private var sextets = 0
    /// Whether raw control characters were seen; JSON forbids them, forms do not.
    private(set) var sawControl = false

    /// A prefix longer than this is none.
    static let maximumPrefixLength = 1024
    private static let dataScheme = Array("data:".utf8)

    /// Decodes a piece and gives the bytes to `write`, at most 24 KiB at a time.
    ///
    /// - Throws: what `write` throws.
    mutating func decode(
        _ text: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = text[...]
        while !rest.isEmpty {
            switch place {
            case .start(var seen):
                let byte = rest.removeFirst()
                if byte < 0x20 { sawControl = true }
                if seen.isEmpty, byte <= 0x20 { continue }
                seen.append(byte)
                place = .start(seen)
                if seen.count == Self.dataScheme.count { try leaveStart(seen, write: write) }
            case .prefix(let length):
                let comma = rest.firstIndex(of: UInt8(ascii: ","))
                let skipped = rest[..<(comma ?? rest.endIndex)].count
                if comma != nil {
                    place = .body
                    rest = rest.dropFirst(skipped + 1)
                } else {
                    place = .prefix(length: min(length + skipped, Self.maximumPrefixLength))
                    rest = rest.dropFirst(skipped)
                }
            case .body:
                let window = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.windowLength))
                try decodeWindow(window, write: write)
                rest = rest.dropFirst(window.count)
            }
        }
    }

    /// The text is over.
    mutating func finish(write: (UnsafeRawBufferPointer) throws -> Void) throws {
        if case .start(let seen) = place { try leaveStart(seen, write: write) }
        var tail: [UInt8] = []
        switch sextets {
        case 2: tail = [UInt8(truncatingIfNeeded: bits >> 4)]
        case 3: tail = [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
        default: break
        }
        (bits, sextets) = (0, 0)
        if !tail.isEmpty { try tail.withUnsafeBytes(write) }
    }

    private mutating func leaveStart(_ seen: [UInt8], write: (UnsafeRawBufferPointer) throws -> Void) throws {
        if seen.map({ $0 | 0x20 }) == Self.dataScheme.map({ $0 | 0x20 }) {
            place = .prefix(length: seen.count)
        } else {
            place = .body
            try seen.withUnsafeBytes { try decodeWindow($0, write: write) }
        }
    }

    // MARK: - The inner loop

    private static let windowLength = 32 * 1024
    private static let control: UInt8 = 0xFE
    private static let skipped: UInt8 = 0xFF

    /// The sextet of each character.
    private static let table: [UInt8] = {
        var table = [UInt8](repeating: skipped, count: 256)
        for byte in 0..<0x20 { table[byte] = control }
        for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            table[Int(byte)] = UInt8(value)
        }
        table[Int(UInt8(ascii: "-"))] = 62
        table[Int(UInt8(ascii: "_"))] = 63
        return table
    }()

    private mutating func decodeWindow(
        _ text: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var (bits, sextets, sawControl) = (bits, sextets, sawControl)
        try withUnsafeTemporaryAllocation(byteCount: text.count * 3 / 4 + 3, alignment: 1) { output in
            var count = 0
            Self.table.withUnsafeBufferPointer { table in
                for byte in text {
                    let sextet = table[Int(byte)]
                    guard sextet < 64 else {
                        if sextet == Self.control { sawControl = true }
                        continue
                    }
                    bits = bits << 6 | UInt32(sextet)
                    sextets += 1
                    guard sextets == 4 else { continue }
                    output[count] = UInt8(truncatingIfNeeded: bits >> 16)
                    output[count + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                    output[count + 2] = UInt8(truncatingIfNeeded: bits)
                    count += 3
                    (bits, sextets) = (0, 0)
                }
            }
            if count > 0 { try write(UnsafeRawBufferPointer(rebasing: output[..<count])) }
        }
        (self.bits, self.sextets, self.sawControl) = (bits, sextets, sawControl)
    }
}
