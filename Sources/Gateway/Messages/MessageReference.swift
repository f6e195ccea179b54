import WABinary

/// A message's id as the API writes it: `true_<chat>_<ID>`, `false_<chat>_<ID>`, in groups `…_<ID>_<participant>`.
///
/// Bare ids (`3EB0…`) are accepted too; they say nothing of the chat.
package struct MessageReference: Sendable, Equatable {
    package let isFromMe: Bool?
    package let chat: String?
    /// WhatsApp's own id, unique for its sender.
    package let id: String
    package let participant: String?

    package init(isFromMe: Bool, chat: String, id: String, participant: String? = nil) {
        self.isFromMe = isFromMe
        self.chat = chat
        self.id = id
        self.participant = participant
    }

    /// - Returns: nil for an empty text, one over 200 characters, or one with white space.
    package init?(parsing text: String) {
        guard !text.isEmpty, text.utf8.count <= 200, !text.contains(where: \.isWhitespace) else { return nil }
        let parts = text.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[0] == "true" || parts[0] == "false", parts[1].contains("@") else {
            (isFromMe, chat, id, participant) = (nil, nil, text, nil)
            return
        }
        guard !parts[2].isEmpty else { return nil }
        isFromMe = parts[0] == "true"
        chat = parts[1]
        id = parts[2]
        participant = parts.count > 3 ? parts[3] : nil
    }

    /// The form the API writes; bare when the chat is not known.
    package var serialized: String {
        guard let isFromMe, let chat else { return id }
        return "\(isFromMe)_\(chat)_\(id)" + (participant.map { "_\($0)" } ?? "")
    }

    /// A fresh id in the shape of WhatsApp Web's: `3EB0` and 18 upper-case hex digits (72 random bits).
    package static func makeID(using random: inout some RandomNumberGenerator) -> String {
        var text = "3EB0"
        text.reserveCapacity(22)
        var bits = UInt64.random(in: .min ... .max, using: &random)
        for _ in 0..<16 {
            text.append(Self.digits[Int(bits & 15)])
            bits >>= 4
        }
        bits = UInt64(UInt8.random(in: .min ... .max, using: &random))
        text.append(Self.digits[Int(bits & 15)])
        text.append(Self.digits[Int(bits >> 4)])
        return text
    }

    private static let digits = Array("0123456789ABCDEF")
}
