import Gateway
import SimulatorServer
import TestSupport
import Testing
import WASimulator

/// The machine stops at one chosen write of a send, before or after its commit, and later comes up again: at the acceptance,
/// the note of an uploaded file, the finished stanza, and the server's answer.
@Suite("A gateway that dies with a send under way")
struct DyingGatewayTests {
    /// What is sent; each time by somebody who has never written to these people.
    enum Sending: String, CaseIterable {
        case fileToPhone, textToGroup, fileToGroup
    }

    /// The writes of a send, in order, each with a statement that only it runs.
    enum Write: String, CaseIterable {
        case acceptance = "INSERT INTO gateway_outbox ("
        case uploadedFile = "INSERT INTO gateway_media_references"
        case stanza = "INSERT INTO client_outgoing"
        case answer = "UPDATE client_outgoing SET stanza = NULL"
    }

    @Test(
        "Whichever write it dies at, what was accepted is on every device once, under its own id",
        arguments: Sending.allCases, FaultyDatabase.Moment.allCases)
    func anyWrite(sending: Sending, moment: FaultyDatabase.Moment) async throws {
        try await withStage(seed: 61) { stage in
            var last: Attempt.Ended?
            for (number, write) in Write.allCases.enumerated() where sending != .textToGroup || write != .uploadedFile {
                let attempt = try await Attempt(number: number, sending, on: stage)
                // One gateway makes good what the last one left, and dies at the next write.
                last = try await stage.run { [last] world in
                    if let last { try await last.check(in: world) }
                    return try await attempt.carryOut(dyingAt: write, moment, in: world)
                }
                stage.database.revive()
            }
            try await stage.run { [last] world in
                if let last { try await last.check(in: world) }
            }
            // It died between the stanza's leaving and the note of its ack: the server was sent the same id again.
            let repeatedCount = await stage.simulator.host.drive { server, _ in server.counters.repeatedMessages }
            #expect(repeatedCount > 0 || moment == .afterCommit)
        }
    }
}

/// One send, to people of its own.
private struct Attempt: Sendable {
    let number: Int
    /// The text, or the caption.
    let words: String
    let chatID: String
    let devices: [DeviceAddress]
    let isFile: Bool

    init(number: Int, _ sending: DyingGatewayTests.Sending, on stage: Stage) async throws {
        self.number = number
        words = "send \(number)"
        isFile = sending != .textToGroup
        let people = [String(628_552_000_000 + number * 2), String(628_552_000_001 + number * 2)]
        let isGroup = sending != .fileToPhone
        (devices, chatID) = try await stage.simulator.host.drive { server, _ in
            var devices: [DeviceAddress] = []
            for person in isGroup ? people : [people[0]] {
                try server.addPhone(person)
                devices += [DeviceAddress(person), DeviceAddress(person, try server.addCompanion(to: person))]
            }
            guard isGroup else { return (devices, people[0] + "@c.us") }
            return (devices, try server.addGroup("Ops", members: [World.ownNumber] + people) + "@g.us")
        }
    }

    /// What is known of it when its gateway is gone.
    struct Ended: Sendable {
        let attempt: Attempt
        let wasAccepted: Bool
        /// The id in the database of the dead.
        let messageID: String?
    }

    /// Sends, and returns when the gateway is dead.
    func carryOut(
        dyingAt write: DyingGatewayTests.Write, _ moment: FaultyDatabase.Moment, in world: World
    ) async throws -> Ended {
        let content = try await content(in: world)
        world.database.die(running: write.rawValue, moment)
        let sending = Task {
            _ = try? await world.gateway.send(SendRequest(chatID: chatID, content: content), session: World.session)
        }
        defer { sending.cancel() }
        try await world.database.waitUntilDead()
        return Ended(
            attempt: self, wasAccepted: write != .acceptance || moment == .afterCommit,
            messageID: try await row(in: world)?.waMessageID)
    }

    fileprivate func row(in world: World) async throws -> MessageRecord? {
        let page = try await world.gateway.messages(
            MessageQuery(session: World.session, limit: 100, direction: .outgoing))
        let rows = page.messages.filter { $0.body == words }
        #expect(rows.count <= 1)
        return rows.first
    }

    private func content(in world: World) async throws -> OutgoingMessage {
        guard isFile else { return .text(OutgoingText(words)) }
        let writer = try world.gateway.mediaSpool.open(.upload)
        // Nobody has uploaded these bytes before.
        try Array("the file of attempt \(number)".utf8).withUnsafeBytes { try writer.write($0) }
        let file = try await writer.finish()
        return .media(
            OutgoingMedia(
                .document, file: .init(file), mimetype: "text/plain", filename: "note.txt", caption: words))
    }
}

extension Attempt.Ended {
    /// Everything that must hold after the next start; returns when the server's answer is written down.
    func check(in world: World) async throws {
        let label: Comment = "send \(attempt.number) to \(attempt.chatID)"
        #expect((messageID != nil) == wasAccepted, label)
        // What died before the acceptance was committed is nowhere.
        guard wasAccepted else {
            #expect(try await attempt.row(in: world) == nil, label)
            return
        }
        try await askPatiently("the answer to \(attempt.words)") {
            try await attempt.row(in: world).map { $0.status != .pending } ?? false
        }
        let row = try #require(try await attempt.row(in: world))
        #expect(row.waMessageID == messageID, label)
        let id = String(row.waMessageID.split(separator: "_").last ?? "")
        for device in attempt.devices {
            let shown = try await world.shown(id, on: device)
            #expect(shown.text == attempt.words && shown.copyCount == 1, label)
            #expect(shown.media == (attempt.isFile ? .downloaded : nil), label)
            #expect(try await world.drive { try $0.inbox(of: device) }.count == 1, label)
        }
    }
}
