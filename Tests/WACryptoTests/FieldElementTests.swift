import TestSupport
import Testing

@testable import WACrypto

@Suite("Field arithmetic")
struct FieldElementTests {
    @Test("An element times its inverse is one", arguments: [11, 12, 13] as [UInt64])
    func inverse(seed: UInt64) {
        var rng = SeededRandom(seed: seed)
        for _ in 0..<20 {
            let x = FieldElement(rng.next(), rng.next(), rng.next(), rng.next())
            #expect(x.multiplied(by: x.inverted()) == .one, "seed \(seed)")
        }
    }

    @Test("The laws of a field hold at the edges and in between", arguments: [21, 22] as [UInt64])
    func laws(seed: UInt64) {
        var rng = SeededRandom(seed: seed)
        let minusOne = FieldElement.zero.subtracting(.one)
        let largest = FieldElement(.max, .max, .max, .max >> 1)
        var elements: [FieldElement] = [.zero, .one, minusOne, largest]
        for _ in 0..<6 { elements.append(FieldElement(rng.next(), rng.next(), rng.next(), rng.next())) }
        for a in elements {
            #expect(a.subtracting(a) == .zero)
            #expect(a.multiplied(by: minusOne) == FieldElement.zero.subtracting(a))
            for b in elements {
                #expect(a.multiplied(by: b) == b.multiplied(by: a))
                #expect(a.adding(b).subtracting(b) == a)
                for c in elements {
                    #expect(
                        a.multiplied(by: b.adding(c)) == a.multiplied(by: b).adding(a.multiplied(by: c)),
                        "seed \(seed)")
                }
            }
        }
    }

    @Test("Bytes are read only when they are the number's only form")
    func canonical() throws {
        let p = try #require([UInt8](hex: "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))
        #expect(FieldElement(canonical: p) == nil)
        var belowP = p
        belowP[0] -= 1
        #expect(FieldElement(canonical: belowP)?.bytes == belowP)
        #expect(FieldElement(canonical: belowP)?.adding(.one) == .zero)
        #expect(FieldElement(canonical: [UInt8](p.dropLast())) == nil)
        // 2^255 − 1 = p + 18
        #expect(FieldElement(.max, .max, .max, .max >> 1).bytes == [18] + [UInt8](repeating: 0, count: 31))
    }

    @Test("The base point of the two curves is one point: u = 9 gives y = 4/5")
    func basePoint() throws {
        let nine: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
        let y = try #require(MontgomeryToEdwards.yCoordinate(ofPublicKey: nine))
        #expect(y == [0x58] + [UInt8](repeating: 0x66, count: 31))
    }
}
