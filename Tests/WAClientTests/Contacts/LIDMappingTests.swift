import SimulatorServer
import Storage
import Testing
import WABinary
import WASimulator

@testable import WAClient

@Suite("LIDs the phone tells")
struct LIDMappingTests {
    @Test(
        "The phone's word which LID belongs to which number is understood in every form it comes in",
        arguments: SimulatedServer.PayloadForm.allCases)
    func forms(_ form: SimulatedServer.PayloadForm) async throws {
        try await withLinkedClient(prepare: { try $0.setHidesLID(true, of: LinkedClient.peerNumber) }) { linked in
            let peer = JID(LinkedClient.peerNumber, .user)
            try await linked.drive {
                _ = try $0.say(
                    "hello", from: DeviceAddress(LinkedClient.peerNumber), to: LinkedClient.ownNumber,
                    addressing: .phoneNumber)
            }
            _ = try await linked.log.first { event -> Bool? in if case .received = event { true } else { nil } }
            let store = AddressMapStore(account: linked.account)
            #expect(try await linked.database.read { try store.lid(of: peer, on: $0) } == nil)
            try await linked.drive { try $0.sendLIDMapping(of: LinkedClient.ownNumber, as: form) }
            let learned = try await linked.log.first { event -> JID? in
                guard case .contactChanged(let news) = event, news.person == peer,
                    case .addressLearned(let lid) = news.change
                else { return nil }
                return lid
            }
            #expect(learned.user == (await linked.drive { $0.lid(of: LinkedClient.peerNumber) }))
        }
    }
}
