import Foundation
import TestSupport
import Testing
import WACrypto
import WANoise
import WAProto

@Suite("Server certificates")
struct CertificateTests {
    private typealias Certificate = WACertChain.NoiseCertificate

    @Test("A chain is accepted from its first second to its last")
    func valid() throws {
        for seconds in [1_000, 1_500, 2_000] as [Int64] {
            #expect(try fault(at: seconds) { _, _ in } == nil)
        }
    }

    @Test("A chain not signed by the root is refused")
    func rootSignature() throws {
        #expect(try fault { $0.resign(&$1.intermediate, by: $0.stranger) } == .intermediateSignature)
        #expect(try fault { $1.intermediate.signature[0] ^= 1 } == .intermediateSignature)
        #expect(try fault { $1.intermediate.signature = Data() } == .intermediateSignature)
    }

    @Test("A leaf not signed by the intermediate is refused, even if signed by the root")
    func leafSignature() throws {
        #expect(try fault { $0.resign(&$1.leaf, by: $0.stranger) } == .leafSignature)
        #expect(try fault { $0.resign(&$1.leaf, by: $0.root) } == .leafSignature)
        #expect(try fault { $1.leaf.signature[63] ^= 0x80 } == .leafSignature)
        #expect(try fault { $1.leaf.signature.append(0) } == .leafSignature)
    }

    @Test("A leaf for another key than the server's is refused")
    func leafKey() throws {
        #expect(try fault { keys, chain in
            try keys.edit(&chain.leaf, by: keys.intermediate) { $0.key = Data(keys.stranger.publicKey.raw) }
        } == .leafKey)
    }

    @Test("A chain of which either certificate is expired or not yet valid is refused")
    func validity() throws {
        #expect(try fault(at: 999) { _, _ in } == .notYetValid)
        #expect(try fault(at: 2_001) { _, _ in } == .expired)
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.notAfter = 1_499 } } == .expired)
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.notBefore = 1_501 } } == .notYetValid)
        #expect(try fault { try $0.edit(&$1.intermediate, by: $0.root) { $0.notAfter = 1_499 } } == .expired)
        #expect(try fault { try $0.edit(&$1.intermediate, by: $0.root) { $0.notBefore = 1_501 } } == .notYetValid)
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.clearNotAfter() } } == .expired)
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.notBefore = .max } } == .notYetValid)
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.notAfter = .max } } == nil)
    }

    @Test("A leaf that names another issuer than the intermediate is refused")
    func leafIssuer() throws {
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.issuerSerial = 6 } } == .leafIssuer)
        #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.clearIssuerSerial() } } == .leafIssuer)
    }

    @Test("An intermediate that does not name serial 0 as its issuer is refused")
    func intermediateIssuer() throws {
        #expect(
            try fault { try $0.edit(&$1.intermediate, by: $0.root) { $0.issuerSerial = 1 } } == .intermediateIssuer)
    }

    @Test("A chain that lacks a part, or a certificate with a malformed key or details, is refused")
    func malformed() throws {
        #expect(try fault { $1.clearLeaf() } == .malformed)
        #expect(try fault { $1.clearIntermediate() } == .malformed)
        #expect(try fault { $1.leaf.details = Data([0xFF]) } == .malformed)
        #expect(try fault { $1.leaf.details = Data() } == .malformed)
        for count in [0, 31, 33] {
            let key = Data(repeating: 1, count: count)
            #expect(try fault { try $0.edit(&$1.leaf, by: $0.intermediate) { $0.key = key } } == .malformed)
            #expect(try fault { try $0.edit(&$1.intermediate, by: $0.root) { $0.key = key } } == .malformed)
        }
        #expect(try faultOfChain([]) == .malformed)
        #expect(try faultOfChain([0x0A, 0xFF]) == .malformed)
    }

    @Test("An intermediate whose key has small order vouches for nothing")
    func smallOrderIntermediate() throws {
        #expect(
            try fault { keys, chain in
                try keys.edit(&chain.intermediate, by: keys.root) { $0.key = Data(repeating: 0, count: 32) }
                // R = identity, s = 0: valid for every message if A were taken for the identity.
                chain.leaf.signature = Data([1] + [UInt8](repeating: 0, count: 63))
            } == .leafSignature)
    }

    @Test("A chain under another root is refused, the simulator's under WhatsApp's too")
    func otherRoot() throws {
        let keys = Keys()
        #expect(try fault(of: keys.chain.encoded(), trust: .whatsApp, keys: keys) == .intermediateSignature)
        let other = ServerTrust(rootKey: keys.stranger.publicKey)
        #expect(try fault(of: keys.chain.encoded(), trust: other, keys: keys) == .intermediateSignature)
    }

    /// Spoils a valid chain and returns what a client says to it.
    private func fault(
        at nowSeconds: Int64 = 1_500, _ spoil: (Keys, inout WACertChain) throws -> Void
    ) throws -> CertificateFault? {
        let keys = Keys()
        var chain = keys.chain
        try spoil(keys, &chain)
        return try fault(of: chain.encoded(), trust: keys.issuer.trust, keys: keys, at: nowSeconds)
    }

    private func faultOfChain(_ chain: [UInt8]) throws -> CertificateFault? {
        let keys = Keys()
        return try fault(of: chain, trust: keys.issuer.trust, keys: keys)
    }

    /// Runs a handshake in which the server shows a chain.
    private func fault(
        of chain: [UInt8], trust: ServerTrust, keys: Keys, at nowSeconds: Int64 = 1_500
    ) throws -> CertificateFault? {
        var client = NoiseInitiator(staticKey: KeyPair())
        var server = NoiseResponder(staticKey: keys.server, certificateChain: chain)
        let hello = try server.serverHello(answering: client.clientHello())
        do {
            _ = try client.clientFinish(answering: hello, payload: [], trust: trust, nowSeconds: nowSeconds)
            return nil
        } catch NoiseError.untrustedCertificate(let fault) {
            return fault
        }
    }

    /// The keys behind a chain, and the means to change a certificate and sign it again.
    private struct Keys {
        let root = KeyPair()
        let intermediate = KeyPair()
        let server = KeyPair()
        let stranger = KeyPair()

        var issuer: CertificateIssuer { CertificateIssuer(root: root, intermediate: intermediate) }

        var chain: WACertChain {
            let bytes = issuer.chain(for: server.publicKey, notBefore: 1_000, notAfter: 2_000)
            return (try? WACertChain(decoding: bytes)) ?? WACertChain()
        }

        func resign(_ certificate: inout Certificate, by signer: KeyPair) {
            certificate.signature = Data(signer.sign([UInt8](certificate.details)))
        }

        func edit(
            _ certificate: inout Certificate, by signer: KeyPair, _ change: (inout Certificate.Details) -> Void
        ) throws {
            var details = try Certificate.Details(decoding: [UInt8](certificate.details))
            change(&details)
            certificate.details = Data(details.encoded())
            resign(&certificate, by: signer)
        }
    }
}
