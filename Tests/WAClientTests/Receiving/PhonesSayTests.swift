import SimulatorServer
import Storage
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol
import WASimulator

@Suite("Everything between a client and simulated phones, beside texts and files")
struct PhonesSayTests {
    private let peer = DeviceAddress(LinkedClient.peerNumber)
    private let peerJID = JID(LinkedClient.peerNumber, .user)
    private let ownJID = JID(LinkedClient.ownNumber, .user)

    private func say(_ utterance: Utterance, to number: String = LinkedClient.ownNumber, _ linked: LinkedClient) async throws -> String {
        let peer = peer
        return try await linked.drive { try $0.say(utterance, from: peer, to: number) }
    }

    private func say(_ content: Utterance.Content, _ linked: LinkedClient) async throws -> String {
        try await say(Utterance(content), linked)
    }

    /// What we record of it.
    private func received(_ id: String, _ linked: LinkedClient) async throws -> ReceivedMessage {
        try await linked.receives(id)
        return try await linked.log.first { event in
            if case .received(let message) = event, message.id == id { message } else { nil }
        }
    }

    private func send(_ content: MessageContent, id: String, _ linked: LinkedClient) async -> SendOutcome {
        await linked.client.send([OutgoingEnvelope(id: id, recipient: peerJID, content: content)]).first ?? .interrupted
    }

    @Test("What phones say comes out as what it is, sealed or not")
    func everything() async throws {
        try await withLinkedClient { linked in
            let poll = PollContent(name: "When?", options: ["now", "later", "never"], selectableCount: 0)
            guard case .acknowledged = await send(.poll(poll), id: "3EB001", linked),
                case .acknowledged = await linked.send("hello", id: "3EB002")
            else {
                Issue.record("not sent")
                return
            }
            _ = try await linked.inbox(of: peer, count: 2)
            let ours = MessageKey(chat: peerJID, id: "3EB001", isFromMe: true)

            let vote = try await received(say(.vote(["never", "now"], in: "3EB001"), linked), linked)
            guard case .pollVote(let voted) = vote.content else {
                Issue.record("\(vote.content)")
                return
            }
            #expect(voted.key == ours && voted.selectedNames == ["now", "never"] && voted.selectedHashes.count == 2)
            let none = try await received(say(.vote([], in: "3EB001"), linked), linked)
            if case .pollVote(let taken) = none.content { #expect(taken.selectedHashes.isEmpty) } else { Issue.record("no vote") }

            var reaction = Utterance(.reaction("👍", to: "3EB002"))
            reaction.isEncrypted = true
            let reacted = try await received(say(reaction, linked), linked)
            guard case .reaction(let thumb) = reacted.content else {
                Issue.record("\(reacted.content)")
                return
            }
            #expect(thumb.emoji == "👍" && thumb.key == MessageKey(chat: peerJID, id: "3EB002", isFromMe: true))

            let said = try await say(.text("first"), linked)
            for (shape, isEncrypted, text) in [(Utterance.EditShape.wrapped, false, "a"), (.bare, false, "b"), (.wrapped, true, "c")] {
                var edit = Utterance(.edit(text, of: said))
                (edit.editShape, edit.isEncrypted) = (shape, isEncrypted)
                let edited = try await received(say(edit, linked), linked)
                #expect(edited.content.text == text)
                #expect(edited.content.target == MessageKey(chat: peerJID, id: said, isFromMe: false))
            }

            let event = try await say(.event(ShownEvent(name: "Party", startSeconds: 1_790_000_000)), linked)
            if case .event(let party) = try await received(event, linked).content { #expect(party.name == "Party") } else { Issue.record("no event") }
            let kinds: [(Utterance.Content, String)] = [
                (.location(latitude: 1, longitude: 2, name: "n", address: nil), "location"),
                (.liveLocation(latitude: 1, longitude: 2, caption: "c", accuracyInMeters: 3, sequenceNumber: 4), "liveLocation"),
                (.contact(name: "A", number: "628111"), "contact"),
                (.contacts([.init(name: "A", number: "628111"), .init(name: "B", number: "628112")], title: nil), "contacts"),
                (.order(ShownOrder(id: "7", title: "Cart", itemCount: 1, totalAmount1000: 5_000, currency: "IDR")), "order"),
                (.ephemeralSetting(seconds: 86_400), "ephemeralSetting"),
                (.pin(true, said, seconds: 86_400), "pin"),
            ]
            for (content, name) in kinds {
                let message = try await received(say(content, linked), linked)
                #expect("\(message.content)".hasPrefix(name), "\(message.content) is no \(name)")
                #expect(message.chat == peerJID && message.sender == peerJID && message.senderLID != nil)
            }
            // The timer that the other side set holds for what we write.
            _ = await linked.send("soon gone", id: "3EB009")
            let gone = try await linked.inbox(of: peer, count: 3).first { $0.id == "3EB009" }
            #expect(gone?.content.expirationSeconds == 86_400 && gone?.text == "soon gone")
        }
    }

    @Test("Our vote and our pin are seen on the phones of the chat, our own among them")
    func ownAdditions() async throws {
        try await withLinkedClient { linked in
            _ = await linked.send("hello", id: "3EB002")
            let poll = try await say(.poll(question: "When?", options: ["now", "later"], selectableCount: 1), linked)
            _ = try await received(poll, linked)
            let key = MessageKey(chat: peerJID, id: poll, isFromMe: false)
            let vote = PollVoteContent(key: key, options: ["later"], sentAtMilliseconds: 1_790_000_000_000)
            for (content, id) in [
                (MessageContent.pollVote(vote), "3EB003"),
                (.pin(PinContent(key: key, isPinned: true, durationSeconds: 86_400, sentAtMilliseconds: 1)), "3EB004"),
            ] {
                let outcome = await send(content, id: id, linked)
                guard case .acknowledged = outcome else {
                    Issue.record("\(id) was not sent: \(outcome)")
                    return
                }
            }
            let own = DeviceAddress(LinkedClient.ownNumber)
            let (author, seen) = (peer, await linked.simulator.host.firstValue(within: .patience) { server -> [String]? in
                guard let message = try? server.inboxMessage(poll, of: own), message.changes.isPinned else { return nil }
                return message.changes.votes.flatMap(\.options)
            })
            #expect(seen == ["later"])
            let counted = await linked.simulator.host.firstValue(within: .patience) { server -> [String]? in
                guard let said = try? server.said(poll, by: author), said.changes.isPinned else { return nil }
                return said.changes.votes.flatMap(\.options)
            }
            #expect(counted == ["later"])
            var unknown = vote
            unknown.key.id = "3AFF"
            #expect(await send(.pollVote(unknown), id: "3EB005", linked) == .refused(.unknownPoll))
        }
    }

    @Test("Status posts and channel posts come from where they are published")
    func publications() async throws {
        try await withLinkedClient { linked in
            let peer = peer
            _ = await linked.send("hello", id: "3EB002")
            let (status, channel, post) = try await linked.drive { server in
                try server.setStatusAudience([LinkedClient.ownNumber], of: peer.number)
                let status = try server.say(Utterance(.text("my day")), from: peer, to: SimulatedServer.statusName)
                let channel = try server.addChannel("News", owner: peer.number, followers: [LinkedClient.ownNumber])
                return (status, channel, try server.say(Utterance(.text("extra")), from: peer, to: channel))
            }
            let day = try await received(status, linked)
            #expect(day.isStatus && day.sender == peerJID && day.content.text == "my day")
            let news = try await linked.log.first { event -> ReceivedMessage? in
                if case .received(let message) = event, message.isChannel { message } else { nil }
            }
            #expect(news.chat == JID(channel, .newsletter) && news.content.text == "extra" && news.id == post)
        }
    }

    @Test("Calls ring, are declined by us or missed; people come, type and go")
    func callsAndPresence() async throws {
        try await withLinkedClient { linked in
            let peer = peer
            func call(_ kind: CallUpdate.Kind, _ id: String) async throws -> CallUpdate {
                try await linked.log.first { event in
                    if case .call(let call) = event, call.callID == id, call.kind == kind { call } else { nil }
                }
            }
            func ring(isVideo: Bool) async throws -> String {
                try await linked.drive { try $0.call(LinkedClient.ownNumber, from: peer, isVideo: isVideo) }
            }
            let declined = try await ring(isVideo: true)
            let offered = try await call(.offered, declined)
            #expect(offered.from == peerJID && offered.isVideo)
            #expect(try await linked.client.rejectCall(id: declined))
            #expect(try await !linked.client.rejectCall(id: declined), "it does not ring any more")
            #expect(try await !linked.client.rejectCall(id: "unknown"))
            _ = try await call(.rejected, declined)
            let state = await linked.simulator.host.firstValue(within: .patience) { server -> ShownCall.State? in
                guard let call = try? server.shownCall(declined, of: peer.number), call.state != .ringing else { return nil }
                return call.state
            }
            #expect(state == .rejected)
            let missed = try await ring(isVideo: false)
            _ = try await call(.offered, missed)
            try await linked.drive { try $0.endCall(missed, on: peer) }
            #expect(try await !call(.missed, missed).isVideo)

            func presence(_ wanted: PresenceUpdate.State) async throws -> PresenceUpdate {
                try await linked.log.first { event in
                    if case .presence(let update) = event, update.state == wanted { update } else { nil }
                }
            }
            // The phone tells how the account is called with the app state; the write comes after the one that keeps it.
            let own = ownJID
            _ = try await linked.log.first { event -> Bool? in
                guard case .contactChanged(let told) = event, told.person == own, case .pushName = told.change else { return nil }
                return true
            }
            try await linked.database.write { _ in }
            try await linked.client.setPresence(isAvailable: true)
            try await linked.client.subscribePresence(to: peerJID)
            try await linked.drive { try $0.setPresence(true, of: peer) }
            #expect(try await presence(.available).person == peerJID)
            try await linked.drive { try $0.show(.recording, from: peer, to: LinkedClient.ownNumber) }
            #expect(try await presence(.recording).chat == peerJID)
            try await linked.drive { try $0.setPresence(false, of: peer, lastSeen: .seconds(1_752_021_890)) }
            _ = try await presence(.unavailable(lastSeenSeconds: 1_752_021_890))
            try await linked.client.setTyping(.composing, in: peerJID)
            let typed = await linked.simulator.host.firstValue(within: .patience) { server -> String? in
                (try? server.observations(of: peer))?.chatStates.entries.first?.state
            }
            #expect(typed == "composing")
        }
    }

    @Test("Files are told as played, and every device of a contact reports for itself")
    func receipts() async throws {
        try await withLinkedClient { linked in
            let peer = peer
            let companion = try await linked.drive { DeviceAddress(peer.number, try $0.addCompanion(to: peer.number)) }
            _ = await linked.send("hello", id: "3EB002")
            for device in [peer.device, companion.device] {
                let update = try await linked.log.first { event -> DeliveryUpdate? in
                    guard case .receipt(let update) = event, update.messageIDs == ["3EB002"] else { return nil }
                    return update.from.device == UInt16(device) ? update : nil
                }
                #expect(update.status == .delivered && update.from.account == peerJID)
            }
            let progress = try await linked.log.first { event -> SendProgress? in
                if case .sendProgress(let progress) = event, progress.messageID == "3EB002" { progress } else { nil }
            }
            guard case .encrypted(let devices) = progress.step else {
                Issue.record("\(progress)")
                return
            }
            #expect(Set(devices) == [peerJID, peerJID.with(device: UInt16(companion.device)), ownJID])
            let said = try await say(.text("hi"), linked)
            _ = try await received(said, linked)
            try await linked.client.markPlayed([said], chat: peerJID, sender: nil)
            let played = await linked.simulator.host.firstValue(within: .patience) { server -> Int64? in
                (try? server.said(said, by: peer))?.progress.values.compactMap(\.playedMilliseconds).first
            }
            #expect(played != nil)
        }
    }
}
