import TestSupport
import Testing
import WACrypto
import WAProto

@Suite("Media")
struct MediaTests {
    @Test("Keys, files, hashes, retry messages and sidecar are those of the vectors")
    func vectors() throws {
        try withVectors("media") { vectors in
            let mediaKey = try vectors["media_key"].bytes
            let plaintext = try vectors["plaintext_utf8"].utf8
            for vector in try vectors["per_type"].list {
                let purpose = try #require(MediaKeys.Purpose(rawValue: vector["info"].text))
                let keys = try MediaKeys(mediaKey: mediaKey, purpose: purpose)
                #expect(try keys.iv == vector["iv"].bytes)
                #expect(try keys.cipherKey == vector["cipher_key"].bytes)
                #expect(try keys.macKey == vector["mac_key"].bytes)
                #expect(try keys.referenceKey == vector["ref_key"].bytes)
                let (file, summary) = try MediaCipher.encrypt(plaintext, keys: keys)
                #expect(try file == vector["upload"].bytes)
                #expect(try summary.encryptedFileSHA256 == vector["file_enc_sha256"].bytes)
                #expect(try summary.fileSHA256 == vectors["file_sha256"].bytes)
                #expect(summary.fileByteCount == plaintext.count)
                let decrypted = try MediaCipher.decrypt(
                    file, keys: keys, fileSHA256: summary.fileSHA256,
                    encryptedFileSHA256: summary.encryptedFileSHA256)
                #expect(decrypted == plaintext)
                if purpose == .image {
                    #expect(try summary.uploadToken == vectors["upload_token_std_url_padded"].text)
                    let unpadded = summary.uploadToken.filter { $0 != "=" }
                    #expect(try unpadded == vectors["upload_token_url_unpadded"].text)
                }
            }
            try checkRetry(vectors, mediaKey: mediaKey)
            try checkSidecar(vectors["sidecar_unverified"], mediaKey: mediaKey)
        }
    }

    private func checkRetry(_ vectors: VectorValue, mediaKey: [UInt8]) throws {
        let request = vectors["media_retry"]
        let messageID = try request["message_id"].text
        let cipher = try MediaRetryCipher(mediaKey: mediaKey, messageID: messageID)
        #expect(try cipher.key == request["key"].bytes)
        var receipt = WAServerErrorReceipt()
        receipt.stanzaID = messageID
        #expect(try receipt.encoded() == request["plaintext_ServerErrorReceipt"].bytes)
        #expect(try cipher.seal(receipt.encoded(), iv: request["iv"].bytes) == request["enc_p"].bytes)

        let answer = vectors["media_retry_answer"]
        #expect(try answer["message_id"].text == messageID)
        let opened = try cipher.open(answer["enc_p"].bytes, iv: answer["iv"].bytes)
        #expect(try opened == answer["plaintext_MediaRetryNotification"].bytes)
        let notification = try WAMediaRetryNotification(decoding: opened)
        #expect(notification.stanzaID == messageID)
        #expect(try notification.directPath == answer["direct_path"].text)
        #expect(try answer["result"].text == "SUCCESS")
        #expect(notification.result == .success)

        let other = try MediaRetryCipher(mediaKey: mediaKey, messageID: "3EB0BBBBBBBBBBBBBBBBBB")
        #expect(throws: CryptoError.authenticationFailed) {
            try other.open(answer["enc_p"].bytes, iv: answer["iv"].bytes)
        }
    }

    private func checkSidecar(_ vector: VectorValue, mediaKey: [UInt8]) throws {
        #expect(try vector["plaintext"].text == "byte i = i mod 251, 150000 bytes")
        #expect(
            try vector["formula"].text
                == "data = iv||ciphertext||mac10; for k: HMAC(mac_key, data[k*65536 : (k+1)*65536+16])[0:10]")
        #expect(try vector["confirmed"].text.hasPrefix("against one public sample file"))
        #expect(try vector["chunk"].integer == MediaSidecar.pieceByteCount)
        let purpose = try #require(MediaKeys.Purpose(rawValue: vector["info"].text))
        let keys = try MediaKeys(mediaKey: mediaKey, purpose: purpose)
        let plaintext = (0..<150_000).map { UInt8($0 % 251) }
        let (_, summary) = try MediaCipher.encrypt(plaintext, keys: keys)
        #expect(try summary.sidecar == vector["sidecar"].bytes)
        #expect(try summary.sidecar != vector["old_sidecar_was_wrong"].bytes)
    }

    @Test("A file in pieces of any size equals the whole, both ways", arguments: [51, 52, 53] as [UInt64])
    func streams(seed: UInt64) throws {
        var rng = SeededRandom(seed: seed)
        let keys = try MediaKeys(mediaKey: SecureRandom.bytes(32, using: &rng), purpose: .document)
        for count in [0, 1, 16, 65_525, 65_536, 70_000, 140_000] {
            let plaintext = SecureRandom.bytes(count, using: &rng)
            let (file, summary) = try MediaCipher.encrypt(plaintext, keys: keys)
            var encryptor = try MediaCipher.Encryptor(keys: keys)
            var encrypted: [UInt8] = []
            for piece in pieces(of: plaintext, using: &rng) { encrypted += try encryptor.update(piece) }
            let (tail, streamed) = try encryptor.finish()
            #expect(encrypted + tail == file && streamed == summary, "seed \(seed), \(count) bytes")

            var decryptor = try MediaCipher.Decryptor(keys: keys, fileSHA256: summary.fileSHA256)
            var decrypted: [UInt8] = []
            for piece in pieces(of: file, using: &rng) { decrypted += try decryptor.update(piece) }
            decrypted += try decryptor.finish().tail
            #expect(decrypted == plaintext, "seed \(seed), \(count) bytes")
        }
    }

    @Test("The sidecar has one entry for each piece begun, also when the data ends at an edge")
    func sidecarEdges() throws {
        let keys = try MediaKeys(mediaKey: [UInt8](repeating: 1, count: 32), purpose: .video)
        for (count, entries) in [(0, 1), (65_520, 1), (65_521, 2), (65_536, 2), (131_056, 2), (131_057, 3)] {
            var sidecar = MediaSidecar(keys: keys)
            // The 16 bytes of the initial vector come first.
            sidecar.update([UInt8](repeating: 0, count: count))
            #expect(sidecar.finish().count == entries * MediaSidecar.entryByteCount, "\(count) bytes")
        }
    }

    @Test("A changed, cut or foreign file is refused")
    func hostile() throws {
        let keys = try MediaKeys(mediaKey: [UInt8](repeating: 1, count: 32), purpose: .image)
        let (file, summary) = try MediaCipher.encrypt([UInt8](0..<50), keys: keys)
        for index in file.indices {
            var spoilt = file
            spoilt[index] ^= 1
            #expect(throws: CryptoError.authenticationFailed) { try MediaCipher.decrypt(spoilt, keys: keys) }
        }
        for count in 0..<file.count {
            #expect(throws: CryptoError.self) { try MediaCipher.decrypt([UInt8](file.prefix(count)), keys: keys) }
        }
        let other = try MediaKeys(mediaKey: [UInt8](repeating: 1, count: 32), purpose: .video)
        #expect(throws: CryptoError.authenticationFailed) { try MediaCipher.decrypt(file, keys: other) }
        let wrongHash = [UInt8](repeating: 0, count: 32)
        #expect(throws: CryptoError.authenticationFailed) {
            try MediaCipher.decrypt(file, keys: keys, fileSHA256: wrongHash)
        }
        #expect(throws: CryptoError.authenticationFailed) {
            try MediaCipher.decrypt(file, keys: keys, encryptedFileSHA256: wrongHash)
        }
        #expect(
            try MediaCipher.decrypt(file, keys: keys, encryptedFileSHA256: summary.encryptedFileSHA256).count == 50)
        for count in [0, 16, 31, 33] {
            let mediaKey = [UInt8](repeating: 1, count: count)
            #expect(throws: CryptoError.wrongLength) { try MediaKeys(mediaKey: mediaKey, purpose: .image) }
            #expect(throws: CryptoError.wrongLength) { try MediaRetryCipher(mediaKey: mediaKey, messageID: "A") }
        }
    }

    private func pieces(of bytes: [UInt8], using rng: inout SeededRandom) -> [[UInt8]] {
        var (rest, pieces) = (bytes[...], [[UInt8]]())
        while !rest.isEmpty {
            let count = Int.random(in: 0...30_000, using: &rng)
            pieces.append([UInt8](rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
