import Gateway
import SimulatorServer
import TestSupport
import Testing
import WASimulator

/// The machine stops at one chosen write of a send, and later comes up again: before and after each commit between
/// acceptance, upload, preparation and acknowledgement.
@Suite("A gateway that dies with a send under way")
struct DyingGatewayTests {
    /// What is sent; each time by somebody who has never written to these people.
    enum Sending: String, CaseIterable {
        case fileToPhone, textToGroup, fileToGroup
    }

    /// More than any send has.
    private static let mostWrites = 40

    @Test(
        "Whichever write it dies at, what was accepted is on every device once, under its own id",
        arguments: Sending.allCases, FaultyDatabase.Moment.allCases)
    func anyWrite(sending: Sending, moment: FaultyDatabase.Moment) async throws {
        try await withStage(seed: 61) { stage in
            var (last, deaths, deathsAfterAcceptance) = (Attempt.Ended?.none, 0, 0)
            while last?.hasDied != false, deaths < Self.mostWrites {
                let attempt = try await Attempt(number: deaths + 1, sending, on: stage)
                // One gateway makes good what the last one left, and dies at the next write.
                let (ended, previous) = try await stage.run { [last] world in
                    let wasAccepted = try await last?.check(in: world)
                    return (try await attempt.carryOut(moment, in: world), wasAccepted)
                }
                stage.database.revive()
                if previous == true { deathsAfterAcceptance += 1 }
                if ended.hasDied { deaths += 1 }
                last = ended
            }
            let wasAccepted = try await stage.run { [last] in try await last?.check(in: $0) }
            #expect(wasAccepted == true, "a send that nothing disturbed")
            print("\(sending), \(moment): \(deaths) deaths, \(deathsAfterAcceptance) of them with the send accepted")
            // Preparation and outcome, and for a file what was uploaded.
            #expect(deathsAfterAcceptance >= (sending == .textToGroup ? 2 : 3) && deaths < Self.mostWrites)
            // Some died between the stanza's leaving and the note of its ack: the server was sent the same id again. A text to
            // a group has one such moment only, and on a busy machine another write may take its number.
            let repeatedCount = await stage.simulator.host.drive { server, _ in server.counters.repeatedMessages }
            #expect(repeatedCount > 0 || moment == .afterCommit || sending == .textToGroup)
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
        words = "dies at write \(number)"
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

    private enum Event { case answered, died }

    /// What is known of it when its gateway is gone.
    struct Ended: Sendable {
        let attempt: Attempt
        /// False: the send was over before that.
        let hasDied: Bool
        /// The id in the database of the dead.
        let messageID: String?
    }

    /// Sends, and returns when the gateway is dead, or when the send is over before that.
    func carryOut(_ moment: FaultyDatabase.Moment, in world: World) async throws -> Ended {
        let content = try await content(in: world)
        let (events, happened) = AsyncStream.makeStream(of: Event.self)
        let death = world.database.die(atWrite: number, moment)
        let sending = Task {
            _ = try? await world.gateway.send(SendRequest(chatID: chatID, content: content), session: World.session)
            happened.yield(.answered)
        }
        let watching = Task {
            for await _ in death {}
            happened.yield(.died)
        }
        defer {
            sending.cancel()
            watching.cancel()
        }
        var iterator = events.makeAsyncIterator()
        var first = await iterator.next()
        // It answers with an error because it has died.
        if first == .answered, world.database.isDead { first = .died }
        return Ended(attempt: self, hasDied: first == .died, messageID: try await row(in: world)?.waMessageID)
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
    /// Everything that must hold after the next start; returns whether the send was accepted at all.
    func check(in world: World) async throws -> Bool {
        let label: Comment = "write \(attempt.number) of a send to \(attempt.chatID)"
        // What died before the acceptance was committed is nowhere.
        guard let row = try await attempt.row(in: world) else {
            #expect(messageID == nil && hasDied, label)
            return false
        }
        #expect(messageID == nil || messageID == row.waMessageID, label)
        let id = String(row.waMessageID.split(separator: "_").last ?? "")
        for device in attempt.devices {
            let shown = try await world.shown(id, on: device)
            #expect(shown.text == attempt.words && shown.copyCount == 1, label)
            #expect(shown.media == (attempt.isFile ? .downloaded : nil), label)
            #expect(try await world.drive { try $0.inbox(of: device) }.count == 1, label)
        }
        return true
    }
}
