import TestSupport
import Testing

@testable import WACrypto

@Suite("XEdDSA")
struct XEdDSATests {
    @Test("Every signature of the vectors verifies or fails as stated, and signing gives the same bytes")
    func vectors() throws {
        try withVectors("xeddsa") { vectors in
            for vector in try vectors["verify"].list {
                let key = try PublicKey(raw: vector["public_key"].bytes)
                let isValid = try key.isValidSignature(vector["signature"].bytes, for: vector["message"].bytes)
                let what = try vector["what"].text
                #expect(try isValid == vector["valid"].boolean, "\(what)")
            }
            for vector in try vectors["signer_vectors"].list {
                let pair = try KeyPair(privateKeyRaw: vector["private_key_unclamped"].bytes)
                #expect(try pair.privateKeyRaw == vector["private_key_clamped"].bytes)
                #expect(try pair.publicKey.raw == vector["public_key"].bytes)
                let message = try vector["message"].bytes
                let signature = try pair.sign(message, randomness: vector["Z"].bytes)
                #expect(try signature == vector["signature"].bytes)
                #expect(try pair.preparedToSign().sign(message, randomness: vector["Z"].bytes) == signature)
                #expect(try Int(signature[63] >> 7) == vector["sign_bit"].integer)
                #expect(pair.publicKey.isValidSignature(signature, for: message))
            }
        }
    }

    @Test("What a fresh pair signs verifies, and nothing else does", arguments: [1, 2, 3] as [UInt64])
    func roundTrips(seed: UInt64) {
        var rng = SeededRandom(seed: seed)
        var signBits: Set<UInt8> = []
        for _ in 0..<40 {
            let pair = KeyPair(using: &rng)
            let message = SecureRandom.bytes(Int.random(in: 0...200, using: &rng), using: &rng)
            let signature = pair.sign(message)
            signBits.insert(signature[63] >> 7)
            #expect(pair.publicKey.isValidSignature(signature, for: message), "seed \(seed)")
            #expect(!pair.publicKey.isValidSignature(signature, for: message + [0]))
            #expect(!KeyPair(using: &rng).publicKey.isValidSignature(signature, for: message))
            var spoilt = signature
            let bit = Int.random(in: 0..<512, using: &rng)
            spoilt[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!pair.publicKey.isValidSignature(spoilt, for: message), "seed \(seed), bit \(bit)")
        }
        #expect(signBits == [0, 1], "both signs of A are met; seed \(seed)")
    }

    @Test("Two signatures over one message differ, and both are valid")
    func randomised() {
        let pair = KeyPair()
        let signatures = [pair.sign([1, 2, 3]), pair.sign([1, 2, 3])]
        #expect(signatures[0] != signatures[1])
        #expect(signatures.allSatisfy { pair.publicKey.isValidSignature($0, for: [1, 2, 3]) })
    }

    @Test("A signature whose s was raised by the group order is refused")
    func malleability() throws {
        let pair = try KeyPair(privateKeyRaw: [UInt8](repeating: 0x42, count: 32))
        // L = 2^252 + 27742317777372353535851937790883648493
        let order = try #require([UInt8](hex: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
        for attempt in 0..<8 {
            var signature = pair.sign([7], randomness: [UInt8](repeating: UInt8(attempt), count: 64))
            #expect(pair.publicKey.isValidSignature(signature, for: [7]))
            let signBit = signature[63] & 0x80
            signature[63] &= 0x7F
            var carry = 0
            for index in 0..<32 {
                let sum = Int(signature[32 + index]) + Int(order[index]) + carry
                signature[32 + index] = UInt8(sum & 0xFF)
                carry = sum >> 8
            }
            try #require(carry == 0 && signature[63] & 0x80 == 0, "s + L still fits 255 bits")
            signature[63] |= signBit
            #expect(!pair.publicKey.isValidSignature(signature, for: [7]))
        }
    }

    @Test("Signatures of any other length are refused", arguments: [0, 1, 32, 63, 65, 128])
    func lengths(count: Int) {
        let pair = KeyPair()
        let signature = pair.sign([])
        let resized = [UInt8]((signature + signature).prefix(count))
        #expect(!pair.publicKey.isValidSignature(resized, for: []))
    }

    @Test(
        "Keys of small order and keys that are not numbers below p verify nothing",
        arguments: [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "0900000000000000000000000000000000000000000000000000000000000080",
        ])
    func hostileKeys(hex: String) throws {
        let bytes = try #require([UInt8](hex: hex))
        #expect(MontgomeryToEdwards.yCoordinate(ofPublicKey: bytes) == nil)
        let key = try PublicKey(raw: bytes)
        // With A = identity, R = identity and s = 0 satisfy the bare equation for every message.
        let identity: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        #expect(!key.isValidSignature(identity + [UInt8](repeating: 0, count: 32), for: [1]))
        #expect(!key.isValidSignature([UInt8](repeating: 0, count: 64), for: [1]))
    }

    @Test("A description of a key pair does not show its private half")
    func description() {
        let pair = KeyPair()
        var dumped = ""
        dump(pair, to: &dumped)
        for text in [String(describing: pair), String(reflecting: pair), dumped] {
            #expect(!text.contains("privateKey"))
            #expect(!text.contains(pair.privateKeyRaw.map(String.init).joined(separator: ", ")))
        }
    }
}
