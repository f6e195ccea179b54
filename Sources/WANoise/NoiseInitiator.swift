import FoundationEssentials
package import WACrypto
import WAProto

/// The client's side of the Noise XX handshake.
///
/// ```
/// client                                          server
///   ClientHello  { ephemeral }              →
///                                           ←     ServerHello { ephemeral, {static}, {certificate chain} }
///   ClientFinish { {static}, {payload} }    →
/// ```
/// What stands in braces is encrypted. Each message is one frame; the payload is the ClientPayload.
package struct NoiseInitiator: Sendable {
    private let staticKey: KeyPair
    private let ephemeral: KeyPair
    private var handshake: NoiseHandshake
    private var isFinished = false

    /// The header must be the one that was sent before the first frame.
    package init(staticKey: KeyPair, ephemeral: KeyPair = KeyPair(), header: [UInt8] = ConnectionHeader.bytes) {
        self.staticKey = staticKey
        self.ephemeral = ephemeral
        handshake = NoiseHandshake(.xx, prologue: header)
        handshake.mixHash(ephemeral.publicKey.raw)
    }

    /// The handshake hash, which at the end is the same on both sides.
    var handshakeHash: [UInt8] { handshake.hash }

    /// The first message.
    package func clientHello() -> [UInt8] {
        var message = WAHandshakeMessage()
        message.clientHello.ephemeral = Data(ephemeral.publicKey.raw)
        return message.encoded()
    }

    /// Checks the server's answer, certificates included, and returns the last message and the transport.
    ///
    /// Throws `malformedMessage`, `authenticationFailed`, `weakKey` or `untrustedCertificate`; nothing of `payload` has
    /// then left, and the connection is to be closed.
    package mutating func clientFinish(
        answering serverHello: [UInt8], payload: [UInt8], trust: ServerTrust, nowSeconds: Int64
    ) throws(NoiseError) -> (message: [UInt8], transport: NoiseTransport) {
        guard !isFinished else { throw .outOfOrder }
        isFinished = true

        guard let answer = try? WAHandshakeMessage(decoding: serverHello), answer.hasServerHello,
            let serverEphemeral = try? PublicKey(raw: [UInt8](answer.serverHello.ephemeral))
        else { throw .malformedMessage }
        handshake.mixHash(serverEphemeral.raw)
        try handshake.mixKey(ephemeral, serverEphemeral)
        let serverStaticRaw = try handshake.decrypt([UInt8](answer.serverHello.static))
        guard let serverStatic = try? PublicKey(raw: serverStaticRaw) else { throw .malformedMessage }
        try handshake.mixKey(ephemeral, serverStatic)
        let chain = try handshake.decrypt([UInt8](answer.serverHello.payload))
        try trust.verify(chain: chain, serverStatic: serverStatic, nowSeconds: nowSeconds)

        var message = WAHandshakeMessage()
        message.clientFinish.static = Data(try handshake.encrypt(staticKey.publicKey.raw))
        try handshake.mixKey(staticKey, serverEphemeral)
        message.clientFinish.payload = Data(try handshake.encrypt(payload))
        let keys = handshake.split()
        return (message.encoded(), NoiseTransport(sendKey: keys.fromClient, receiveKey: keys.fromServer))
    }
}
