import FoundationEssentials
package import WACrypto
import WAProto

/// A message of an established session, in an `enc` node of type "msg" or inside a prekey message.
/// ```
/// 0x33 | protobuf { ratchet key, counter, previous counter, ciphertext } | MAC (8)
/// MAC = HMAC-SHA256(macKey, sender identity (33) || receiver identity (33) || 0x33 || protobuf), first 8 bytes
/// ```
package struct SignalMessage: Equatable, Sendable {
    /// The whole message as received or as it will be sent; the MAC is over these bytes, never over a re-encoding.
    package let bytes: [UInt8]
    package let ratchetKey: PublicKey
    package let counter: UInt32
    /// The last index of the sender's chain before this one. We keep chains apart and have no use for it.
    package let previousCounter: UInt32
    let ciphertext: [UInt8]

    private static let macByteCount = 8

    /// Takes apart a received message. Nothing is authenticated yet.
    package init(parsing bytes: [UInt8]) throws(SignalError) {
        let body = try WireVersion.stripped(from: bytes)
        guard body.count > Self.macByteCount, let wire = try? WASignalWireMessage(decoding: body.dropLast(8)),
            wire.hasCounter, !wire.ciphertext.isEmpty, wire.ciphertext.count % AESCBC.blockByteCount == 0
        else { throw .invalidMessage }
        guard let ratchetKey = try? PublicKey(typed: [UInt8](wire.ratchetKey)) else { throw .invalidKey }
        self.bytes = bytes
        self.ratchetKey = ratchetKey
        counter = wire.counter
        previousCounter = wire.previousCounter
        ciphertext = [UInt8](wire.ciphertext)
    }

    /// Builds a message to send.
    init(
        ratchetKey: PublicKey, counter: UInt32, previousCounter: UInt32, ciphertext: [UInt8],
        macKey: [UInt8], from sender: PublicKey, to receiver: PublicKey
    ) {
        var wire = WASignalWireMessage()
        wire.ratchetKey = Data(ratchetKey.typed)
        wire.counter = counter
        wire.previousCounter = previousCounter
        wire.ciphertext = Data(ciphertext)
        let body = [WireVersion.byte] + wire.encoded()
        bytes = body + Self.mac(of: body[...], key: macKey, from: sender, to: receiver)
        self.ratchetKey = ratchetKey
        self.counter = counter
        self.previousCounter = previousCounter
        self.ciphertext = ciphertext
    }

    /// Tells whether the MAC at the end was made with this key between these two.
    func isAuthentic(macKey: [UInt8], from sender: PublicKey, to receiver: PublicKey) -> Bool {
        let expected = Self.mac(of: bytes.dropLast(Self.macByteCount), key: macKey, from: sender, to: receiver)
        return constantTimeEqual(expected, [UInt8](bytes.suffix(Self.macByteCount)))
    }

    private static func mac(
        of body: ArraySlice<UInt8>, key: [UInt8], from sender: PublicKey, to receiver: PublicKey
    ) -> [UInt8] {
        var input = [UInt8]()
        input.reserveCapacity(66 + body.count)
        input.append(PublicKey.typeByte)
        input.append(contentsOf: sender.raw)
        input.append(PublicKey.typeByte)
        input.append(contentsOf: receiver.raw)
        input.append(contentsOf: body)
        return [UInt8](HMAC.sha256(key: key, input).prefix(macByteCount))
    }
}
