import TestSupport
import WACrypto
import WANoise

/// A client and a server with keys from a seed and a chain that is valid from second 1,000 to 2,000.
struct HandshakeFixture {
    var rng: SeededRandom
    let issuer: CertificateIssuer
    let clientStatic: KeyPair
    let serverStatic: KeyPair
    var nowSeconds: Int64 = 1_500

    init(seed: UInt64) {
        var rng = SeededRandom(seed: seed)
        issuer = CertificateIssuer(root: KeyPair(using: &rng), intermediate: KeyPair(using: &rng))
        clientStatic = KeyPair(using: &rng)
        serverStatic = KeyPair(using: &rng)
        self.rng = rng
    }

    var validChain: [UInt8] {
        issuer.chain(for: serverStatic.publicKey, notBefore: 1_000, notAfter: 2_000)
    }

    mutating func client() -> NoiseInitiator {
        NoiseInitiator(staticKey: clientStatic, ephemeral: KeyPair(using: &rng))
    }

    mutating func server(chain: [UInt8]? = nil) -> NoiseResponder {
        NoiseResponder(
            staticKey: serverStatic, certificateChain: chain ?? validChain, ephemeral: KeyPair(using: &rng))
    }

    /// Runs a whole handshake and returns both transports.
    mutating func connect(payload: [UInt8] = [1, 2, 3]) throws -> (client: NoiseTransport, server: NoiseTransport) {
        var (client, server) = (client(), server())
        let hello = try server.serverHello(answering: client.clientHello())
        let finish = try client.clientFinish(
            answering: hello, payload: payload, trust: issuer.trust, nowSeconds: nowSeconds)
        return (finish.transport, try server.finish(finish.message).transport)
    }
}
