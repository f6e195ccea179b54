import Testing

@testable import WANoise

@Suite("Noise transport")
struct NoiseTransportTests {
    @Test("A repeated, skipped, reflected or changed frame does not open")
    func order() throws {
        var fixture = HandshakeFixture(seed: 21)
        let (client, server) = try fixture.connect()
        var sender = client
        let frames = [try sender.seal([1]), try sender.seal([2])]
        var receiver = server
        #expect(throws: NoiseError.authenticationFailed) { try receiver.open(frames[1]) }
        receiver = server
        #expect(try receiver.open(frames[0]) == [1])
        #expect(throws: NoiseError.authenticationFailed) { try receiver.open(frames[0]) }
        var reflected = client
        #expect(throws: NoiseError.authenticationFailed) { try reflected.open(frames[0]) }
        for bit in 0..<frames[0].count * 8 {
            var spoilt = frames[0]
            spoilt[bit / 8] ^= 1 << UInt8(bit % 8)
            receiver = server
            #expect(throws: NoiseError.authenticationFailed) { try receiver.open(spoilt) }
        }
    }

    @Test("A frame shorter than a tag is malformed", arguments: [0, 1, 15])
    func short(count: Int) throws {
        var fixture = HandshakeFixture(seed: 22)
        var server = try fixture.connect().server
        #expect(throws: NoiseError.malformedMessage) { try server.open([UInt8](repeating: 0, count: count)) }
    }

    @Test("The last counter is used and none is used twice: then the transport refuses, in each direction")
    func exhaustion() throws {
        let (a, b) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        let last = UInt64(UInt32.max)
        var sender = NoiseTransport(sendKey: a, receiveKey: b, sendCounter: last)
        var receiver = NoiseTransport(sendKey: b, receiveKey: a, receiveCounter: last)
        let frame = try sender.seal([5])
        #expect(try receiver.open(frame) == [5])
        for _ in 0..<3 {
            #expect(throws: NoiseError.counterExhausted) { try sender.seal([5]) }
            #expect(throws: NoiseError.counterExhausted) { try receiver.open(frame) }
        }
        let back = try receiver.seal([6])
        #expect(try sender.open(back) == [6], "the other direction goes on")
    }
}
