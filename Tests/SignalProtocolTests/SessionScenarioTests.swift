import TestSupport
import Testing

@testable import SignalProtocol

/// Two devices over a network that reorders, loses and repeats, against a model of what must be readable.
@Suite("Sessions over a bad network")
struct SessionScenarioTests {
    private struct Packet {
        let ciphertext: Ciphertext
        let plaintext: [UInt8]
        let message: SignalMessage
        var isOpened = false
    }

    @Test("Whatever the network does, a message is read exactly once or refused for a known reason", arguments: 0..<12)
    func badNetwork(run: Int) throws {
        try withSeed { rng in
            var devices = [TestDevice(using: &rng), TestDevice(using: &rng)]
            try devices[0].initiate(with: devices[1].bundle(), using: &rng)
            var packets: [[Packet]] = [[], []]  // by receiver
            var openedCount = 0

            for step in 0..<400 {
                let actor = Int.random(in: 0...1, using: &rng)
                let hasSession = devices[actor].record != nil
                if hasSession, Int.random(in: 0..<5, using: &rng) < 2 {
                    let plaintext = [UInt8]("\(run) \(step)".utf8)
                    let ciphertext = try devices[actor].encrypt(plaintext)
                    let message =
                        ciphertext.kind == .message
                        ? try SignalMessage(parsing: ciphertext.bytes)
                        : try PreKeySignalMessage(parsing: ciphertext.bytes).message
                    // One in ten never arrives.
                    guard Int.random(in: 0..<10, using: &rng) > 0 else { continue }
                    packets[1 - actor].append(Packet(ciphertext: ciphertext, plaintext: plaintext, message: message))
                } else if !packets[actor].isEmpty {
                    // Mostly among the latest, so that some are late and some are repeated.
                    let index = max(0, packets[actor].count - 1 - Int.random(in: 0..<8, using: &rng))
                    try deliver(&packets[actor][index], to: &devices[actor], using: &rng)
                    if packets[actor][index].isOpened { openedCount += 1 }
                }
            }
            #expect(openedCount > 50)
        }
    }

    private func deliver(
        _ packet: inout Packet, to device: inout TestDevice, using rng: inout SeededRandom
    ) throws {
        let before = device.record
        let knowsChain = try device.session?.current.knows(packet.message.ratchetKey) ?? false
        do {
            let plaintext = try device.decrypt(packet.ciphertext, using: &rng)
            #expect(plaintext == packet.plaintext)
            #expect(!packet.isOpened, "opened twice")
            packet.isOpened = true
        } catch {
            #expect(device.record == before)
            if knowsChain {
                #expect(packet.isOpened && error as? SignalError == .duplicateMessage)
            } else {
                // Its chain was one of the last five, once.
                #expect(error as? SignalError == .badMAC)
            }
        }
    }
}
