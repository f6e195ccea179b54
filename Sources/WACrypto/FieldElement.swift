/// A number modulo p = 2^255 − 19, for arithmetic on public values only.
///
/// Five limbs of 51 bits: value = Σ limb[i] · 2^(51·i). Between operations every limb stays below 2^52, so that a
/// product of two elements fits 128 bits per limb with room for the reduction.
struct FieldElement: Sendable {
    private var l0, l1, l2, l3, l4: UInt64

    static let zero = FieldElement(limbs: 0, 0, 0, 0, 0)
    static let one = FieldElement(limbs: 1, 0, 0, 0, 0)

    private static let mask: UInt64 = (1 << 51) - 1

    private init(limbs l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64, _ l4: UInt64) {
        (self.l0, self.l1, self.l2, self.l3, self.l4) = (l0, l1, l2, l3, l4)
    }

    /// Four little-endian 64-bit words, bit 255 ignored.
    init(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        self.init(
            limbs: w0 & Self.mask, (w0 >> 51 | w1 << 13) & Self.mask, (w1 >> 38 | w2 << 26) & Self.mask,
            (w2 >> 25 | w3 << 39) & Self.mask, w3 >> 12 & Self.mask)
    }

    /// Reads 32 little-endian bytes; nil for other lengths and for numbers that are not below p.
    init?(canonical bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            var word: UInt64 = 0
            for offset in (0..<8).reversed() { word = word << 8 | UInt64(bytes[8 * index + offset]) }
            return word
        }
        self.init(word(0), word(1), word(2), word(3))
        guard self.bytes == bytes else { return nil }
    }

    /// The 32 little-endian bytes of the number below p.
    var bytes: [UInt8] {
        var n = carried().carried()
        // n < 2^255 + small, so it exceeds p at most once: adding 19 carries out of bit 255 exactly when n ≥ p.
        var quotient = (n.l0 &+ 19) >> 51
        quotient = (n.l1 &+ quotient) >> 51
        quotient = (n.l2 &+ quotient) >> 51
        quotient = (n.l3 &+ quotient) >> 51
        quotient = (n.l4 &+ quotient) >> 51
        n.l0 &+= 19 &* quotient
        n.l1 &+= n.l0 >> 51
        n.l2 &+= n.l1 >> 51
        n.l3 &+= n.l2 >> 51
        n.l4 &+= n.l3 >> 51
        let mask = Self.mask
        let (l0, l1, l2, l3, l4) = (n.l0 & mask, n.l1 & mask, n.l2 & mask, n.l3 & mask, n.l4 & mask)
        let words = (l0 | l1 << 51, l1 >> 13 | l2 << 38, l2 >> 26 | l3 << 25, l3 >> 39 | l4 << 12)
        return [UInt8](unsafeUninitializedCapacity: 32) { output, initializedCount in
            let output = UnsafeMutableRawBufferPointer(output)
            output.storeBytes(of: words.0.littleEndian, toByteOffset: 0, as: UInt64.self)
            output.storeBytes(of: words.1.littleEndian, toByteOffset: 8, as: UInt64.self)
            output.storeBytes(of: words.2.littleEndian, toByteOffset: 16, as: UInt64.self)
            output.storeBytes(of: words.3.littleEndian, toByteOffset: 24, as: UInt64.self)
            initializedCount = 32
        }
    }

    func adding(_ other: FieldElement) -> FieldElement {
        FieldElement(limbs: l0 &+ other.l0, l1 &+ other.l1, l2 &+ other.l2, l3 &+ other.l3, l4 &+ other.l4).carried()
    }

    func subtracting(_ other: FieldElement) -> FieldElement {
        // 4p is added first, so that no limb goes below zero.
        let (low, high): (UInt64, UInt64) = ((1 << 53) - 76, (1 << 53) - 4)
        return FieldElement(
            limbs: l0 &+ low &- other.l0, l1 &+ high &- other.l1, l2 &+ high &- other.l2, l3 &+ high &- other.l3,
            l4 &+ high &- other.l4
        ).carried()
    }

    private static func product(_ x: UInt64, _ y: UInt64) -> UInt128 { UInt128(x) &* UInt128(y) }

    func multiplied(by b: FieldElement) -> FieldElement {
        let product = Self.product
        // 2^255 = 19 modulo p: limbs that overflow come back at the bottom nineteenfold.
        let (b1, b2, b3, b4) = (19 &* b.l1, 19 &* b.l2, 19 &* b.l3, 19 &* b.l4)
        let r0 = product(l0, b.l0) &+ product(l1, b4) &+ product(l2, b3) &+ product(l3, b2) &+ product(l4, b1)
        let r1 = product(l0, b.l1) &+ product(l1, b.l0) &+ product(l2, b4) &+ product(l3, b3) &+ product(l4, b2)
        let r2 = product(l0, b.l2) &+ product(l1, b.l1) &+ product(l2, b.l0) &+ product(l3, b4) &+ product(l4, b3)
        let r3 = product(l0, b.l3) &+ product(l1, b.l2) &+ product(l2, b.l1) &+ product(l3, b.l0) &+ product(l4, b4)
        let r4 = product(l0, b.l4) &+ product(l1, b.l3) &+ product(l2, b.l2) &+ product(l3, b.l1) &+ product(l4, b.l0)
        return FieldElement(folding: r0, r1, r2, r3, r4)
    }

    func squared(times count: Int = 1) -> FieldElement {
        var result = self
        for _ in 0..<count { result = result.square() }
        return result
    }

    /// `multiplied(by: self)` with equal products taken together.
    private func square() -> FieldElement {
        let product = Self.product
        let (d0, d1, d2) = (2 &* l0, 2 &* l1, 2 &* l2)
        let (n3, n4) = (19 &* l3, 19 &* l4)
        let r0 = product(l0, l0) &+ product(d1, n4) &+ product(d2, n3)
        let r1 = product(d0, l1) &+ product(d2, n4) &+ product(l3, n3)
        let r2 = product(d0, l2) &+ product(l1, l1) &+ product(2 &* l3, n4)
        let r3 = product(d0, l3) &+ product(d1, l2) &+ product(l4, n4)
        let r4 = product(d0, l4) &+ product(d1, l3) &+ product(l2, l2)
        return FieldElement(folding: r0, r1, r2, r3, r4)
    }

    /// The inverse by Fermat: self^(p − 2) = self^(2^255 − 21). The inverse of zero comes out as zero.
    func inverted() -> FieldElement {
        let x2 = squared()
        let x9 = x2.squared(times: 2).multiplied(by: self)
        let x11 = x9.multiplied(by: x2)
        let ones5 = x11.squared().multiplied(by: x9)  // 2^5 − 1
        let ones10 = ones5.squared(times: 5).multiplied(by: ones5)
        let ones20 = ones10.squared(times: 10).multiplied(by: ones10)
        let ones40 = ones20.squared(times: 20).multiplied(by: ones20)
        let ones50 = ones40.squared(times: 10).multiplied(by: ones10)
        let ones100 = ones50.squared(times: 50).multiplied(by: ones50)
        let ones200 = ones100.squared(times: 100).multiplied(by: ones100)
        let ones250 = ones200.squared(times: 50).multiplied(by: ones50)
        return ones250.squared(times: 5).multiplied(by: x11)
    }

    /// Brings 128-bit sums back to limbs.
    private init(folding r0: UInt128, _ r1: UInt128, _ r2: UInt128, _ r3: UInt128, _ r4: UInt128) {
        func low(_ sum: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: sum) & Self.mask }
        func carry(_ sum: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: sum >> 51) }
        let s1 = r1 &+ UInt128(carry(r0))
        let s2 = r2 &+ UInt128(carry(s1))
        let s3 = r3 &+ UInt128(carry(s2))
        let s4 = r4 &+ UInt128(carry(s3))
        l0 = low(r0) &+ 19 &* carry(s4)
        l1 = low(s1) &+ l0 >> 51
        l0 &= Self.mask
        (l2, l3, l4) = (low(s2), low(s3), low(s4))
    }

    /// Moves what exceeds 51 bits of each limb into the next.
    private func carried() -> FieldElement {
        let mask = Self.mask
        return FieldElement(
            limbs: l0 & mask &+ 19 &* (l4 >> 51), l1 & mask &+ l0 >> 51, l2 & mask &+ l1 >> 51,
            l3 & mask &+ l2 >> 51, l4 & mask &+ l3 >> 51)
    }
}

extension FieldElement: Equatable {
    /// Compares the numbers, whatever limbs represent them.
    static func == (a: FieldElement, b: FieldElement) -> Bool {
        a.bytes == b.bytes
    }
}
