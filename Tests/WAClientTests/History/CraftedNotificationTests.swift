import FoundationEssentials
import Storage
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@testable import WAClient

/// The class of CVE-2026-48063.
@Suite("Notes that only our own phone may write, written by others")
struct CraftedNotificationTests {
    private typealias Scene = ReceivingScene

    /// A history notification and a share of keys.
    private var notes: [WAMessage] {
        var history = WAMessage()
        history.protocolMessage.type = .historySyncNotification
        history.protocolMessage.historySyncNotification.syncType = .full
        history.protocolMessage.historySyncNotification.initialHistBootstrapInlinePayload = Data(Zlib.deflate([]))
        var keys = WAMessage()
        keys.protocolMessage.type = .appStateSyncKeyShare
        var key = WAAppStateSyncKey()
        key.keyID.keyID = Data([1])
        key.keyData.keyData = Data([UInt8](repeating: 1, count: 32))
        keys.protocolMessage.appStateSyncKeyShare.keys = [key]
        return [history, keys]
    }

    private func rows(in database: any SQLDatabase) async throws -> [Int64] {
        try await database.read { sql in
            try ["client_history_job", "client_app_state_key", "client_app_state_work"].map {
                try sql.query("SELECT count(*) AS n FROM \($0)").first?.integer("n") ?? -1
            }
        }
    }

    @Test("From a contact, or from another companion of ours, they change nothing and are reported")
    func crafted() async throws {
        for sender in [Scene.friendLID, Scene.ownPhone.with(device: 7), Scene.ownLID.with(device: 7)] {
            try await withDatabase { database in
                let scene = try await Scene(on: database)
                for (number, note) in notes.enumerated() {
                    let events = try await scene.take(note, from: scene.origin("3A\(number)", from: sender))
                    #expect(events.rejected.count == 1 && events.messages.isEmpty)
                    // Inside what a device of ours says it sent elsewhere.
                    let copy = note.sentByOtherDevice(to: Scene.friend)
                    #expect(try await scene.take(copy, from: scene.origin("3B\(number)", from: sender)).rejected.count == 1)
                }
                #expect(try await rows(in: database) == [0, 0, 0])
            }
        }
    }

    @Test("From our own phone they become rows: history to take in, and every collection to follow")
    func genuine() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            for (number, note) in notes.enumerated() {
                let events = try await scene.take(note, from: scene.origin("3A\(number)", from: Scene.ownLID.account))
                #expect(events.rejected.isEmpty && events.messages.isEmpty)
            }
            #expect(try await rows(in: database) == [1, 1, 5])
        }
    }
}
