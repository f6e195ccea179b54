import Foundation
import Gateway
import SimulatorServer
import Storage
import TestSupport
import Testing
import WABinary
import WASimulator

/// The past of a phone as a gateway keeps it.
@Suite("History, end to end")
struct HistoryTests {
    private static func plan(_ change: (inout HistoryPlan) -> Void = { _ in }) -> HistoryPlan {
        var plan = HistoryPlan()
        plan.chatCount = 20
        plan.messageCount = 300
        plan.groupCount = 2
        plan.contacts = World.peers
        plan.chunkMessageCount = 60
        plan.recentCount = 5
        change(&plan)
        return plan
    }

    @Test("Every message of every chat is stored once, as the phone has it")
    func complete() async throws {
        try await withStage(seed: 0x4151) { stage in
            let plan = Self.plan()
            try await stage.simulator.host.drive { server, _ in try server.setHistory(plan, of: World.ownNumber) }
            try await stage.run { world in
                try await world.waitForHistory()
                try await world.expectHistory()
            }
        }
    }

    @Test("A gateway that is gone in the middle of it goes on where it was, and stores nothing twice")
    func resumed() async throws {
        try await withStage(seed: 0x4152) { stage in
            let plan = Self.plan {
                $0.chunkMessageCount = 20
                $0.chunkMilliseconds = 60
            }
            try await stage.simulator.host.drive { server, _ in try server.setHistory(plan, of: World.ownNumber) }
            try await stage.run { world in
                let begun = await world.simulator.host.firstValue(within: .patience) { server in
                    let chunks = (try? server.historyTransfers(of: World.ownNumber))?.first?.chunks ?? []
                    return chunks.contains { $0.kind == .recent && $0.receivedMilliseconds != nil } ? true : nil
                }
                #expect(begun == true)
                let transfer = try await world.drive { try $0.historyTransfers(of: World.ownNumber)[0] }
                #expect(!transfer.isComplete, "the gateway is to be gone in the middle")
            }
            try await stage.run { world in
                try await world.waitForHistory()
                try await world.expectHistory()
            }
        }
    }

    @Test("A chunk that is gone is asked for again, and then stored")
    func uploadedAgain() async throws {
        try await withStage(seed: 0x4153) { stage in
            let plan = Self.plan { $0.goneChunks = [6] }
            try await stage.simulator.host.drive { server, _ in try server.setHistory(plan, of: World.ownNumber) }
            try await stage.run { world in
                try await world.waitForHistory()
                try await world.expectHistory()
                let chunks = try await world.drive { try $0.historyTransfers(of: World.ownNumber)[0].chunks }
                #expect(chunks[5].reuploadCount == 1)
            }
        }
    }
}

extension World {
    /// Until every chunk has its receipt.
    func waitForHistory() async throws {
        let isComplete = await simulator.host.firstValue(within: .patience) { server -> Bool? in
            (try? server.historyTransfers(of: Self.ownNumber))?.first?.isComplete == true ? true : nil
        }
        let chunks = try await drive { try $0.historyTransfers(of: Self.ownNumber).first?.chunks ?? [] }
        try #require(isComplete == true, "not taken in: \(chunks.filter { $0.receivedMilliseconds == nil })")
    }

    /// Compares what is stored with what the phone has.
    func expectHistory() async throws {
        var stored: [MessageRecord] = []
        while true {
            let page = try await gateway.messages(MessageQuery(session: Self.session, limit: 100, after: stored.last?.id))
            stored += page.messages
            guard page.messages.count == 100 else { break }
        }
        // true_<chat>_<id>[_<participant>]
        let byID = Dictionary(grouping: stored) { String($0.waMessageID.split(separator: "_")[2]) }
        #expect(byID.values.allSatisfy { $0.count == 1 }, "a message is stored twice")
        let past = try await drive { server in
            try server.historyChats(of: Self.ownNumber, 0..<1_000).map { chat in
                (chat, try server.historyMessages(of: Self.ownNumber, chat: chat.index, 0..<10_000).map(\.message))
            }
        }
        for (chat, messages) in past {
            for message in messages {
                guard let row = byID[message.id]?.first else {
                    Issue.record("message \(message.index) of chat \(chat.index) (\(message.kind)) is missing")
                    continue
                }
                #expect((row.direction == .outgoing) == message.isFromMe)
                #expect(row.timestampSeconds == message.timestampSeconds)
                let expected = chat.number.map { "\($0)@c.us" } ?? chat.jid.description
                #expect(row.chatID == expected)
                if message.kind == .text || message.kind == .reply { #expect(row.body == message.text) }
                if message.kind == .revoked { #expect(row.type == "revoked" && row.body == "") }
            }
        }
    }
}
