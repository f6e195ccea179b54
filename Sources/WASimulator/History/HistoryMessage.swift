package import WACrypto

/// One message of a past, as a person would tell it.
package struct HistoryMessage: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case text, reply, image, document, location, contact, poll, revoked
    }

    package struct Reaction: Sendable, Equatable {
        package let by: String
        package let emoji: String
    }

    /// The file of an image or a document.
    package struct File: Sendable, Equatable {
        package let plaintext: [UInt8]
        package let mediaKey: [UInt8]
        package let summary: MediaSummary
        package let directPath: String
        let name: String
    }

    package let chat: Int
    package let index: Int
    package let id: String
    /// The number of whoever wrote it.
    package let author: String
    package let isFromMe: Bool
    package let timestampSeconds: Int64
    package let kind: Kind
    /// The text, caption, question or name; nil for what was deleted.
    package let text: String?
    package let isStarred: Bool
    /// 2 server, 3 delivered, 4 read, as `WebMessageInfo.Status`; 0 for what others wrote.
    package let status: Int
    package let reactions: [Reaction]
    package let pollOptions: [String]
    /// Of a poll, 32 bytes.
    package let secret: [UInt8]?
    /// The earlier message of the chat that a reply quotes.
    package let quotedIndex: Int?
    /// The options that the other party (or, of their poll, the phone's owner) chose.
    package let vote: [String]
    package internal(set) var file: File?
}

/// What a draw is for: each fact of a message has chance of its own.
private enum Purpose: UInt64 {
    case kind = 1
    case author, star, reaction, words, secret, mediaKey, id, vote
}

extension History {
    func message(_ index: Int, of chat: HistoryChat) -> HistoryMessage {
        let isUnread = index >= chat.messageCount - chat.unreadCount
        let isFromMe = !isUnread && chance(chat.index, index, Purpose.author.rawValue, of: 2) == 0
        let author = isFromMe ? owner : author(index, in: chat)
        let kind = kind(index, in: chat)
        let id = id(of: index, in: chat.index)
        let reacts = chance(chat.index, index, Purpose.reaction.rawValue, of: 20) == 0 && kind != .revoked
        let reactors = chat.isGroup ? Array(chat.participants.prefix(2)) : [isFromMe ? chat.number ?? owner : owner]
        let options = kind == .poll ? ["Yes \(index)", "No \(index)", "Later \(index)"] : []
        var message = HistoryMessage(
            chat: chat.index, index: index, id: id, author: author, isFromMe: isFromMe,
            timestampSeconds: chat.newestSeconds - Int64(chat.messageCount - 1 - index) * chat.stepSeconds,
            kind: kind, text: kind == .revoked ? nil : text(index, in: chat.index, kind),
            isStarred: facts(of: index, in: chat).isStarred,
            status: isFromMe ? (index + 1 == chat.messageCount ? 3 : 4) : 0,
            reactions: reacts ? reactors.map { .init(by: $0, emoji: index % 2 == 0 ? "👍" : "❤️") } : [],
            pollOptions: options,
            secret: kind == .poll ? bytes(chat.index, index, .secret, 32) : nil,
            quotedIndex: kind == .reply ? index - 1 : nil,
            vote: kind == .poll && chance(chat.index, index, Purpose.vote.rawValue, of: 2) == 0 ? [options[0]] : [])
        if kind == .image || kind == .document { message.file = file(for: message) }
        return message
    }

    /// What can be told without making the message.
    func facts(of index: Int, in chat: HistoryChat) -> (isStarred: Bool, hasFile: Bool) {
        let kind = kind(index, in: chat)
        let isStarred = kind != .revoked && chance(chat.index, index, Purpose.star.rawValue, of: 200) == 0
        return (isStarred, kind == .image || kind == .document)
    }

    private func kind(_ index: Int, in chat: HistoryChat) -> HistoryMessage.Kind {
        switch chance(chat.index, index, Purpose.kind.rawValue, of: 100) {
        case 0..<75: .text
        case 75..<82: index > 0 && self.kind(index - 1, in: chat) == .text ? .reply : .text
        case 82..<88: .image
        case 88..<91: .document
        case 91..<94: .location
        case 94..<96: .contact
        case 96..<98: .poll
        default: .revoked
        }
    }

    private func author(_ index: Int, in chat: HistoryChat) -> String {
        guard chat.isGroup else { return chat.number ?? owner }
        let others = chat.participants.dropFirst()
        guard !others.isEmpty else { return owner }
        return others[others.startIndex + Int(chance(chat.index, index, 20, of: UInt64(others.count)))]
    }

    private func bytes(_ chat: Int, _ message: Int, _ purpose: Purpose, _ count: Int) -> [UInt8] {
        var generator = draw(chat, message, purpose.rawValue)
        return generator.bytes(count)
    }

    /// Some words, and one that only this message has: `c<chat>m<message>`.
    private func text(_ index: Int, in chat: Int, _ kind: HistoryMessage.Kind) -> String {
        var generator = draw(chat, index, Purpose.words.rawValue)
        let count = 2 + Int(generator.next() % 8)
        let words = (0..<count).map { _ in Self.words[Int(generator.next() % UInt64(Self.words.count))] }
        return words.joined(separator: " ") + " c\(chat)m\(index)"
    }

    private static let words = [
        "apa", "bisa", "datang", "besok", "pagi", "siang", "malam", "kopi", "pasar", "kirim", "pesan", "barang",
        "harga", "murah", "stok", "toko", "jalan", "rumah", "teman", "baik", "terima", "kasih", "tolong", "tunggu",
        "sudah", "belum", "nanti", "minggu", "depan", "rapat", "foto", "lucu",
        "the", "order", "tomorrow", "meeting", "thanks", "please", "message", "hello",
    ]

    // MARK: - Ids

    /// 32 digits: a mark of this history, chat, message, and a check, so that an id leads back to its message.
    func id(of message: Int, in chat: Int) -> String {
        let mark = UInt32(truncatingIfNeeded: tag)
        let check = UInt32(truncatingIfNeeded: chance(chat, message, Purpose.id.rawValue, of: 1 << 32))
        return [mark, UInt32(chat) ^ mark, UInt32(message) ^ check, check].map { $0.hexadecimal }.joined()
    }

    /// The message with this id.
    func message(withID id: String) -> (HistoryChat, HistoryMessage)? {
        let digits = Array(id.utf8)
        guard digits.count == 32 else { return nil }
        let parts = stride(from: 0, to: 32, by: 8).compactMap {
            UInt32(String(decoding: digits[$0..<$0 + 8], as: UTF8.self), radix: 16)
        }
        guard parts.count == 4, parts[0] == UInt32(truncatingIfNeeded: tag) else { return nil }
        let (chat, index) = (Int(parts[1] ^ parts[0]), Int(parts[2] ^ parts[3]))
        guard chat < plan.chatCount, self.id(of: index, in: chat) == id else { return nil }
        let found = self.chat(chat)
        return index < found.messageCount ? (found, message(index, of: found)) : nil
    }

    // MARK: - Files

    private func file(for message: HistoryMessage) -> HistoryMessage.File {
        let plaintext =
            message.kind == .image ? HistoryPicture.jpeg(saying: message.id) : Array("Document \(message.id)\n".utf8)
        let file = EncryptedFile(
            plaintext, mediaKey: bytes(message.chat, message.index, .mediaKey, 32),
            purpose: message.kind == .image ? .image : .document, type: message.kind == .image ? "image" : "document")
        let name = "history~\(owner)~\(message.id)"
        return .init(
            plaintext: plaintext, mediaKey: file.mediaKey, summary: file.summary,
            directPath: MediaPath.directPath(of: name, type: file.stored.type), name: name)
    }
}

extension UInt32 {
    /// Eight upper-case digits.
    fileprivate var hexadecimal: String {
        let digits = String(self, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// A tiny picture, another one for each message.
enum HistoryPicture {
    /// A grey dot, with the text as a comment behind its start.
    static func jpeg(saying text: String) -> [UInt8] {
        let comment = Array(text.utf8)
        let length = UInt16(comment.count + 2)
        return Array(dot.prefix(2)) + [0xFF, 0xFE] + length.bigEndianBytes + comment + dot.dropFirst(2)
    }

    private static let dot: [UInt8] = [
        0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x01, 0x00, 0x60, 0x00, 0x60,
        0x00, 0x00, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x08, 0x06, 0x06, 0x07, 0x06, 0x05, 0x08, 0x07, 0x07, 0x07, 0x09,
        0x09, 0x08, 0x0A, 0x0C, 0x14, 0x0D, 0x0C, 0x0B, 0x0B, 0x0C, 0x19, 0x12, 0x13, 0x0F, 0x14, 0x1D, 0x1A, 0x1F,
        0x1E, 0x1D, 0x1A, 0x1C, 0x1C, 0x20, 0x24, 0x2E, 0x27, 0x20, 0x22, 0x2C, 0x23, 0x1C, 0x1C, 0x28, 0x37, 0x29,
        0x2C, 0x30, 0x31, 0x34, 0x34, 0x34, 0x1F, 0x27, 0x39, 0x3D, 0x38, 0x32, 0x3C, 0x2E, 0x33, 0x34, 0x32, 0xFF,
        0xC0, 0x00, 0x0B, 0x08, 0x00, 0x01, 0x00, 0x01, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x14, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0xFF, 0xC4,
        0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x54, 0xDF, 0xFF, 0xD9,
    ]
}
