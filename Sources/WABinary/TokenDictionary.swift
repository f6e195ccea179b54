#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The 1,259 words that the wire writes as one or two bytes.
///
/// A word's number is its place in ``words``: below 236 the number is the byte, above it is
/// `236 + 256 · dictionary + index`, on the wire the bytes `236 + dictionary`, `index`.
package enum TokenDictionary {
    static let singleCount = 236
    static let doubleCount = 4 * 256

    /// The search structure for encoding, built at the first use (about 50 µs).
    static let index = TokenIndex(words: words)

    /// The number of a word; nil when the text is no token. For tests; the encoder searches on raw bytes.
    static func number(of text: String) -> Int? {
        var text = text
        let number = text.withUTF8 { index.number(of: UnsafeRawBufferPointer($0)) }
        return number == 0 ? nil : Int(number)
    }
}

/// A hash table from a word's bytes to its number, with all of it in three flat blocks of memory.
///
/// One entry is 32 bits: the upper half of the hash above, the word's number below, 0 where empty. 4,096 places for
/// 1,259 words keep the average search at about one place, and the stored half hash makes a wrong word cost no
/// comparison of texts.
///
/// Unchecked `Sendable` is right because the blocks are filled in `init`, never written again and never freed: the
/// only value lives as long as the process.
struct TokenIndex: @unchecked Sendable {
    private static let placeCount = 4096
    private let places: UnsafePointer<UInt32>
    private let offsets: UnsafePointer<UInt16>
    private let letters: UnsafeRawPointer
    private let maximumLength: Int

    init(words: [String]) {
        let places = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.placeCount)
        places.initialize(repeating: 0, count: Self.placeCount)
        let offsets = UnsafeMutablePointer<UInt16>.allocate(capacity: words.count + 1)
        let byteCount = words.reduce(0) { $0 + $1.utf8.count }
        let letters = UnsafeMutableRawPointer.allocate(byteCount: byteCount + 1, alignment: 8)
        var offset = 0
        var longest = 0
        for (number, word) in words.enumerated() {
            var word = word
            let length = word.withUTF8 { bytes in
                if let base = bytes.baseAddress { (letters + offset).copyMemory(from: base, byteCount: bytes.count) }
                return bytes.count
            }
            offsets[number] = UInt16(offset)
            if length > 0 {
                let hash = Self.hash(UnsafeRawPointer(letters + offset), length)
                var place = Int(truncatingIfNeeded: hash) & (Self.placeCount - 1)
                while places[place] != 0 { place = (place + 1) & (Self.placeCount - 1) }
                places[place] = UInt32(truncatingIfNeeded: hash) & 0xFFFF_0000 | UInt32(number)
            }
            offset += length
            longest = max(longest, length)
        }
        offsets[words.count] = UInt16(offset)
        self.places = UnsafePointer(places)
        self.offsets = UnsafePointer(offsets)
        self.letters = UnsafeRawPointer(letters)
        maximumLength = longest
    }

    /// The number of the word with these bytes; 0 when there is none.
    @inline(__always)
    func number(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        let length = bytes.count
        guard length > 0, length <= maximumLength, let base = bytes.baseAddress else { return 0 }
        let hash = Self.hash(base, length)
        let mark = UInt32(truncatingIfNeeded: hash) & 0xFFFF_0000
        var place = Int(truncatingIfNeeded: hash) & (Self.placeCount - 1)
        while true {
            let entry = places[place]
            if entry == 0 { return 0 }
            if entry & 0xFFFF_0000 == mark {
                let number = Int(entry & 0xFFFF)
                let start = Int(offsets[number])
                if Int(offsets[number + 1]) - start == length, memcmp(letters + start, base, length) == 0 {
                    return UInt32(number)
                }
            }
            place = (place + 1) & (Self.placeCount - 1)
        }
    }

    /// Mixes the length, the first eight bytes and the last eight, which tell all words apart well enough.
    @inline(__always)
    private static func hash(_ base: UnsafeRawPointer, _ length: Int) -> UInt64 {
        let head: UInt64
        let tail: UInt64
        if length >= 8 {
            head = base.loadUnaligned(as: UInt64.self)
            tail = base.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
        } else if length >= 4 {
            head = UInt64(base.loadUnaligned(as: UInt32.self))
            tail = UInt64(base.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self))
        } else {
            head =
                UInt64(base.load(as: UInt8.self)) | UInt64(base.load(fromByteOffset: length - 1, as: UInt8.self)) << 8
            tail = UInt64(base.load(fromByteOffset: length / 2, as: UInt8.self))
        }
        let mixed = (head ^ UInt64(length)) &* 0x9E37_79B9_7F4A_7C15 ^ (tail &* 0xC2B2_AE3D_27D4_EB4F)
        return (mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9 >> 32
    }
}
