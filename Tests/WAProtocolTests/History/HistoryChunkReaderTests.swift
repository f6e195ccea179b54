import FoundationEssentials
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("Reading a chunk of history")
struct HistoryChunkReaderTests {
    typealias Item = HistoryChunkReader.Item

    /// Two chats with three messages each, a status post, a name, mappings, a salt and a contact.
    private var chunk: WAHistorySync {
        var chunk = WAHistorySync()
        chunk.syncType = .recent
        chunk.conversations = ["628111111111@s.whatsapp.net", "1203630@g.us"].map { id in
            var chat = WAConversation()
            chat.id = id
            chat.messages = (0..<3).map { number in
                var message = WAHistorySyncMsg()
                message.message.key.id = "\(id.first!)\(number)"
                message.message.message.conversation = "hello \(number)"
                return message
            }
            chat.unreadCount = 4
            chat.archived = true
            chat.name = "Chat \(id)"
            if id.hasSuffix("net") { chat.lidJid = "100000000000001@lid" }
            chat.tcToken = Data([1, 2, 3])
            return chat
        }
        var post = WAWebMessageInfo()
        post.key.id = "S"
        chunk.statusV3Messages = [post]
        var name = WAPushname()
        (name.id, name.pushname) = ("628111111111@s.whatsapp.net", "Ana")
        chunk.pushnames = [name]
        var mapping = WAPhoneNumberToLIDMapping()
        (mapping.pnJid, mapping.lidJid) = ("628122222222@s.whatsapp.net", "100000000000002@lid")
        chunk.phoneNumberToLidMappings = [mapping]
        chunk.nctSalt = Data([9])
        var contact = WAInlineContact()
        (contact.pnJid, contact.lidJid, contact.fullName) = ("628133333333@s.whatsapp.net", "100000000000003@lid", "Bo")
        chunk.inlineContacts = [contact]
        return chunk
    }

    private func read(_ bytes: [UInt8], _ stage: HistoryChunkReader.Stage, skipping: Int = 0, by size: Int = 17) throws -> [String] {
        var reader = HistoryChunkReader(stage: stage, skipping: skipping)
        var items: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.feed(bytes[start..<min(start + size, bytes.count)]) { items.append(Self.describe($0)) }
        }
        try reader.finish()
        return items
    }

    private static func describe(_ item: Item) -> String {
        switch item {
        case .mapping(let mapping): "\(mapping.phone.user)=\(mapping.lid.user)"
        case .chat(let chat): "\(chat.id) \(chat.name) \(chat.unreadCount) \(chat.archived) \([UInt8](chat.tcToken)) \(chat.messages.count)"
        case .pushName(let person, let name): "\(person.user) is \(name)"
        case .contact(let contact): "contact \(contact.fullName)"
        case .contactTokenSalt(let salt): "salt \(salt)"
        case .message(let info, let chat): "\(chat ?? "status") \(info.key.id) \(info.message.conversation)"
        case .unreadable: "?"
        }
    }

    @Test("Each stage hands out its items, however the chunk is cut", arguments: [1, 17, 100_000])
    func stages(size: Int) throws {
        let bytes = chunk.encoded()
        #expect(
            try read(bytes, .addresses, by: size) == [
                "628111111111=100000000000001", "628122222222=100000000000002", "628133333333=100000000000003",
            ])
        #expect(
            try read(bytes, .chats, by: size) == [
                "628111111111@s.whatsapp.net Chat 628111111111@s.whatsapp.net 4 true [1, 2, 3] 0",
                "1203630@g.us Chat 1203630@g.us 4 true [1, 2, 3] 0", "628111111111 is Ana", "salt [9]", "contact Bo",
            ])
        #expect(
            try read(bytes, .messages, by: size) == [
                "628111111111@s.whatsapp.net 60 hello 0", "628111111111@s.whatsapp.net 61 hello 1",
                "628111111111@s.whatsapp.net 62 hello 2", "1203630@g.us 10 hello 0", "1203630@g.us 11 hello 1",
                "1203630@g.us 12 hello 2", "status S ",
            ])
    }

    @Test("From any place on, exactly the rest is handed out")
    func resuming() throws {
        let bytes = chunk.encoded()
        for stage in HistoryChunkReader.Stage.allCases {
            let all = try read(bytes, stage)
            for done in 0...all.count { #expect(try read(bytes, stage, skipping: done) == Array(all.dropFirst(done))) }
        }
    }

    @Test("What cannot be read counts as one item and spoils nothing else")
    func unreadable() throws {
        // conversations { id, messages { no message }, messages { } }
        let bytes: [UInt8] = [0x12, 11, 0x0A, 3, 0x31, 0x40, 0x6C, 0x12, 2, 0x0A, 9, 0x12, 0]
        #expect(try read(bytes, .messages) == ["?", "1@l  "])
        // A name that stands under no address.
        #expect(try read([0x3A, 3, 0x12, 1, 0x41], .chats) == ["?"])
    }

    @Test("Damaged chunks never trap")
    func damaged() throws {
        withMutations(of: [chunk.encoded()]) { damaged, random in
            let stage = HistoryChunkReader.Stage.allCases.randomElement(using: &random)!
            _ = try? read(damaged, stage, by: Int.random(in: 1...64, using: &random))
        }
    }
}
