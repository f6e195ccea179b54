import Testing

extension CrashScene {
    struct StoredMessage: Decodable, Sendable {
        let waMessageId: String
        let body: String
        let status: String
        let direction: String
    }

    private struct MessagePage: Decodable {
        let messages: [StoredMessage]
        let total: Int
    }

    /// Everything that must hold once the storm is over; `repeatCommand` is what a failure prints.
    ///
    /// The gateway is up and ready. Waits until what is still on its way has come.
    func checkInvariants(_ repeatCommand: String) async throws {
        let api = try #require(try await gateway.listening())
        let told = ledger.snapshot
        try await waitUntilSettled(api, saidCount: told.said.count)

        let stored = try await storedMessages(api, direction: "outgoing")
        for (send, messageID) in told.accepted {
            let rows = stored.filter { $0.body == send.text }
            #expect(rows.count == 1, "'\(send.text)' was accepted and is stored \(rows.count) times. \(repeatCommand)")
            #expect(rows.allSatisfy { $0.waMessageId == messageID }, "\(messageID). \(repeatCommand)")
            #expect(rows.allSatisfy { $0.status != "failed" }, "'\(send.text)' failed. \(repeatCommand)")
        }
        for recipient in Self.recipients {
            let sends = told.sends.values.filter { $0.recipient == recipient || $0.recipient == Self.group }
            let devices = recipient == Self.recipientWithCompanion ? [0, companion] : [0]
            for device in devices {
                let inbox = try await simulator.inbox(of: recipient, device: device).filter { !$0.isFromMe }
                check(inbox, against: sends, at: "\(recipient):\(device)", repeatCommand)
            }
        }
        let copies = try await simulator.inbox(of: Self.owner).filter(\.isFromMe)
        check(copies, against: Array(told.sends.values), at: "our own phone", repeatCommand)
        checkReceived(try await storedMessages(api, direction: "incoming"), said: told.said, repeatCommand)

        #expect(try await simulator.violations() == [], "\(repeatCommand)")
        let counters = try await simulator.counters()
        #expect(counters.registrations == 1, "A device was linked anew. \(repeatCommand)")
        #expect(counters.messagesUndecryptable == 0, "A phone could not read something. \(repeatCommand)")
        #expect(counters.retriesRequested == 0, "Somebody could not read something. \(repeatCommand)")
        #expect(counters.unknownRequests == [:] && counters.unknownStanzas == [:], "\(repeatCommand)")
        print(
            "\(told.accepted.count) sends answered 201, \(told.unansweredCount) cut off, refused: \(told.refusals);",
            "\(told.said.count) messages said; \(counters.logins) logins, \(counters.repeatedMessages) repeated stanzas")
    }

    /// Each accepted text exactly once, one without an answer at most once, a refused one not at all.
    private func check(
        _ inbox: [SimulatorProcess.InboxPage.Message], against sends: [CrashLedger.Send], at place: String,
        _ repeatCommand: String
    ) {
        let byText = Dictionary(grouping: inbox) { $0.text ?? "" }
        #expect(Set(inbox.map(\.id)).count == inbox.count, "An id came twice at \(place). \(repeatCommand)")
        for send in sends {
            let messages = byText[send.text] ?? []
            let summary = "'\(send.text)' (\(send.outcome)) came \(messages.count) times at \(place). \(repeatCommand)"
            switch send.outcome {
            case .accepted(let messageID):
                #expect(messages.count == 1, "\(summary)")
                #expect(messages.allSatisfy { messageID.hasSuffix("_" + $0.id) }, "\(summary)")
            case .unanswered:
                #expect(messages.count <= 1, "\(summary)")
            case .refused:
                #expect(messages.isEmpty, "\(summary)")
            }
            #expect(messages.allSatisfy { $0.copyCount == 1 && $0.retryCount == 0 }, "\(summary)")
            #expect(messages.allSatisfy { $0.media?.state != "failed" }, "\(summary)")
        }
        let known = Set(sends.map(\.text))
        #expect(byText.keys.allSatisfy(known.contains), "A text nobody sent came at \(place). \(repeatCommand)")
    }

    private func checkReceived(_ stored: [StoredMessage], said: [String: String], _ repeatCommand: String) {
        // `false_<chat>_<id>`
        let byID = Dictionary(grouping: stored) { String($0.waMessageId.split(separator: "_").last ?? "") }
        for (id, text) in said {
            let rows = byID[id] ?? []
            #expect(rows.map(\.body) == [text], "'\(text)' is stored \(rows.count) times. \(repeatCommand)")
        }
        #expect(stored.count == said.count, "Something is stored that nobody said. \(repeatCommand)")
    }

    /// Waits until nothing is pending any more and everything that was said is there.
    private func waitUntilSettled(_ api: JSONCaller, saidCount: Int) async throws {
        try await eventually("That every message said is stored", within: .seconds(120)) { last in
            let total = try await storedCount(direction: "incoming", through: api)
            last = "\(total) of \(saidCount)"
            return total >= saidCount ? () : nil
        }
        try await eventually("That every send has an outcome", within: .seconds(120)) { last in
            let pending = try await storedMessages(api, direction: "outgoing").filter { $0.status == "pending" }
            last = "\(pending.count) pending, such as \(pending.first?.body ?? "none")"
            return pending.isEmpty ? () : nil
        }
        // An acknowledged message can still be on its way through the simulator to a phone.
        let accepted = Set(ledger.snapshot.accepted.map(\.send.text))
        try await eventually("That our own phone has every copy", within: .seconds(120)) { last in
            let there = Set(try await simulator.inbox(of: Self.owner).compactMap { $0.isFromMe ? $0.text : nil })
            last = "\(accepted.subtracting(there).sorted().prefix(5))"
            return accepted.isSubset(of: there) ? () : nil
        }
    }

    private func storedMessages(_ api: JSONCaller, direction: String) async throws -> [StoredMessage] {
        var messages: [StoredMessage] = []
        while true {
            let part = try await page(api, "direction=\(direction)&limit=100&offset=\(messages.count)")
            messages += part.messages
            if part.messages.isEmpty || messages.count >= part.total { return messages }
        }
    }

    /// How many messages of a direction are stored.
    func storedCount(direction: String, through api: JSONCaller) async throws -> Int {
        try await page(api, "direction=\(direction)&limit=1").total
    }

    private func page(_ api: JSONCaller, _ query: String) async throws -> MessagePage {
        try await api.get("/sessions/\(session)/messages?\(query)").successful().decoded()
    }
}
