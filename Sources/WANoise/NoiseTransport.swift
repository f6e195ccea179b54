import WACrypto

/// The cipher of a connection after its handshake: AES-256-GCM with one key and one counter for each direction.
package struct NoiseTransport: Sendable {
    let sendKey: [UInt8]
    let receiveKey: [UInt8]
    // The next counter of each direction; 2^32 means that none is left.
    private var sendCounter: UInt64
    private var receiveCounter: UInt64

    /// A transport starts at zero in both directions.
    init(sendKey: [UInt8], receiveKey: [UInt8], sendCounter: UInt64 = 0, receiveCounter: UInt64 = 0) {
        self.sendKey = sendKey
        self.receiveKey = receiveKey
        self.sendCounter = sendCounter
        self.receiveCounter = receiveCounter
    }

    /// Encrypts the next frame payload; the result is 16 bytes longer. Throws `counterExhausted`.
    package mutating func seal(_ plaintext: [UInt8]) throws(NoiseError) -> [UInt8] {
        let nonce = NoiseNonce.bytes(try Self.take(&sendCounter))
        do {
            return try AESGCM.seal(plaintext, key: sendKey, nonce: nonce)
        } catch {
            throw NoiseError(error)
        }
    }

    /// Decrypts the next frame payload; throws `authenticationFailed`, `malformedMessage` when it is shorter than a
    /// tag, or `counterExhausted`. After an error the connection is of no more use.
    package mutating func open(_ ciphertext: [UInt8]) throws(NoiseError) -> [UInt8] {
        let nonce = NoiseNonce.bytes(try Self.take(&receiveCounter))
        do {
            return try AESGCM.open(ciphertext, key: receiveKey, nonce: nonce)
        } catch {
            throw NoiseError(error)
        }
    }

    private static func take(_ counter: inout UInt64) throws(NoiseError) -> UInt32 {
        guard let value = UInt32(exactly: counter) else { throw .counterExhausted }
        counter += 1
        return value
    }
}
