import Foundation
import TestSupport
import Testing
import WACrypto
import WAProto

@testable import WANoise

@Suite("Noise vectors")
struct NoiseVectorTests {
    @Test("Every step, message and frame is that of the vectors, on both sides")
    func vectors() throws {
        try withVectors("noise") { vectors in
            let padded = [UInt8](NoiseHandshake.Pattern.xx.rawValue.utf8) + [0, 0, 0, 0]
            let nameHash = Digest.sha256(padded).hex
            #expect(try vectors["sha256_of_padded_name"].text.hasPrefix(nameHash))
            try checkCapturedSteps(vectors["xx_client_view"])
            try checkCapturedHello(vectors["xx_client_view"])
            try checkSecondExchange(vectors["second_ee_vector"])
            let gcm = vectors["gcm_only_vector"]
            let opened = try AESGCM.open(
                gcm["ciphertext"].bytes, key: gcm["key"].bytes, nonce: gcm["iv"].bytes, authenticating: gcm["aad"].bytes)
            #expect(try opened == gcm["plaintext"].bytes)
            #expect(try NoiseNonce.bytes(0) == gcm["iv"].bytes)
            try checkDerived(vectors["derived_full_handshake"])
        }
    }

    /// The capture of a real connection, step by step.
    private func checkCapturedSteps(_ vector: VectorValue) throws {
        #expect(try vector["protocol_name"].text == NoiseHandshake.Pattern.xx.rawValue + " + 4 zero bytes")
        #expect(try vector["prologue_hex"].bytes == ConnectionHeader.bytes)
        let ephemeral = try KeyPair(privateKeyRaw: vector["client_ephemeral_priv"].bytes)
        #expect(try ephemeral.publicKey.raw == vector["client_ephemeral_pub"].bytes)
        let serverEphemeral = try PublicKey(raw: vector["server_ephemeral_pub"].bytes)

        var handshake = NoiseHandshake(.xx, prologue: ConnectionHeader.bytes)
        #expect(try handshake.hash == vector["hash_after_prologue"].bytes)
        handshake.mixHash(ephemeral.publicKey.raw)
        #expect(try handshake.hash == vector["hash_after_client_ephemeral"].bytes)
        handshake.mixHash(serverEphemeral.raw)
        #expect(try handshake.hash == vector["hash_after_server_ephemeral"].bytes)
        try handshake.mixKey(ephemeral, serverEphemeral)
        #expect(try handshake.chainingKey == vector["salt_after_mix_ee"].bytes)
        let serverStatic = try handshake.decrypt(vector["server_static_ciphertext"].bytes)
        #expect(try serverStatic == vector["server_static_plaintext"].bytes)
        #expect(try handshake.hash == vector["hash_after_static"].bytes)
        try handshake.mixKey(ephemeral, PublicKey(raw: serverStatic))
        #expect(try handshake.chainingKey == vector["salt_after_mix_es"].bytes)
        let chain = try handshake.decrypt(vector["cert_payload_ciphertext"].bytes)
        #expect(try chain == vector["cert_payload_plaintext"].bytes)
        #expect(try handshake.hash == vector["hash_after_cert"].bytes)
    }

    /// The same capture through the client's own door, with the production trust root.
    private func checkCapturedHello(_ vector: VectorValue) throws {
        var hello = WAHandshakeMessage()
        hello.serverHello.ephemeral = Data(try vector["server_ephemeral_pub"].bytes)
        hello.serverHello.static = Data(try vector["server_static_ciphertext"].bytes)
        hello.serverHello.payload = Data(try vector["cert_payload_ciphertext"].bytes)
        let chain = try WACertChain(decoding: vector["cert_payload_plaintext"].bytes)
        let leaf = try WACertChain.NoiseCertificate.Details(decoding: [UInt8](chain.leaf.details))
        let initiator = NoiseInitiator(
            staticKey: KeyPair(), ephemeral: try KeyPair(privateKeyRaw: vector["client_ephemeral_priv"].bytes))
        func finish(at seconds: UInt64) throws {
            var initiator = initiator
            _ = try initiator.clientFinish(
                answering: hello.encoded(), payload: [], trust: .whatsApp, nowSeconds: Int64(seconds))
        }
        try finish(at: leaf.notBefore)
        try finish(at: leaf.notAfter)
        #expect(throws: NoiseError.untrustedCertificate(.notYetValid)) { try finish(at: leaf.notBefore - 1) }
        #expect(throws: NoiseError.untrustedCertificate(.expired)) { try finish(at: leaf.notAfter + 1) }
    }

    private func checkSecondExchange(_ vector: VectorValue) throws {
        let ephemeral = try KeyPair(privateKeyRaw: vector["client_ephemeral_priv"].bytes)
        var handshake = NoiseHandshake(.xx, prologue: [])
        #expect(try handshake.chainingKey == vector["salt_before"].bytes)
        let secret = try ephemeral.sharedSecret(with: PublicKey(raw: vector["server_ephemeral_pub"].bytes))
        handshake.mixKey(secret: secret)
        #expect(try handshake.chainingKey == vector["salt_after"].bytes)
        let key = KeyDerivation.hkdf(secret, salt: try vector["salt_before"].bytes, count: 64)[32...]
        let opened = try AESGCM.open(
            vector["ciphertext"].bytes, key: [UInt8](key), nonce: NoiseNonce.bytes(0),
            authenticating: vector["aad"].bytes)
        #expect(try opened == vector["plaintext"].bytes)
    }

    private func checkDerived(_ vector: VectorValue) throws {
        func pair(_ name: String) throws -> KeyPair { try KeyPair(privateKeyRaw: vector["\(name)_priv"].bytes) }
        let (root, intermediate) = (try pair("root"), try pair("intermediate"))
        #expect(try root.publicKey.raw == vector["root_pub"].bytes)
        let issuer = CertificateIssuer(root: root, intermediate: intermediate)
        let (clientStatic, serverStatic) = (try pair("client_static"), try pair("server_static"))
        let chain = try vector["cert_chain"].bytes
        try checkIssued(chain, by: issuer, for: serverStatic.publicKey)

        var client = NoiseInitiator(staticKey: clientStatic, ephemeral: try pair("client_ephemeral"))
        var server = NoiseResponder(
            staticKey: serverStatic, certificateChain: chain, ephemeral: try pair("server_ephemeral"))
        #expect(try client.clientHello() == vector["client_hello_frame_payload"].bytes)
        let serverHello = try server.serverHello(answering: client.clientHello())
        #expect(try serverHello == vector["server_hello_frame_payload"].bytes)
        let payload = try vector["client_payload_plain"].bytes
        let (finish, clientTransport) = try client.clientFinish(
            answering: serverHello, payload: payload, trust: issuer.trust, nowSeconds: 1_700_000_000)
        #expect(try finish == vector["client_finish_frame_payload"].bytes)
        let opened = try server.finish(finish)
        #expect(opened.clientStatic == clientStatic.publicKey && opened.payload == payload)
        #expect(try client.handshakeHash == vector["final_hash"].bytes)
        #expect(try server.handshakeHash == vector["final_hash"].bytes)

        var (atClient, atServer) = (clientTransport, opened.transport)
        #expect(try atClient.sendKey == vector["client_write_key"].bytes)
        #expect(try atClient.receiveKey == vector["client_read_key"].bytes)
        let fromClient = try vector["first_client_frame_plain"].bytes
        #expect(try atClient.seal(fromClient) == vector["first_client_frame_cipher"].bytes)
        #expect(try atServer.open(vector["first_client_frame_cipher"].bytes) == fromClient)
        let fromServer = try vector["first_server_frame_plain"].bytes
        #expect(try atServer.seal(fromServer) == vector["first_server_frame_cipher"].bytes)
        #expect(try atClient.open(vector["first_server_frame_cipher"].bytes) == fromServer)
        for frame in try vector["more_client_frames"]["frames"].list {
            var transport = NoiseTransport(
                sendKey: clientTransport.sendKey, receiveKey: clientTransport.receiveKey,
                sendCounter: UInt64(try frame["counter"].integer))
            #expect(try transport.seal(fromClient) == frame["cipher"].bytes)
        }
    }

    /// The issuer signs the very bytes of the vector; the signatures differ, for they are randomised.
    private func checkIssued(_ expected: [UInt8], by issuer: CertificateIssuer, for leaf: PublicKey) throws {
        let chain = try WACertChain(decoding: expected)
        let details = try WACertChain.NoiseCertificate.Details(decoding: [UInt8](chain.leaf.details))
        let issued = try WACertChain(
            decoding: issuer.chain(
                for: leaf, notBefore: Int64(details.notBefore), notAfter: Int64(details.notAfter)))
        #expect(issued.leaf.details == chain.leaf.details)
        #expect(issued.intermediate.details == chain.intermediate.details)
    }
}
