import Storage
import WAClient

extension ChatID {
    /// Every form under which rows of this chat may be stored: messages that came before a number was known are under the
    /// privacy id.
    func storedForms(on connection: any SQLConnection) throws -> [String] {
        switch kind {
        case .phone, .lid:
            let pair = try AddressBook.pair(of: jid, on: connection)
            return Set([description] + [pair?.phone, pair?.lid].compactMap { $0.map(ChatID.neutral) }).sorted()
        case .group, .channel, .broadcast:
            return [description]
        }
    }

    /// The phone number's form of a privacy id whose number is known; every other chat as it is.
    func withKnownNumber(on connection: any SQLConnection) throws -> ChatID {
        guard kind == .lid, let pair = try AddressBook.pair(of: jid, on: connection) else { return self }
        return ChatID(pair.phone) ?? self
    }
}
