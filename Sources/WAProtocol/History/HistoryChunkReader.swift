import FoundationEssentials
package import WABinary
package import WAProto

/// Reads a chunk of history, inflated, as it comes in pieces: item by item, never a chat's messages together.
///
/// It is read once for each stage, so that whoever takes it in knows people before chats and chats before messages,
/// in whatever order they stand. The same bytes give the same items, so a place is a stage and a number of items.
/// Source: protocol reference 5.13.
package struct HistoryChunkReader: Sendable {
    package enum Stage: Int64, CaseIterable, Sendable {
        /// Which addresses are one person.
        case addresses
        /// Chats with their settings, names of people, secrets.
        case chats
        case messages
    }

    package enum Item: Sendable {
        case mapping(AddressMapping)
        /// Without its messages.
        case chat(WAConversation)
        case pushName(JID, String)
        case contact(WAInlineContact)
        /// Makes tokens for people who gave us none.
        case contactTokenSalt([UInt8])
        /// `chat`: the conversation it stands in; nil for status posts.
        case message(WAWebMessageInfo, chat: String?)
        /// Something that cannot be read; it counts all the same.
        case unreadable
    }

    /// HistorySync
    private enum Top {
        static let conversations = 2, statusMessages = 3, pushNames = 7, mappings = 15, salt = 19, inlineContacts = 20
    }

    /// Conversation
    private enum Chat {
        static let id = 1, messages = 2, participants = 20, phone = 39, lid = 42
    }

    /// The longest message, setting or name. Real messages with thumbnails stay under 200 KB.
    private static let maximumItemByteCount = 4 << 20
    /// The fields of a chat that are kept, together.
    private static let maximumChatByteCount = 64 << 10

    private let stage: Stage
    /// Items that are not handed out, nor decoded.
    private var skipped: Int
    private var splitter: ProtobufSplitter
    private var chat = WAConversation()
    private var chatByteCount = 0

    /// `skipping`: how many of the stage's items were taken in before.
    package init(stage: Stage, skipping: Int = 0) {
        self.stage = stage
        skipped = skipping
        splitter = ProtobufSplitter(limit: Self.maximumItemByteCount) { Self.treatment(in: stage, $0, $1) }
    }

    private static func treatment(in stage: Stage, _ parent: Int?, _ field: Int) -> ProtobufSplitter.Treatment {
        switch (parent, field) {
        case (nil, Top.conversations): .enter
        case (nil, Top.statusMessages): stage == .messages ? .take : .skip
        case (nil, Top.mappings): stage == .addresses ? .take : .skip
        case (nil, Top.inlineContacts): stage == .messages ? .skip : .take
        case (nil, Top.pushNames), (nil, Top.salt): stage == .chats ? .take : .skip
        case (Top.conversations, Chat.messages): stage == .messages ? .take : .skip
        case (Top.conversations, Chat.id), (Top.conversations, Chat.phone), (Top.conversations, Chat.lid): .take
        case (Top.conversations, Chat.participants): .skip
        case (Top.conversations, _): stage == .chats ? .take : .skip
        default: .skip
        }
    }

    /// Takes the next piece and hands out the items that are complete with it.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ take: (Item) throws -> Void) throws {
        var splitter = splitter
        defer { self.splitter = splitter }
        try splitter.feed(bytes) { try read($0, take) }
    }

    /// Throws unless the chunk is over where the pieces are.
    package func finish() throws { try splitter.finish() }

    private mutating func read(_ field: ProtobufSplitter.Field, _ take: (Item) throws -> Void) throws {
        switch (field.parent, field.number, field.value) {
        case (nil, Top.conversations, .begin): (chat, chatByteCount) = (WAConversation(), 0)
        case (nil, Top.conversations, .end): try chatEnds(take)
        case (Top.conversations, Chat.messages, .bytes(let bytes)):
            let id = chat.hasID ? chat.id : nil
            try hand(out: take) {
                (try? WAHistorySyncMsg(decoding: bytes)).map { .message($0.message, chat: id ?? $0.message.key.remoteJid) }
            }
        case (Top.conversations, let number, let value): note(number, value)
        case (nil, Top.statusMessages, .bytes(let bytes)):
            try hand(out: take) { (try? WAWebMessageInfo(decoding: bytes)).map { .message($0, chat: nil) } }
        case (nil, Top.pushNames, .bytes(let bytes)):
            try hand(out: take) {
                guard let name = try? WAPushname(decoding: bytes), let person = JID(name.id) else { return nil }
                return .pushName(person, name.pushname)
            }
        case (nil, Top.mappings, .bytes(let bytes)):
            try hand(out: take) {
                (try? WAPhoneNumberToLIDMapping(decoding: bytes))
                    .flatMap { AddressMapping(JID($0.pnJid), JID($0.lidJid)) }.map { .mapping($0) }
            }
        case (nil, Top.inlineContacts, .bytes(let bytes)):
            let stage = stage
            try hand(out: take) {
                guard let contact = try? WAInlineContact(decoding: bytes) else { return nil }
                guard stage == .addresses else { return .contact(contact) }
                return AddressMapping(JID(contact.pnJid), JID(contact.lidJid)).map { .mapping($0) }
            }
        case (nil, Top.salt, .bytes(let bytes)): try hand(out: take) { .contactTokenSalt(bytes) }
        default: break
        }
    }

    /// One item of the stage, whether or not it can be read.
    private mutating func hand(out take: (Item) throws -> Void, _ item: () -> Item?) throws {
        guard skipped == 0 else {
            skipped -= 1
            return
        }
        try take(item() ?? .unreadable)
    }

    private mutating func chatEnds(_ take: (Item) throws -> Void) throws {
        let chat = chat
        switch stage {
        case .addresses:
            let id = JID(chat.id)
            let mapping =
                AddressMapping(id, JID(chat.pnJid)) ?? AddressMapping(id, JID(chat.lidJid))
                ?? AddressMapping(JID(chat.pnJid), JID(chat.lidJid))
            if let mapping { try hand(out: take) { .mapping(mapping) } }
        case .chats: try hand(out: take) { chat.hasID ? .chat(chat) : nil }
        case .messages: break
        }
    }

    /// A field of the chat that is being read.
    private mutating func note(_ field: Int, _ value: ProtobufSplitter.Value) {
        switch value {
        case .bytes(let bytes):
            chatByteCount += bytes.count
            guard chatByteCount <= Self.maximumChatByteCount else { return }
            let text = String(decoding: bytes, as: UTF8.self)
            switch field {
            case Chat.id: chat.id = text
            case Chat.phone: chat.pnJid = text
            case Chat.lid: chat.lidJid = text
            case 13: chat.name = text
            case 21: chat.tcToken = Data(bytes)
            case 38: chat.displayName = text
            default: break
            }
        case .number(let number):
            switch field {
            case 5: chat.lastMsgTimestamp = number
            case 6: chat.unreadCount = UInt32(clamping: number)
            case 9: chat.ephemeralExpiration = UInt32(clamping: number)
            case 12: chat.conversationTimestamp = number
            case 16: chat.archived = number != 0
            case 19: chat.markedAsUnread = number != 0
            case 22: chat.tcTokenTimestamp = number
            case 24: chat.pinned = UInt32(clamping: number)
            case 25: chat.muteEndTime = number
            case 28: chat.tcTokenSenderTimestamp = number
            default: break
            }
        case .begin, .end: break
        }
    }
}
