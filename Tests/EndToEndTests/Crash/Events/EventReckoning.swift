import StrictJSON
import Testing

/// What the receiver must have got, against what was said and sent.
struct EventReckoning: Sendable {
    let scene: CrashScene
    let receiver: FlakyReceiver
    let traffic: EventTraffic
    let repeatCommand: String

    /// An event as whoever reads it would tell it from others.
    private struct Fact: Hashable {
        let event: String
        /// The message's bare id, and the status of an acknowledgement.
        let subject: String
    }

    func check() async throws {
        let told = traffic.told
        let said = told.said.values.flatMap(\.self)
        let sends = scene.ledger.snapshot.accepted.map(\.messageID)
        try await waitUntilTaken(
            Set(said.map { Fact(event: "message.received", subject: $0.id) })
                .union(told.reactions.keys.map { Fact(event: "message.reaction", subject: $0) })
                .union(sends.map { Fact(event: "message.sent", subject: bare($0)) })
                .union(sends.map { Fact(event: "message.ack", subject: bare($0) + " delivered") }))
        let deliveries = receiver.deliveries
        #expect(receiver.nonsense == [], "\(repeatCommand)")
        checkIdentities(deliveries)
        checkNothingIsInvented(deliveries, told)
        checkOrder(deliveries, told)
        try await checkNothingWaits()
        #expect(try await scene.simulator.violations() == [], "\(repeatCommand)")
        let taken = deliveries.filter(\.isTaken)
        print(
            "\(said.count) messages said, \(told.reactions.count) reactions, \(sends.count) sends;",
            "\(deliveries.count) deliveries, \(deliveries.count - taken.count) failed,",
            "\(taken.count - Set(taken.map(\.idempotencyKey)).count) repeated")
    }

    private func waitUntilTaken(_ expected: Set<Fact>) async throws {
        try await eventually("That every event was delivered", within: .seconds(300)) { last in
            let missing = expected.subtracting(receiver.deliveries.lazy.filter(\.isTaken).compactMap(fact))
            last = "\(missing.count) of \(expected.count) are missing, such as \(missing.prefix(3)). \(repeatCommand)"
            return missing.isEmpty ? () : nil
        }
    }

    /// One id for one fact, however often it came.
    private func checkIdentities(_ deliveries: [FlakyReceiver.Delivery]) {
        var keys: [Fact: Set<String>] = [:]
        var facts: [String: Set<Fact>] = [:]
        for delivery in deliveries {
            guard let fact = fact(delivery) else { continue }
            keys[fact, default: []].insert(delivery.idempotencyKey)
            facts[delivery.idempotencyKey, default: []].insert(fact)
        }
        for (fact, keys) in keys where keys.count != 1 {
            Issue.record("\(fact) came as \(keys.sorted()). \(repeatCommand)")
        }
        for (key, facts) in facts where facts.count != 1 { Issue.record("\(key) is \(facts). \(repeatCommand)") }
    }

    private func checkNothingIsInvented(_ deliveries: [FlakyReceiver.Delivery], _ told: EventTraffic.Ledger) {
        let said = Set(told.said.values.flatMap(\.self).map(\.id))
        // A send without an answer may have been accepted: its text is known, its id is not.
        let texts = Set(scene.ledger.snapshot.sends.keys)
        var sent = Set<String>()
        for delivery in deliveries where delivery.event == "message.sent" {
            let body = delivery.data["body"]?.string ?? ""
            #expect(texts.contains(body), "'\(body)' was never sent. \(repeatCommand)")
            sent.insert(bare(delivery.data["id"]?.string ?? ""))
        }
        for delivery in deliveries {
            let id = bare((delivery.data["messageId"] ?? delivery.data["id"])?.string ?? "")
            switch delivery.event {
            case "message.received": #expect(said.contains(id), "\(id) was never said. \(repeatCommand)")
            case "message.reaction":
                #expect(
                    told.reactions[id] == delivery.data["reaction"]?.string, "the reaction to \(id). \(repeatCommand)")
            case "message.ack": #expect(sent.contains(id), "\(id) was acknowledged and never sent. \(repeatCommand)")
            default: break
            }
        }
    }

    /// What one person said came first in the order in which it was said.
    private func checkOrder(_ deliveries: [FlakyReceiver.Delivery], _ told: EventTraffic.Ledger) {
        var seen = Set<String>()
        var order: [String: [String]] = [:]
        for delivery in deliveries where delivery.isTaken && delivery.event == "message.received" {
            guard seen.insert(delivery.idempotencyKey).inserted else { continue }
            order[delivery.data["chatId"]?.string ?? "", default: []].append(delivery.data["body"]?.string ?? "")
        }
        for (number, messages) in told.said {
            #expect(order[number + "@c.us"] == messages.map(\.text), "the order of \(number). \(repeatCommand)")
        }
    }

    /// The server keeps nothing for us that we have not acknowledged.
    private func checkNothingWaits() async throws {
        struct Phone: Decodable {
            struct Device: Decodable {
                let device: Int
                let waitingCount: Int
            }

            let devices: [Device]
        }
        try await eventually("That nothing waits on the server") { last in
            let phone: Phone = try await scene.simulator.control.get("/phones/\(CrashScene.owner)").successful()
                .decoded()
            last = "\(phone.devices)"
            return phone.devices.allSatisfy { $0.waitingCount == 0 } ? () : nil
        }
    }

    private func fact(_ delivery: FlakyReceiver.Delivery) -> Fact? {
        let (event, data) = (delivery.event, delivery.data)
        switch event {
        case "message.received", "message.sent":
            return data["id"]?.string.map { Fact(event: event, subject: bare($0)) }
        case "message.reaction": return data["messageId"]?.string.map { Fact(event: event, subject: bare($0)) }
        case "message.ack":
            guard let id = data["messageId"]?.string, let status = data["status"]?.string else { return nil }
            return Fact(event: event, subject: bare(id) + " " + status)
        default: return nil
        }
    }

    /// `<ID>` of `true_<chat>_<ID>`.
    private func bare(_ id: String) -> String { String(id.split(separator: "_").last ?? "") }
}
