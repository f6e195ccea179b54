import Foundation
import TestSupport
import Testing
import WACrypto
import WAProto

@testable import WANoise

@Suite("Noise handshake")
struct NoiseHandshakeTests {
    @Test("The two roles agree on keys, static key and payload of any size", arguments: [0, 1, 300, 70_000])
    func bothRoles(payloadByteCount: Int) throws {
        var fixture = HandshakeFixture(seed: UInt64(payloadByteCount))
        var (client, server) = (fixture.client(), fixture.server())
        let payload = SecureRandom.bytes(payloadByteCount)
        let hello = try server.serverHello(answering: client.clientHello())
        #expect(!server.isFallback)
        let finish = try client.clientFinish(
            answering: hello, payload: payload, trust: fixture.issuer.trust, nowSeconds: 1_500)
        let opened = try server.finish(finish.message)
        #expect(opened.payload == payload)
        #expect(opened.clientStatic == fixture.clientStatic.publicKey)
        var (atClient, atServer) = (finish.transport, opened.transport)
        for count in 0..<50 {
            let text = [UInt8](repeating: UInt8(count), count: count)
            #expect(try atServer.open(atClient.seal(text)) == text)
            #expect(try atClient.open(atServer.seal(text + [1])) == text + [1])
        }
    }

    @Test("A client that tries IK is answered with XXfallback and gets through")
    func fallback() throws {
        var fixture = HandshakeFixture(seed: 2)
        var server = fixture.server()
        let client = IKClient(
            staticKey: fixture.clientStatic, serverStatic: fixture.serverStatic.publicKey,
            ephemeral: KeyPair(using: &fixture.rng))
        let hello = try server.serverHello(answering: client.hello(payload: [9, 9]))
        #expect(server.isFallback)
        let (chain, finish, transport) = try client.finish(answering: hello, payload: [7, 8])
        try fixture.issuer.trust.verify(chain: chain, serverStatic: fixture.serverStatic.publicKey, nowSeconds: 1_500)
        let opened = try server.finish(finish)
        #expect(opened.payload == [7, 8])
        #expect(opened.clientStatic == fixture.clientStatic.publicKey)
        var (atClient, atServer) = (transport, opened.transport)
        #expect(try atServer.open(atClient.seal([1])) == [1])
        #expect(try atClient.open(atServer.seal([2])) == [2])
    }

    @Test("A client that knows another static key of the server falls back just the same")
    func fallbackAfterKeyChange() throws {
        var fixture = HandshakeFixture(seed: 3)
        var server = fixture.server()
        let client = IKClient(
            staticKey: fixture.clientStatic, serverStatic: KeyPair().publicKey, ephemeral: KeyPair(using: &fixture.rng))
        let hello = try server.serverHello(answering: client.hello(payload: []))
        let (_, finish, _) = try client.finish(answering: hello, payload: [5])
        #expect(try server.finish(finish).payload == [5])
    }

    @Test("A client and a server that saw different headers do not connect")
    func headers() throws {
        var fixture = HandshakeFixture(seed: 4)
        var client = NoiseInitiator(staticKey: fixture.clientStatic, header: [0x57, 0x41, 0x06, 0x02])
        var server = fixture.server()
        let hello = try server.serverHello(answering: client.clientHello())
        #expect(throws: NoiseError.authenticationFailed) {
            try client.clientFinish(
                answering: hello, payload: [], trust: fixture.issuer.trust, nowSeconds: 1_500)
        }
    }

    @Test("No server hello with a changed byte is accepted, unless all that is read is the same")
    func mutatedServerHello() throws {
        var fixture = HandshakeFixture(seed: 5)
        let client = fixture.client()
        var server = fixture.server()
        let hello = try server.serverHello(answering: client.clientHello())
        let read = try WAHandshakeMessage(decoding: hello).serverHello
        for index in hello.indices {
            var spoilt = hello
            spoilt[index] ^= 1 << UInt8(index % 8)
            if let message = try? WAHandshakeMessage(decoding: spoilt), message.hasServerHello,
                message.serverHello.ephemeral == read.ephemeral, message.serverHello.static == read.static,
                message.serverHello.payload == read.payload
            {
                continue
            }
            #expect(throws: NoiseError.self, "byte \(index)") {
                var client = client
                _ = try client.clientFinish(
                    answering: spoilt, payload: [], trust: fixture.issuer.trust, nowSeconds: 1_500)
            }
        }
    }

    @Test("No changed bit of a client finish is accepted")
    func mutatedClientFinish() throws {
        var fixture = HandshakeFixture(seed: 6)
        var (client, server) = (fixture.client(), fixture.server())
        let hello = try server.serverHello(answering: client.clientHello())
        let finish = try client.clientFinish(
            answering: hello, payload: [1, 2, 3], trust: fixture.issuer.trust, nowSeconds: 1_500
        ).message
        for bit in 0..<finish.count * 8 {
            var spoilt = finish
            spoilt[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: NoiseError.self, "bit \(bit)") {
                var server = server
                _ = try server.finish(spoilt)
            }
        }
        #expect(try server.finish(finish).payload == [1, 2, 3])
    }

    @Test("Truncated and empty messages, and messages of the wrong step, are malformed")
    func truncated() throws {
        var fixture = HandshakeFixture(seed: 7)
        let client = fixture.client()
        let clientHello = client.clientHello()
        let responder = fixture.server()
        var server = responder
        let serverHello = try server.serverHello(answering: clientHello)
        for count in 0..<serverHello.count {
            #expect(throws: NoiseError.self, "\(count) bytes") {
                var client = client
                _ = try client.clientFinish(
                    answering: [UInt8](serverHello.prefix(count)), payload: [], trust: fixture.issuer.trust,
                    nowSeconds: 1_500)
            }
        }
        for message in (0..<clientHello.count).map({ [UInt8](clientHello.prefix($0)) }) + [serverHello] {
            #expect(throws: NoiseError.malformedMessage) {
                var server = responder
                _ = try server.serverHello(answering: message)
            }
        }
        #expect(throws: NoiseError.malformedMessage) { try server.finish(clientHello) }
        #expect(throws: NoiseError.malformedMessage) { try server.finish([]) }
        #expect(throws: NoiseError.malformedMessage) {
            var client = client
            _ = try client.clientFinish(
                answering: clientHello, payload: [], trust: fixture.issuer.trust, nowSeconds: 1_500)
        }
    }

    @Test("Keys of small order are refused on both sides")
    func smallOrder() throws {
        var fixture = HandshakeFixture(seed: 8)
        var hello = WAHandshakeMessage()
        hello.clientHello.ephemeral = Data(repeating: 0, count: 32)
        var server = fixture.server()
        #expect(throws: NoiseError.weakKey) { try server.serverHello(answering: hello.encoded()) }
        var answer = WAHandshakeMessage()
        answer.serverHello.ephemeral = Data(repeating: 0, count: 32)
        var client = fixture.client()
        #expect(throws: NoiseError.weakKey) {
            try client.clientFinish(
                answering: answer.encoded(), payload: [], trust: fixture.issuer.trust, nowSeconds: 1_500)
        }
    }

    @Test("Steps can be taken once, and in order")
    func order() throws {
        var fixture = HandshakeFixture(seed: 9)
        var (client, server) = (fixture.client(), fixture.server())
        #expect(throws: NoiseError.outOfOrder) { try server.finish([]) }
        let hello = try server.serverHello(answering: client.clientHello())
        #expect(throws: NoiseError.outOfOrder) { try server.serverHello(answering: client.clientHello()) }
        let trust = fixture.issuer.trust
        let finish = try client.clientFinish(answering: hello, payload: [], trust: trust, nowSeconds: 1_500)
        #expect(throws: NoiseError.outOfOrder) {
            try client.clientFinish(answering: hello, payload: [], trust: trust, nowSeconds: 1_500)
        }
        _ = try server.finish(finish.message)
        #expect(throws: NoiseError.outOfOrder) { try server.finish(finish.message) }
    }
}

/// A client that tries Noise IK with a server's key it remembers, and follows a fallback to XX.
private struct IKClient {
    let staticKey: KeyPair
    let serverStatic: PublicKey
    let ephemeral: KeyPair

    func hello(payload: [UInt8]) throws -> [UInt8] {
        var handshake = NoiseHandshake(
            protocolName: "Noise_IK_25519_AESGCM_SHA256", prologue: ConnectionHeader.bytes)
        handshake.mixHash(serverStatic.raw)
        handshake.mixHash(ephemeral.publicKey.raw)
        var message = WAHandshakeMessage()
        message.clientHello.ephemeral = Data(ephemeral.publicKey.raw)
        try handshake.mixKey(ephemeral, serverStatic)
        message.clientHello.static = Data(try handshake.encrypt(staticKey.publicKey.raw))
        try handshake.mixKey(staticKey, serverStatic)
        message.clientHello.payload = Data(try handshake.encrypt(payload))
        return message.encoded()
    }

    func finish(
        answering serverHello: [UInt8], payload: [UInt8]
    ) throws -> (chain: [UInt8], message: [UInt8], transport: NoiseTransport) {
        let answer = try WAHandshakeMessage(decoding: serverHello).serverHello
        try #require(!answer.static.isEmpty, "a static key in the answer is the sign of a fallback")
        var handshake = NoiseHandshake(
            protocolName: "Noise_XXfallback_25519_AESGCM_SHA256", prologue: ConnectionHeader.bytes)
        handshake.mixHash(ephemeral.publicKey.raw)
        let serverEphemeral = try PublicKey(raw: [UInt8](answer.ephemeral))
        handshake.mixHash(serverEphemeral.raw)
        try handshake.mixKey(ephemeral, serverEphemeral)
        let serverStatic = try PublicKey(raw: handshake.decrypt([UInt8](answer.static)))
        try handshake.mixKey(ephemeral, serverStatic)
        let chain = try handshake.decrypt([UInt8](answer.payload))
        var message = WAHandshakeMessage()
        message.clientFinish.static = Data(try handshake.encrypt(staticKey.publicKey.raw))
        try handshake.mixKey(staticKey, serverEphemeral)
        message.clientFinish.payload = Data(try handshake.encrypt(payload))
        let keys = handshake.split()
        return (chain, message.encoded(), NoiseTransport(sendKey: keys.fromClient, receiveKey: keys.fromServer))
    }
}
