import Storage
import Testing
import WABinary
import WAClient
import WAProtocol
import WASimulator

@Suite("App state between a client and its phone")
struct AppStateTests {
    @Test("Messages are taken away for ourselves with patches the server verifies")
    func deleteForMe() async throws {
        try await withLinkedClient { linked in
            // The phone shares its key when the device is ready; what it lets be said after that comes later.
            let peer = DeviceAddress(LinkedClient.peerNumber)
            let id = try await linked.drive { try $0.say("Hi", from: peer, to: LinkedClient.ownNumber) }
            let message = try await linked.log.first { event -> ReceivedMessage? in
                if case .received(let message) = event, message.id == id { message } else { nil }
            }
            let keys = [
                MessageKey(chat: message.chat, id: id, isFromMe: false),
                MessageKey(chat: message.chat, id: "3EB0AA", isFromMe: true),
            ]
            // Together: the second waits for the first and goes on from its version.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in keys {
                    group.addTask { try await linked.client.deleteForMe(key, sentAtSeconds: message.timestampSeconds) }
                }
                try await group.waitForAll()
            }
            let version = try await linked.database.read { sql in
                try sql.query("SELECT version FROM client_app_state WHERE collection = 'regular_high'").first?.integer("version")
            }
            #expect(try #require(version) >= 2)
        }
    }
}
