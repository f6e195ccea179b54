import TestSupport
import Testing
import WACrypto

@Suite("Ciphers")
struct CipherTests {
    private static let nistKey = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
    private static let nistPlaintext =
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

    @Test("AES-256-CBC agrees with NIST SP 800-38A, F.2.5, with one block of padding")
    func cbcPublished() throws {
        let expected =
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461"
            + "b2eb05e2c39be9fcda6c19078c6a9d1b3f461796d6b0d6b2e0c2a72b4d80e644"
        let (key, iv) = (try hex(Self.nistKey), [UInt8](0..<16))
        let plaintext = try hex(Self.nistPlaintext)
        #expect(try AESCBC.encrypt(plaintext, key: key, iv: iv).hex == expected)
        #expect(try AESCBC.decrypt(hex(expected), key: key, iv: iv) == plaintext)
    }

    @Test("AES-256-CTR agrees with NIST SP 800-38A, F.5.5, and counts over all 128 bits")
    func ctrPublished() throws {
        let expected =
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
            + "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"
        let key = try hex(Self.nistKey)
        let plaintext = try hex(Self.nistPlaintext)
        #expect(try AESCTR.apply(plaintext, key: key, iv: [UInt8](0xF0...0xFF)).hex == expected)
        #expect(try AESCTR.apply(hex(expected), key: key, iv: [UInt8](0xF0...0xFF)) == plaintext)
        // The next value comes from Python's cryptography package.
        let wrapped = try AESCTR.apply(
            [UInt8](plaintext[..<32]), key: key, iv: [UInt8](repeating: 0xFF, count: 16))
        #expect(wrapped.hex == "50fd97c3e61abb4873fb78df1e8e77e64b457cd68accda4a89fa236c06bf2605")
        #expect(try AESCTR.apply([], key: key, iv: [UInt8](0xF0...0xFF)) == [])
    }

    @Test("AES-256-GCM agrees with test cases 13 and 16 of its specification")
    func gcmPublished() throws {
        let key = try hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let nonce = try hex("cafebabefacedbaddecaf888")
        let plaintext = try hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        let associated = try hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let sealed = try AESGCM.seal(plaintext, key: key, nonce: nonce, authenticating: associated)
        #expect(
            sealed.hex == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10"
                + "56828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")
        #expect(try AESGCM.open(sealed, key: key, nonce: nonce, authenticating: associated) == plaintext)

        let (zeroKey, zeroNonce) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 12))
        let tag = try AESGCM.seal([], key: zeroKey, nonce: zeroNonce)
        #expect(tag.hex == "530f8afbc74536b9a963b4f1c4cb738b")
        #expect(try AESGCM.open(tag, key: zeroKey, nonce: zeroNonce) == [])
    }

    @Test("Every changed bit of a GCM message is noticed")
    func gcmTampering() throws {
        let (key, nonce) = ([UInt8](repeating: 3, count: 32), [UInt8](repeating: 4, count: 12))
        let sealed = try AESGCM.seal([1, 2, 3], key: key, nonce: nonce, authenticating: [9])
        for bit in 0..<sealed.count * 8 {
            var spoilt = sealed
            spoilt[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CryptoError.authenticationFailed) {
                try AESGCM.open(spoilt, key: key, nonce: nonce, authenticating: [9])
            }
        }
        for associated in [[], [8], [9, 9]] as [[UInt8]] {
            #expect(throws: CryptoError.authenticationFailed) {
                try AESGCM.open(sealed, key: key, nonce: nonce, authenticating: associated)
            }
        }
        #expect(throws: CryptoError.wrongLength) {
            try AESGCM.open([UInt8](sealed.prefix(15)), key: key, nonce: nonce)
        }
    }

    @Test("Keys, vectors and nonces of a wrong length are refused by every cipher", arguments: [0, 15, 17, 31, 33, 64])
    func wrongLengths(count: Int) throws {
        let (bad, block) = ([UInt8](repeating: 1, count: count), [UInt8](repeating: 1, count: 16))
        let key = [UInt8](repeating: 1, count: 32)
        #expect(throws: CryptoError.wrongLength) { try AESCBC.encrypt(block, key: bad, iv: block) }
        #expect(throws: CryptoError.wrongLength) { try AESCBC.encrypt(block, key: key, iv: bad) }
        #expect(throws: CryptoError.wrongLength) { try AESCBC.decrypt(block, key: bad, iv: block) }
        #expect(throws: CryptoError.wrongLength) { try AESCBC.decrypt(block, key: key, iv: bad) }
        #expect(throws: CryptoError.wrongLength) { try AESCBC.Encryptor(key: key, iv: bad) }
        #expect(throws: CryptoError.wrongLength) { try AESCBC.Decryptor(key: bad, iv: block) }
        #expect(throws: CryptoError.wrongLength) { try AESCTR.apply(block, key: bad, iv: block) }
        #expect(throws: CryptoError.wrongLength) { try AESCTR.apply(block, key: key, iv: bad) }
        #expect(throws: CryptoError.wrongLength) { try AESGCM.seal(block, key: bad, nonce: [UInt8](0..<12)) }
        #expect(throws: CryptoError.wrongLength) { try AESGCM.seal(block, key: key, nonce: bad) }
        #expect(throws: CryptoError.wrongLength) { try AESGCM.open(block, key: key, nonce: bad) }
    }

    @Test("A CBC ciphertext that is not whole blocks, or whose padding is malformed, is refused")
    func cbcHostile() throws {
        let (key, iv) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 16))
        for count in [0, 1, 15, 17, 31] {
            let bytes = [UInt8](repeating: 0, count: count)
            #expect(throws: CryptoError.wrongLength) { try AESCBC.decrypt(bytes, key: key, iv: iv) }
        }
        // Flipping a bit of the initial vector flips that bit of the only plaintext block, here all sixteens.
        let padding = try AESCBC.encrypt([], key: key, iv: iv)
        for (index, flip) in [(15, 0x10), (15, 0x01), (15, 0x20), (0, 0x01)] as [(Int, UInt8)] {
            var spoilt = iv
            spoilt[index] ^= flip
            #expect(throws: CryptoError.badPadding) { try AESCBC.decrypt(padding, key: key, iv: spoilt) }
        }
        #expect(try AESCBC.decrypt(padding, key: key, iv: iv) == [])
    }

    @Test("A CBC stream in pieces of any size equals the whole", arguments: [31, 32, 33, 34] as [UInt64])
    func cbcStream(seed: UInt64) throws {
        var rng = SeededRandom(seed: seed)
        let (key, iv) = (SecureRandom.bytes(32, using: &rng), SecureRandom.bytes(16, using: &rng))
        for count in [0, 1, 15, 16, 17, 32, 100, 1000] {
            let plaintext = SecureRandom.bytes(count, using: &rng)
            let whole = try AESCBC.encrypt(plaintext, key: key, iv: iv)
            var encryptor = try AESCBC.Encryptor(key: key, iv: iv)
            var encrypted: [UInt8] = []
            for piece in pieces(of: plaintext, using: &rng) { encrypted += try encryptor.update(piece) }
            encrypted += try encryptor.finish()
            #expect(encrypted == whole, "seed \(seed), \(count) bytes")

            var decryptor = try AESCBC.Decryptor(key: key, iv: iv)
            var decrypted: [UInt8] = []
            for piece in pieces(of: whole, using: &rng) { decrypted += try decryptor.update(piece) }
            decrypted += try decryptor.finish()
            #expect(decrypted == plaintext, "seed \(seed), \(count) bytes")
        }
    }

    @Test("CBC decryption can start in the middle with the block before as initial vector")
    func cbcSeek() throws {
        let (key, iv) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 16))
        let plaintext = [UInt8](0..<100)
        let ciphertext = try AESCBC.encrypt(plaintext, key: key, iv: iv)
        var decryptor = try AESCBC.Decryptor(key: key, iv: [UInt8](ciphertext[32..<48]))
        #expect(try decryptor.update(ciphertext[48...]) + decryptor.finish() == [UInt8](48..<100))
    }

    @Test("A CBC stream that ends inside a block is refused")
    func cbcStreamTruncated() throws {
        let (key, iv) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 16))
        for count in [0, 5, 17, 31] {
            var decryptor = try AESCBC.Decryptor(key: key, iv: iv)
            _ = try decryptor.update([UInt8](repeating: 7, count: count))
            #expect(throws: CryptoError.wrongLength) { try decryptor.finish() }
        }
    }

    private func pieces(of bytes: [UInt8], using rng: inout SeededRandom) -> [ArraySlice<UInt8>] {
        var (rest, pieces) = (bytes[...], [ArraySlice<UInt8>]())
        while !rest.isEmpty {
            let count = Int.random(in: 0...40, using: &rng)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    private func hex(_ text: String) throws -> [UInt8] {
        try #require([UInt8](hex: text))
    }
}
