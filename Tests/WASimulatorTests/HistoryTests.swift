import Foundation
import Testing
import WABinary
import WACrypto
import WAProto
import WASimulator

@Suite("History")
struct HistoryTests {
    private let number = "628111111111"
    private let peer = "628222222222"

    private func plan(_ change: (inout HistoryPlan) -> Void = { _ in }) -> HistoryPlan {
        var plan = HistoryPlan()
        plan.chatCount = 12
        plan.messageCount = 600
        plan.groupCount = 2
        plan.contacts = [peer]
        plan.chunkMessageCount = 80
        plan.recentCount = 10
        change(&plan)
        return plan
    }

    /// A paired companion that has taken nothing of what its phone sends.
    private func paired(
        _ plan: HistoryPlan, configuration: SimulatorConfiguration = SimulatorConfiguration()
    ) throws -> (SimulatorBench, ScriptedClient) {
        let bench = SimulatorBench(configuration)
        try bench.drive {
            try $0.addPhone(number, name: "Budi")
            try $0.addPhone(peer, name: "Citra")
            try $0.setHistory(plan, of: number)
        }
        let client = ScriptedClient(seed: 31)
        try client.pair(with: number, on: bench)
        try client.logIn(on: bench)
        return (bench, client)
    }

    /// Ids by chat, in the order in which they came.
    private func ids(_ chunks: [WAHistorySync]) -> [String: [String]] {
        chunks.flatMap(\.conversations).reduce(into: [:]) { ids, chat in
            ids[chat.id, default: []] += chat.messages.map(\.message.key.id)
        }
    }

    @Test("Everything comes once, in the order of types, and is what the control API told beforehand")
    func everything() throws {
        let (bench, client) = try paired(plan())
        let expected = try bench.drive { server in
            try server.historyChats(of: number, 0..<100).map { chat in
                (chat, try server.historyMessages(of: number, chat: chat.index, 0..<10_000))
            }
        }
        #expect(expected.count == 12)
        #expect(expected.map { $0.1.count }.reduce(0, +) == 600)
        let taken = try client.takeHistory(on: bench)
        let kinds = taken.map(\.note.note.syncType)
        #expect(
            kinds.reduce(into: [WAHistorySyncType]()) { if $0.last != $1 { $0.append($1) } }
                == [.initialBootstrap, .initialStatusV3, .pushName, .nonBlockingData, .recent, .full])
        #expect(taken.map { Int($0.note.note.chunkOrder) } == Array(1...taken.count))
        #expect(taken.map(\.note.note.progress) == taken.map(\.note.note.progress).sorted())
        #expect(taken.last?.note.note.progress == 100 && taken.last?.history.progress == 100)
        #expect(taken.first?.note.note.hasInitialHistBootstrapInlinePayload == true)
        let got = ids(taken.map(\.history))
        for (chat, messages) in expected {
            let jid = chat.jid.description
            #expect(got[jid] == messages.map(\.message.id).reversed(), "chat \(chat.index)")
        }
        let infos = taken.flatMap { $0.history.conversations }.flatMap { $0.messages.map(\.message) }
        let byID = Dictionary(infos.map { ($0.key.id, $0.encoded()) }, uniquingKeysWith: { one, _ in one })
        #expect(byID.count == 600)
        #expect(expected.flatMap(\.1).allSatisfy { byID[$0.message.id] == $0.info })
        #expect(Set(expected.flatMap(\.1).map(\.message.kind)) == Set(HistoryMessage.Kind.allCases))
        #expect(bench.violations.isEmpty)
        let transfer = try #require(try bench.server.historyTransfers(of: number).first)
        #expect(transfer.isComplete && transfer.chunks.count == taken.count)
    }

    @Test("Chats carry their settings, both names, and members; push names, mappings and the token salt come too")
    func settings() throws {
        let (bench, client) = try paired(plan())
        let taken = try client.takeHistory(on: bench).map(\.history)
        let chats = try bench.drive { try $0.historyChats(of: number, 0..<100) }
        let first = try #require(taken.first)
        for (chat, conversation) in zip(chats, first.conversations) {
            #expect(conversation.id == chat.jid.description)
            #expect(conversation.unreadCount == UInt32(chat.unreadCount))
            #expect(conversation.archived == chat.isArchived)
            #expect((conversation.pinned > 0) == (chat.pinnedSeconds != nil))
            #expect(conversation.participant.count == chat.participants.count)
            guard let number = chat.number, let lid = chat.lid else { continue }
            let other = chat.jid.server == .lid ? conversation.pnJid : conversation.lidJid
            #expect(other == (chat.jid.server == .lid ? "\(number)@s.whatsapp.net" : "\(lid)@lid"))
        }
        #expect(chats.contains { $0.number == peer } && chats.contains(where: \.isGroup))
        let names = try #require(taken.first { $0.syncType == .pushName })
        #expect(names.pushnames.count == 10)
        let data = try #require(taken.first { $0.syncType == .nonBlockingData })
        #expect(data.phoneNumberToLidMappings.contains { $0.pnJid == "\(peer)@s.whatsapp.net" })
        #expect(data.nctSalt.count == 32)
        #expect(taken.first { $0.syncType == .initialStatusV3 }?.statusV3Messages.count == 5)
        let polls = taken.flatMap(\.conversations).flatMap(\.messages).map(\.message)
            .filter { $0.message.hasPollCreationMessageV3 }
        #expect(!polls.isEmpty)
        #expect(
            polls.allSatisfy { $0.message.messageContextInfo.messageSecret.count == 32 && $0.messageSecret.count == 32 }
        )
        #expect(polls.contains { !$0.pollUpdates.isEmpty })
    }

    @Test("The same seed is the same history, byte for byte, and another seed another one")
    func deterministic() throws {
        func infos(_ seed: UInt64) throws -> [[UInt8]] {
            let bench = SimulatorBench()
            return try bench.drive { server in
                try server.addPhone(number)
                try server.setHistory(plan { $0.seed = seed }, of: number)
                return try server.historyMessages(of: number, chat: 1, 0..<50).map(\.info)
            }
        }
        #expect(try infos(1) == infos(1))
        #expect(try infos(1) != infos(2))
    }

    @Test("A blob that is gone, or spoiled, is uploaded again under another path when the companion asks")
    func reupload() throws {
        let (bench, client) = try paired(
            plan {
                $0.goneChunks = [5]
                $0.spoiledChunks = [6]
            })
        let notes = try client.takePeerMessages(on: bench)
            .filter { $0.message.protocolMessage.hasHistorySyncNotification }
            .map { ScriptedClient.HistoryNote(id: $0.id, note: $0.message.protocolMessage.historySyncNotification) }
        for (order, note) in notes.enumerated() where [5, 6].contains(order + 1) {
            let file = try #require(bench.stored[MediaPath.name(of: note.note.directPath)])
            if order == 4 {
                #expect(file.status == 404)
            } else {
                #expect(throws: (any Error).self) { try client.open(note, on: bench) }
            }
            let key = [UInt8](note.note.mediaKey)
            try client.askForReupload(note.id, mediaKey: key, on: bench)
            let (answer, node) = try client.takeReupload(note.id, mediaKey: key, on: bench)
            #expect(answer?.result == .success && answer?.stanzaID == note.id)
            #expect(node.attributes["from"] == .jid(client.jid.account) && node.child("rmr") == nil)
            var again = note.note
            again.directPath = try #require(answer?.directPath)
            #expect(again.directPath != note.note.directPath)
            #expect(try client.open(.init(id: note.id, note: again), on: bench).chunkOrder == UInt32(order + 1))
        }
        let chunks = try bench.server.historyTransfers(of: number)[0].chunks
        #expect(chunks.map(\.reuploadCount).reduce(0, +) == 2)
        #expect(bench.violations.isEmpty)
    }

    @Test("A wish that cannot be opened with the blob's key, or names another message, is a violation")
    func wrongWish() throws {
        let (bench, client) = try paired(plan())
        let message = try #require(
            try client.takePeerMessages(on: bench).last { $0.message.protocolMessage.hasHistorySyncNotification })
        let key = [UInt8](message.message.protocolMessage.historySyncNotification.mediaKey)
        try client.askForReupload(message.id, mediaKey: Array(repeating: 1, count: 32), on: bench)
        try client.askForReupload(message.id, mediaKey: key, naming: "ANOTHER", on: bench)
        #expect(bench.violations == [.peerRequest, .peerRequest])
        #expect(!client.has("notification") { $0["type"] == "mediaretry" })
    }

    @Test("Older messages of a chat come when they are asked for, and only then")
    func onDemand() throws {
        let (bench, client) = try paired(plan { $0.keptOnPhoneCount = 20 })
        let taken = try client.takeHistory(on: bench)
        let chat = try bench.drive { try $0.historyChats(of: number, 0..<1)[0] }
        let messages = try bench.drive { try $0.historyMessages(of: number, chat: 0, 0..<10_000).map(\.message) }
        #expect(ids(taken.map(\.history))[chat.jid.description] == messages.dropFirst(20).map(\.id).reversed())
        var request = WAMessage()
        request.protocolMessage.type = .peerDataOperationRequestMessage
        request.protocolMessage.peerDataOperationRequestMessage.peerDataOperationRequestType = .historySyncOnDemand
        var wish = WAPeerDataOperationRequestMessage.HistorySyncOnDemandRequest()
        wish.chatJid = chat.jid.description
        wish.oldestMsgID = messages[20].id
        wish.oldestMsgFromMe = messages[20].isFromMe
        wish.onDemandMsgCount = 15
        wish.oldestMsgTimestampMs = messages[20].timestampSeconds
        request.protocolMessage.peerDataOperationRequestMessage.historySyncOnDemandRequest = wish
        _ = try client.sayToPhone(request, id: "3EB0ONDEMAND1", on: bench)
        let answer = try #require(try client.takeHistory(on: bench).first)
        #expect(answer.note.note.syncType == .onDemand)
        #expect(answer.note.note.peerDataRequestSessionID == "3EB0ONDEMAND1")
        #expect(ids([answer.history])[chat.jid.description] == messages[5..<20].map(\.id).reversed())
        #expect(try bench.server.companionRequests(of: number).map(\.kind) == [.historyOnDemand])
        #expect(bench.violations.isEmpty)
    }

    @Test("While the phone has no power nothing comes; afterwards the rest does, each message once")
    func interrupted() throws {
        let (bench, client) = try paired(plan())
        try bench.pass(milliseconds: 50)
        try bench.drive { try $0.setPower(false, of: DeviceAddress(number)) }
        let before = try client.takeHistory(on: bench)
        #expect(before.last?.note.note.progress != 100)
        try bench.drive { try $0.setPower(true, of: DeviceAddress(number)) }
        let after = try client.takeHistory(on: bench)
        let got = ids((before + after).map(\.history)).values.flatMap { $0 }
        #expect(got.count == 600 && Set(got).count == 600)
    }

    @Test("What stands in a past stands in app state too: contacts, archived, pinned, muted, starred")
    func appState() throws {
        let (bench, client) = try paired(plan())
        _ = try client.takeHistory(on: bench)
        let shown = try bench.drive { try $0.appState(of: number) }
        let chats = try bench.drive { try $0.historyChats(of: number, 0..<100) }
        let counts = try bench.drive { try $0.historyCounts(of: number) }
        #expect(shown.contacts.count == 10)
        #expect(shown.contacts.contains { $0.number == peer })
        #expect(
            Set(shown.chats.filter { $0.isArchived == true }.map(\.chat))
                == Set(chats.filter(\.isArchived).map(\.jid.description)))
        #expect(shown.chats.filter { $0.isPinned == true }.count == chats.filter { $0.pinnedSeconds != nil }.count)
        #expect(
            shown.chats.filter { $0.mutedUntilMilliseconds ?? 0 > 0 }.count
                == chats.filter { $0.mutedUntilSeconds != nil }.count)
        #expect(shown.starred.count == counts.starred && counts.starred > 0)
    }

    @Test("Files of a past are made when they are downloaded, or are gone until the companion asks for a re-upload")
    func media() throws {
        let (bench, client) = try paired(plan { $0.mediaStatus = 410 })
        _ = try client.takeHistory(on: bench)
        let (chat, message) = try #require(
            try bench.drive { server in
                try server.historyChats(of: number, 0..<100).lazy.compactMap { chat in
                    try server.historyMessages(of: number, chat: chat.index, 0..<1_000)
                        .first { $0.message.file != nil }.map { (chat, $0.message) }
                }.first
            })
        let file = try #require(message.file)
        let name = MediaPath.name(of: file.directPath)
        #expect(bench.server.historyFile(named: name) == .failure(DownloadRefusal(status: 410)))
        #expect(bench.server.historyFile(named: "history~\(number)~nothing") == nil)
        var rmr = Node("rmr", ["jid": .jid(chat.jid), "from_me": message.isFromMe ? "true" : "false"])
        if chat.isGroup { rmr.attributes["participant"] = .jid(JID(message.author, .user)) }
        try client.askForReupload(message.id, mediaKey: file.mediaKey, rmr: rmr, on: bench)
        let (answer, node) = try client.takeReupload(message.id, mediaKey: file.mediaKey, on: bench)
        #expect(node.child("rmr") == rmr)
        let path = try #require(answer?.directPath)
        guard case .success(let bytes)? = bench.server.historyFile(named: MediaPath.name(of: path)) else {
            Issue.record("the file is not there after the re-upload")
            return
        }
        let keys = try MediaKeys(mediaKey: file.mediaKey, purpose: message.kind == .image ? .image : .document)
        let plain = try MediaCipher.decrypt(
            bytes, keys: keys, fileSHA256: file.summary.fileSHA256,
            encryptedFileSHA256: file.summary.encryptedFileSHA256)
        #expect(plain == file.plaintext)
        #expect(bench.violations.isEmpty)
    }

    @Test("Figures that cannot be are named, and change nothing")
    func wrongFigures() throws {
        let bench = SimulatorBench()
        try bench.drive { try $0.addPhone(number) }
        #expect(throws: SimulatorError.wrongFigure("groups")) {
            try bench.drive { try $0.setHistory(plan { $0.groupCount = 13 }, of: number) }
        }
        #expect(throws: SimulatorError.wrongFigure("messages")) {
            try bench.drive { try $0.setHistory(plan { $0.messageCount = -1 }, of: number) }
        }
        #expect(try bench.server.historyPlan(of: number) == nil)
    }
}
