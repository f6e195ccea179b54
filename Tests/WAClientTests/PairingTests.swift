import SimulatorServer
import Storage
import TestSupport
import Testing
import WAProtocol
import WASimulator

@testable import WAClient

@Suite("Linking a client to its phone")
struct PairingTests {
    @Test("A code typed on the phone links the client; what was typed wrong before does no harm")
    func code() async throws {
        try await withUnlinkedClient { linked in
            _ = try await linked.shownQR()
            let void = try await linked.client.requestPairingCode(for: LinkedClient.ownNumber)
            let code = try await linked.client.requestPairingCode(for: LinkedClient.ownNumber)
            #expect(code.count == 8 && code != void)
            try await linked.drive { try $0.enter(pairingCode: void, on: LinkedClient.ownNumber) }
            let refusal = await linked.simulator.host.firstValue(within: .patience) { $0.pairingRefusals.first }
            #expect(refusal == "the pairing code was wrong")
            try await linked.drive { try $0.enter(pairingCode: code, on: LinkedClient.ownNumber) }
            try await linked.isOnline()
            let outcome = await linked.send("linked by code")
            guard case .acknowledged = outcome else {
                Issue.record("the send ended as \(outcome)")
                return
            }
        }
    }

    @Test("After a wrong code the QR text that is shown then still links")
    func scanAfterWrongCode() async throws {
        try await withUnlinkedClient { linked in
            let before = try await linked.shownQR()
            _ = try await linked.client.requestPairingCode(for: LinkedClient.ownNumber)
            try await linked.drive { try $0.enter(pairingCode: "11111111", on: LinkedClient.ownNumber) }
            let after = try await linked.shownQR(otherThan: before)
            try await linked.drive { try $0.scan(after, by: LinkedClient.ownNumber) }
            try await linked.isOnline()
        }
    }

    @Test("The secret of a code is stored before the phone can use it")
    func storedFirst() async throws {
        try await withUnlinkedClient { linked in
            _ = try await linked.shownQR()
            let store = DeviceStore(account: linked.account)
            let before = try await linked.database.read { try store.load(on: $0)?.advSecret }
            let code = try await linked.client.requestPairingCode(for: LinkedClient.ownNumber)
            try await linked.drive { try $0.enter(pairingCode: code, on: LinkedClient.ownNumber) }
            try await linked.isOnline()
            let after = try await linked.database.read { try store.load(on: $0)?.advSecret }
            #expect(before != nil && after != nil && before != after)
        }
    }

    @Test("There is no code for a number that is none, nor once the client is linked")
    func refusals() async throws {
        try await withUnlinkedClient { linked in
            let qr = try await linked.shownQR()
            for number in ["0815123456", "12345", "62811x"] {
                await #expect(throws: WAProtocolError.invalidPhoneNumber) {
                    try await linked.client.requestPairingCode(for: number)
                }
            }
            try await linked.drive { try $0.scan(qr, by: LinkedClient.ownNumber) }
            try await linked.isOnline()
            await #expect(throws: ClientError.notConnected) {
                try await linked.client.requestPairingCode(for: LinkedClient.ownNumber)
            }
        }
    }
}
