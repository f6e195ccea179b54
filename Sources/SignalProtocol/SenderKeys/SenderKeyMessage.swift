import FoundationEssentials
import WACrypto
import WAProto

/// A message to a group, encrypted once for all, in an `enc` node of type "skmsg".
/// ```
/// 0x33 | protobuf { id, iteration, ciphertext } | XEdDSA signature (64) over everything before it
/// ```
package struct SenderKeyMessage: Equatable, Sendable {
    package let bytes: [UInt8]
    /// Which of the sender's keys it uses.
    package let id: UInt32
    package let iteration: UInt32
    let ciphertext: [UInt8]

    private static let signatureByteCount = 64

    /// Takes apart a received message. Nothing is authenticated yet.
    package init(parsing bytes: [UInt8]) throws(SignalError) {
        let body = try WireVersion.stripped(from: bytes)
        guard body.count > Self.signatureByteCount,
            let wire = try? WASignalWireSenderKeyMessage(decoding: body.dropLast(Self.signatureByteCount)),
            wire.hasID, wire.hasIteration, !wire.ciphertext.isEmpty,
            wire.ciphertext.count % AESCBC.blockByteCount == 0
        else { throw .invalidMessage }
        self.bytes = bytes
        id = wire.id
        iteration = wire.iteration
        ciphertext = [UInt8](wire.ciphertext)
    }

    /// Builds a message to send; the signature's randomness is 64 bytes.
    init(id: UInt32, iteration: UInt32, ciphertext: [UInt8], signedBy key: KeyPair, randomness: [UInt8]) {
        var wire = WASignalWireSenderKeyMessage()
        wire.id = id
        wire.iteration = iteration
        wire.ciphertext = Data(ciphertext)
        let body = [WireVersion.byte] + wire.encoded()
        bytes = body + key.sign(body, randomness: randomness)
        self.id = id
        self.iteration = iteration
        self.ciphertext = ciphertext
    }

    /// Tells whether the owner of the signing key made exactly these bytes.
    func isSigned(by key: PublicKey) -> Bool {
        key.isValidSignature(
            [UInt8](bytes.suffix(Self.signatureByteCount)), for: [UInt8](bytes.dropLast(Self.signatureByteCount)))
    }
}
