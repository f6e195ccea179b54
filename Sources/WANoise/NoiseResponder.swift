import FoundationEssentials
package import WACrypto
import WAProto

/// The server's side of the Noise handshake: XX, and XXfallback for a client that tries IK.
///
/// A client that knows our static key from an earlier connection may put its own static key and payload into the
/// hello already (IK). We do not take that up: we answer with a whole XX server hello under the name of XXfallback,
/// which such a client recognises by the static key in it.
package struct NoiseResponder: Sendable {
    private let staticKey: KeyPair
    private let certificateChain: [UInt8]
    private let ephemeral: KeyPair
    private let header: [UInt8]
    private var handshake: NoiseHandshake?
    private var isFinished = false

    /// The handshake hash, which at the end is the same on both sides; nil before the hello.
    var handshakeHash: [UInt8]? { handshake?.hash }

    /// Whether the client tried IK and was answered with XXfallback.
    package private(set) var isFallback = false

    /// The chain is an encoded CertChain for the static key, as `CertificateIssuer` makes it.
    package init(
        staticKey: KeyPair, certificateChain: [UInt8], ephemeral: KeyPair = KeyPair(),
        header: [UInt8] = ConnectionHeader.bytes
    ) {
        self.staticKey = staticKey
        self.certificateChain = certificateChain
        self.ephemeral = ephemeral
        self.header = header
    }

    /// Answers the first message; throws `malformedMessage` or `weakKey`.
    package mutating func serverHello(answering clientHello: [UInt8]) throws(NoiseError) -> [UInt8] {
        guard handshake == nil else { throw .outOfOrder }
        guard let hello = try? WAHandshakeMessage(decoding: clientHello), hello.hasClientHello,
            let clientEphemeral = try? PublicKey(raw: [UInt8](hello.clientHello.ephemeral))
        else { throw .malformedMessage }

        isFallback = !hello.clientHello.static.isEmpty || !hello.clientHello.payload.isEmpty
        var handshake = NoiseHandshake(isFallback ? .xxFallback : .xx, prologue: header)
        handshake.mixHash(clientEphemeral.raw)
        handshake.mixHash(ephemeral.publicKey.raw)
        try handshake.mixKey(ephemeral, clientEphemeral)

        var message = WAHandshakeMessage()
        message.serverHello.ephemeral = Data(ephemeral.publicKey.raw)
        message.serverHello.static = Data(try handshake.encrypt(staticKey.publicKey.raw))
        try handshake.mixKey(staticKey, clientEphemeral)
        message.serverHello.payload = Data(try handshake.encrypt(certificateChain))
        self.handshake = handshake
        return message.encoded()
    }

    /// Opens the last message; throws `malformedMessage`, `authenticationFailed` or `weakKey`.
    ///
    /// The client's static key is proven to be its own; whether it may log in with it is the caller's question.
    package mutating func finish(
        _ clientFinish: [UInt8]
    ) throws(NoiseError) -> (clientStatic: PublicKey, payload: [UInt8], transport: NoiseTransport) {
        guard var handshake, !isFinished else { throw .outOfOrder }
        guard let finish = try? WAHandshakeMessage(decoding: clientFinish), finish.hasClientFinish else {
            throw .malformedMessage
        }
        let clientStaticRaw = try handshake.decrypt([UInt8](finish.clientFinish.static))
        guard let clientStatic = try? PublicKey(raw: clientStaticRaw) else { throw .malformedMessage }
        try handshake.mixKey(ephemeral, clientStatic)
        let payload = try handshake.decrypt([UInt8](finish.clientFinish.payload))
        let keys = handshake.split()
        self.handshake = handshake
        isFinished = true
        return (clientStatic, payload, NoiseTransport(sendKey: keys.fromServer, receiveKey: keys.fromClient))
    }
}
