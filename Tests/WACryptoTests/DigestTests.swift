import TestSupport
import Testing
import WACrypto

@Suite("Hashes and key derivation")
struct DigestTests {
    @Test("The hashes of “abc” are the published ones")
    func digests() {
        let abc = [UInt8]("abc".utf8)
        #expect(Digest.sha256(abc).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Digest.sha512(abc).hex
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
        #expect(Digest.sha1(abc).hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(Digest.md5(abc).hex == "900150983cd24fb0d6963f7d28e17f72")
    }

    @Test("HMAC agrees with RFC 4231, cases 2 and 6")
    func hmacPublished() {
        let (key, message) = ([UInt8]("Jefe".utf8), [UInt8]("what do ya want for nothing?".utf8))
        #expect(
            HMAC.sha256(key: key, message).hex
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            HMAC.sha512(key: key, message).hex
                == "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")
        let longKey = [UInt8](repeating: 0xAA, count: 131)
        let hashedFirst = [UInt8]("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            HMAC.sha256(key: longKey, hashedFirst).hex
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    /// Keys and messages of n bytes: key byte i is i, message byte i is 7·i mod 256. From Python's hmac module.
    @Test(
        "HMAC-SHA256 is right around the block size, for keys and messages",
        arguments: [
            (0, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
            (1, "6620b31f2924b8c01547745f41825d322336f83ebb13d723678789d554d8a3ef"),
            (55, "e552e10adeb2fad114ee093ec5bdbc9892eca331b5bab001c95f14fa6fd7bbfc"),
            (56, "8e350a6b5c881c83b0e15d77921d837db7e717ad83f6169131e1c7b1efd8bddc"),
            (63, "e41a4725204aace617d7941fd247154e8e738061a62c19663a8d8b77bfd68353"),
            (64, "c74b0436b33eaf088bc863c4c8d51b925e234999f23c46b566ea3143c27ab2b2"),
            (65, "c2ca4631415816339b455280f016c2236ab9af47885b25e3136822ff12a33b0f"),
            (119, "d0d8ca210d2abf1a25afccc80b3e1a1308a7b65248abc01f49f7891bc5d1b485"),
            (128, "25691c5b66b4096ca82bc2e29d4e34ab26d4f908dfe55842a92a15c48e7b892f"),
        ])
    func hmacLengths(count: Int, expected: String) {
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
        #expect(HMAC.sha256(key: [UInt8]((0..<count).map(UInt8.init)), message).hex == expected)
    }

    @Test("HKDF agrees with RFC 5869, cases 1 to 3")
    func hkdfPublished() {
        #expect(
            KeyDerivation.hkdf(
                [UInt8](repeating: 0x0B, count: 22), salt: [UInt8](0...0x0C), info: [UInt8](0xF0...0xF9), count: 42
            ).hex == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        #expect(
            KeyDerivation.hkdf(
                [UInt8](0...0x4F), salt: [UInt8](0x60...0xAF), info: [UInt8](0xB0...0xFF), count: 82
            ).hex
                == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")
        let noSalt = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        #expect(KeyDerivation.hkdf([UInt8](repeating: 0x0B, count: 22), count: 42).hex == noSalt)
        #expect(
            KeyDerivation.hkdf(
                [UInt8](repeating: 0x0B, count: 22), salt: [UInt8](repeating: 0, count: 32), count: 42
            ).hex == noSalt, "no salt is the same as 32 zero bytes")
    }

    @Test("A shorter HKDF output is the beginning of a longer one, to the last possible byte")
    func hkdfLengths() {
        let longest = KeyDerivation.hkdf([1, 2, 3], info: "x", count: 255 * 32)
        for count in [1, 31, 32, 33, 64, 112, 160, 8159] {
            #expect(KeyDerivation.hkdf([1, 2, 3], info: "x", count: count) == [UInt8](longest.prefix(count)))
        }
        #expect(KeyDerivation.hkdf([], salt: [UInt8](repeating: 1, count: 100), count: 64).count == 64)
    }

    @Test("PBKDF2 agrees with RFC 7914, section 11")
    func pbkdf2Published() throws {
        #expect(
            try KeyDerivation.pbkdf2(
                password: [UInt8]("passwd".utf8), salt: [UInt8]("salt".utf8), iterations: 1, count: 64
            ).hex
                == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")
        #expect(throws: CryptoError.wrongLength) {
            try KeyDerivation.pbkdf2(password: [1], salt: [1], iterations: 0, count: 32)
        }
    }

    @Test("Byte strings are equal when length and every byte are")
    func comparison() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(!constantTimeEqual([], [0]))
        for bit in 0..<24 {
            var other: [UInt8] = [1, 2, 3]
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!constantTimeEqual([1, 2, 3], other))
        }
    }

    @Test("Random bytes have the asked length, repeat for a seed, and differ otherwise")
    func random() {
        for count in [0, 1, 7, 8, 9, 33] {
            var (one, two) = (SeededRandom(seed: 9), SeededRandom(seed: 9))
            #expect(SecureRandom.bytes(count).count == count)
            let bytes = SecureRandom.bytes(count, using: &one)
            #expect(bytes.count == count && bytes == SecureRandom.bytes(count, using: &two))
        }
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}
