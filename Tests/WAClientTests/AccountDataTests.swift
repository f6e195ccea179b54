import SimulatorServer
import Storage
import TestSupport
import Testing
import WABinary
import WAProtocol
import WASimulator

@testable import WAClient

@Suite("Account data between a client and its phone")
struct AccountDataTests {
    private static let peer = JID(LinkedClient.peerNumber, .user)
    private static let own = LinkedClient.ownNumber

    @Test("A past arrives whole, although one chunk is gone and another spoilt; each chunk gets its receipt")
    func history() async throws {
        let prepare: @Sendable (SimulatedServer) throws -> Void = { server in
            var plan = HistoryPlan()
            (plan.chatCount, plan.messageCount, plan.chunkMessageCount, plan.chunkMilliseconds) = (8, 300, 100, 1)
            plan.recentCount = 10
            plan.inlineByteLimit = 1_024
            (plan.goneChunks, plan.spoiledChunks) = ([1], [2])
            plan.contacts = [LinkedClient.peerNumber]
            try server.setHistory(plan, of: Self.own)
        }
        try await withLinkedClient(isSecure: true, prepare: prepare) { linked in
            let transfer = await linked.simulator.host.firstValue(within: .patience) { server in
                (try? server.historyTransfers(of: Self.own))?.first { $0.isComplete }
            }
            #expect(transfer != nil, "not all chunks were received")
            let counts = try await linked.drive { try $0.historyCounts(of: Self.own) }
            let batches = linked.log.all { if case .history(let batch) = $0 { batch } else { nil } }
            let ids = Set(batches.flatMap(\.messages).filter { !$0.message.isStatus }.map(\.message.id))
            let expected = try await linked.drive { server in
                try server.historyChats(of: Self.own, 0..<8).flatMap { chat in
                    try server.historyMessages(of: Self.own, chat: chat.index, 0..<chat.messageCount).map(\.message.id)
                }
            }
            #expect(counts.messages == 300 && Set(expected).count == 300)
            #expect(ids.isSuperset(of: expected), "\(Set(expected).subtracting(ids).count) messages are missing")
            #expect(Set(batches.flatMap(\.chats).map(\.chat)).count >= 8)
            #expect(batches.contains { $0.kind == .pushNames && $0.isEndOfChunk })
        }
    }

    @Test("What the phone does to chats is told, what we do the phone shows, also when somebody is quicker")
    func appState() async throws {
        try await withLinkedClient { linked in
            try await linked.drive {
                try $0.changeAppState(
                    [
                        .archive(Self.peer, true), .mute(Self.peer, true, untilMilliseconds: -1),
                        .contact(Self.peer, lid: nil, fullName: "Budi Santoso", firstName: "Budi"), .pushName("Kedai"),
                    ], of: Self.own)
            }
            _ = try await linked.log.first { event -> Bool? in
                if case .contactChanged(let change) = event, change.change == .saved(fullName: "Budi Santoso", firstName: "Budi") {
                    true
                } else {
                    nil
                }
            }
            _ = try await linked.log.first { event -> Bool? in
                if case .chatChanged(let change) = event, change.chat == Self.peer, change.change == .archived(true) { true } else { nil }
            }
            _ = try await linked.log.first { event -> Bool? in
                if case .chatChanged(let change) = event, change.change == .muted(untilMilliseconds: -1) { true } else { nil }
            }
            try await linked.drive { server in
                var behaviour = try server.appStateBehaviour(of: Self.own)
                behaviour.conflictCount = 1
                try server.setAppStateBehaviour(behaviour, of: Self.own)
            }
            try await linked.client.setPinned(true, chat: Self.peer)
            try await linked.client.setArchived(false, chat: Self.peer, last: nil)
            try await linked.client.setMuted(untilMilliseconds: nil, chat: Self.peer)
            try await linked.client.setStarred(true, key: MessageKey(chat: Self.peer, id: "3A77", isFromMe: false))
            try await linked.client.saveContact(Self.peer, fullName: "Pak Budi", firstName: nil)
            try await linked.client.setPushName("Kedai Kopi")
            let shown = try await linked.drive { try $0.appState(of: Self.own) }
            let chat = try #require(shown.chats.first { $0.number == LinkedClient.peerNumber })
            #expect(chat.isPinned == true && chat.isArchived == false && chat.mutedUntilMilliseconds == 0)
            #expect(shown.starred.map(\.id).contains("3A77") && shown.pushName == "Kedai Kopi")
            #expect(shown.contacts.contains { $0.fullName == "Pak Budi" })
            let pins = linked.log.all { event -> Bool? in
                if case .chatChanged(let change) = event, case .pinned(let isPinned) = change.change { isPinned } else { nil }
            }
            #expect(pins.last == true)
        }
    }

    @Test("Whoever takes only messages with their token gets ours with it, and our token in return")
    func tokens() async throws {
        try await withLinkedClient { linked in
            try await linked.drive { server in
                try server.setTokensRequired(true, of: LinkedClient.peerNumber)
                try server.giveToken(of: LinkedClient.peerNumber, to: Self.own)
                // Behind it in the queue: once this is read, the token is.
                _ = try server.say("Hi", from: DeviceAddress(LinkedClient.peerNumber), to: Self.own)
            }
            _ = try await linked.log.first { event -> Bool? in if case .received = event { true } else { nil } }
            guard case .acknowledged = await linked.send("with a token") else {
                Issue.record("refused")
                return
            }
            let given = await linked.simulator.host.firstValue(within: .patience) { server -> Bool? in
                guard let tokens = try? server.tokens(of: Self.own) else { return nil }
                return tokens.given.contains { $0.number == LinkedClient.peerNumber } ? true : nil
            }
            #expect(given == true)
            let seen = try await linked.drive { try $0.tokens(of: Self.own).seen }
            #expect(seen.contains { $0.kind == .tctoken && $0.isValid && $0.stanza == "message" })
        }
    }

    @Test("People are blocked and looked at, here and on the phone")
    func people() async throws {
        try await withLinkedClient { linked in
            try await linked.client.block(Self.peer)
            #expect(try await linked.client.blockList() == [Self.peer])
            try await linked.client.unblock(Self.peer)
            #expect(try await linked.client.blockList().isEmpty)
            try await linked.drive { try $0.setBlocked(true, LinkedClient.peerNumber, of: Self.own) }
            _ = try await linked.log.first { event -> Bool? in
                if case .contactChanged(let change) = event, change.person == Self.peer, change.change == .blocked(true) { true } else { nil }
            }
            #expect(try await linked.client.profilePicture(of: Self.peer, preview: true) == nil)
            try await linked.client.setAbout("Open until ten")
            let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 200) + [0xFF, 0xD9]
            #expect(try await linked.client.setPicture(jpeg) != nil)
            let ownPicture = try await linked.client.profilePicture(of: JID(Self.own, .user), preview: false)
            #expect(ownPicture?.url.isEmpty == false)
            #expect(try await linked.client.about(of: JID(Self.own, .user)) == "Open until ten")
            #expect(try await linked.client.setPicture(nil) == nil)
        }
    }
}
