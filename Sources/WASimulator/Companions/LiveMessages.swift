import FoundationEssentials
import WABinary
import WAProto

/// Messages that a device of the simulator really has, in the form of history.
extension VirtualDevice {
    /// A message it received or said, by its id.
    func webMessageInfo(_ id: String, in server: SimulatedServer) -> WAWebMessageInfo? {
        if let said = said[id] { return info(of: said, in: server) }
        return inbox.latest(id).map { info(of: $0, in: server) }
    }

    /// Everything of one chat, oldest first. Looks through all of them.
    func liveMessages(in chat: JID, on server: SimulatedServer) -> [WAWebMessageInfo] {
        let number = server.account(at: chat)?.number
        func isIn(_ other: JID) -> Bool {
            other == chat || number != nil && server.account(at: other)?.number == number
        }
        let received = inbox.messages.filter { isIn($0.chat) }.map { info(of: $0, in: server) }
        let own = saidOrder.compactMap { said[$0] }
            .filter { isIn($0.chat) && ($0.text != nil || $0.recipient != address.number) }
            .map { info(of: $0, in: server) }
        return (received + own).sorted { $0.messageTimestamp < $1.messageTimestamp }
    }

    private func info(of message: InboxMessage, in server: SimulatedServer) -> WAWebMessageInfo {
        var info = info(message.message, id: message.id, in: message.chat, isFromMe: message.isFromMe)
        info.messageTimestamp = UInt64(clamping: message.timestampSeconds)
        guard !message.isFromMe, let author = server.accounts[message.sender.number] else { return info }
        info.pushName = author.name
        guard message.chat.isGroup else { return info }
        let addressing = server.groups[message.chat.user]?.addressing ?? .lid
        info.key.participant = author.jid(addressing).description
        info.participant = info.key.participant
        return info
    }

    private func info(of message: SaidMessage, in server: SimulatedServer) -> WAWebMessageInfo {
        var info = info(message.message, id: message.id, in: message.chat, isFromMe: true)
        info.messageTimestamp = UInt64(clamping: message.saidMilliseconds / 1_000)
        info.status = .serverAck
        return info
    }

    private func info(_ bytes: [UInt8], id: String, in chat: JID, isFromMe: Bool) -> WAWebMessageInfo {
        var info = WAWebMessageInfo()
        info.key.remoteJid = chat.description
        info.key.fromMe = isFromMe
        info.key.id = id
        if let message = try? WAMessage(decoding: bytes) {
            info.message = message
            if let secret = message.messageSecret { info.messageSecret = Data(secret) }
        }
        return info
    }
}
