import Foundation
import Gateway
import Testing
import WASimulator

@testable import SimulatorServer

extension World {
    /// A phone says what the control API would be asked to say. Returns the message id.
    func say(_ fields: [String: Any], from number: String, to chat: String = World.ownNumber) async throws -> String {
        let body = try JSONSerialization.data(withJSONObject: fields.merging(["to": chat]) { $1 })
        let wanted = try JSONDecoder().decode(SayRequest.self, from: body)
        let utterance = try wanted.utterance(uploadingTo: simulator.media)
        return try await drive { try $0.say(utterance, from: DeviceAddress(number), to: wanted.recipient) }
    }

    /// The row of a message, once the event that tells of it is there: both are one transaction.
    func row(_ id: String) async throws -> MessageRecord {
        _ = try await event(.messageReceived) { ($0["id"] as? String)?.contains(id) == true }
        let page = try await gateway.messages(MessageQuery(session: Self.session, limit: 1, messageID: id))
        return try #require(page.messages.first, "no row for \(id)")
    }

    /// The data of the first event of a kind that fits. Waits for it.
    func event(
        _ name: EventName, where fits: ([String: Any]) -> Bool = { _ in true }
    ) async throws -> [String: Any] {
        var cursor: Int64 = 0
        while true {
            let page = try await gateway.events.page(
                after: cursor, limit: 100, filter: EventFilter(names: [name]))
            for record in page.records {
                let json = try JSONSerialization.jsonObject(with: Data(record.data.utf8))
                if let data = json as? [String: Any], fits(data) { return data }
            }
            cursor = page.cursor
            if !page.hasMore { await gateway.events.wait(past: cursor) }
            try Task.checkCancellation()
        }
    }

    /// How many events of these kinds there are so far.
    func eventCount(_ names: Set<EventName>) async throws -> Int {
        try await gateway.events.page(after: 0, limit: 1_000, filter: EventFilter(names: names)).records.count
    }
}
