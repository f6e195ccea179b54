import FoundationEssentials
import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// What a device does with messages about earlier messages: finds these, and changes how they are shown.
extension VirtualDevice {
    /// Where a message is kept: among the received ones, or among those said on this device.
    enum Place {
        case received(MessageName)
        case said(String)
    }

    /// A message about another one.
    struct Addition {
        let id: String
        /// The account that wrote it.
        let writer: String
        let chat: JID
        let message: WAMessage
    }

    /// What an addition turned out to say: of those that come encrypted, nobody knows before.
    struct Outcome {
        var text: String?
        /// The chosen options of a vote.
        var options: [String]?
        var answer: ShownEvent.Answer?
    }

    /// Changes how the target is shown. Nil when there is none, or nothing can be made of the addition.
    @discardableResult
    func apply(_ addition: Addition, in server: SimulatedServer) -> Outcome? {
        let shown = addition.message.shown
        if shown.kind == .setting { settle(shown.expirationSeconds ?? 0, addition, in: server) }
        guard let target = shown.target, let place = place(of: target, for: addition, in: server) else { return nil }
        if shown.isEncrypted { return open(addition, as: shown.kind, on: place, in: server) }
        switch shown.kind {
        case .reaction: react(shown.text ?? "", addition, on: place, in: server)
        case .edit: edit(to: shown.text, addition, on: place, in: server)
        case .revoke:
            guard isAuthor(addition.writer, of: place) || mayRevoke(addition, in: server) else {
                object(to: addition, "deletes another's message", server)
                return nil
            }
            change(place) { changes, text in
                changes.revokedBy = addition.writer
                text = nil
            }
        case .pin: change(place) { changes, _ in changes.isPinned = shown.isPinning }
        case .keep: change(place) { changes, _ in changes.isKept = shown.isPinning }
        case .vote: return vote(addition, on: place, in: server)
        default: return nil
        }
        return Outcome(text: shown.text)
    }

    /// Of a chat between two: how long its messages stay from now on.
    private func settle(_ seconds: Int, _ addition: Addition, in server: SimulatedServer) {
        guard let peer = server.account(at: addition.chat)?.number else { return }
        expirations[peer] = seconds == 0 ? nil : seconds
    }

    private func react(_ emoji: String, _ addition: Addition, on place: Place, in server: SimulatedServer) {
        change(place) { changes, _ in
            changes.react(emoji, by: addition.writer, atMilliseconds: server.nowMilliseconds)
        }
    }

    private func edit(to text: String?, _ addition: Addition, on place: Place, in server: SimulatedServer) {
        guard isAuthor(addition.writer, of: place) else {
            return object(to: addition, "edits another's message", server)
        }
        change(place) { changes, former in
            changes.edit(from: former, id: addition.id, atMilliseconds: server.nowMilliseconds)
            former = text
        }
    }

    /// An admin of a group may delete for everybody what others wrote.
    private func mayRevoke(_ addition: Addition, in server: SimulatedServer) -> Bool {
        addition.chat.isGroup && server.groups[addition.chat.user]?.isAdmin(addition.writer) ?? true
    }

    // MARK: - Encrypted ones

    private func open(
        _ addition: Addition, as kind: ShownContent.Kind, on place: Place, in server: SimulatedServer
    ) -> Outcome? {
        let label = "message \(addition.id) of \(addition.writer) on \(address)"
        guard let part = addition.message.unwrapped.content.encryptedAddition, let target = content(of: place) else {
            return nil
        }
        let opened = open(
            part.payload, iv: part.iv, part.useCase, to: target, id: part.key.id, by: author(of: place),
            writer: addition.writer, in: server)
        guard let opened else {
            server.report(.malformedContent, "\(label): cannot be opened with the secret of its target")
            return nil
        }
        do {
            switch kind {
            case .reaction:
                let emoji = try WAReactionMessage(decoding: opened).text
                react(emoji, addition, on: place, in: server)
                return Outcome(text: emoji)
            case .edit:
                let text = try WAMessage(decoding: opened).editedText
                edit(to: text, addition, on: place, in: server)
                return Outcome(text: text)
            case .eventResponse:
                guard let answer = ShownEvent.Answer(try WAEventResponseMessage(decoding: opened).response) else {
                    return nil
                }
                change(place) { changes, _ in changes.answer(answer, by: addition.writer) }
                return Outcome(answer: answer)
            case .comment: return Outcome(text: try WAMessage(decoding: opened).unwrapped.content.ownText)
            default: return nil
            }
        } catch {
            server.report(.malformedContent, "\(label): \(error)")
            return nil
        }
    }

    // MARK: - Finding

    /// The message a key names; nil, and a violation where this device must have it, when there is none.
    ///
    /// Chat and `fromMe` of a key are as its writer sees them, whoever reads it.
    private func place(
        of target: ShownContent.Target, for addition: Addition, in server: SimulatedServer
    ) -> Place? {
        let peer = addition.writer == address.number ? server.account(at: addition.chat)?.number : address.number
        let keyChat = JID(target.chat)
        // To a status post people react in the chat with its author.
        let chat = keyChat?.isStatusBroadcast == true ? .statusBroadcast : addition.chat
        let author =
            target.isFromMe
            ? addition.writer
            : chat.isShared ? target.participant.flatMap { JID($0) }.flatMap { server.account(at: $0) }?.number : peer
        let namesChat = chat.isShared ? keyChat == chat : keyChat.flatMap { server.account(at: $0) }?.number == peer
        if namesChat, let author, let place = find(target.id, by: author, in: server),
            isIn(chat, place, server)
        {
            return place
        }
        if said[target.id] != nil || inbox.messages.contains(where: { $0.id == target.id }) {
            server.report(
                .unknownTarget,
                "message \(addition.id) of \(addition.writer) on \(address): "
                    + "chat, fromMe or participant of its key do not fit message \(target.id)")
        } else if knowsAll, !isOfThePast(target.id, for: addition.writer, in: server),
            !retryCounts.keys.contains(where: { $0.id == target.id })
        {
            object(to: addition, "names message \(target.id), which \(address) never had", server)
        }
        return nil
    }

    /// Whether it is a message that was made up for the history of one of the two.
    private func isOfThePast(_ id: String, for writer: String, in server: SimulatedServer) -> Bool {
        [writer, address.number].contains { number in
            server.accounts[number].flatMap { server.history(of: $0) }?.message(withID: id) != nil
        }
    }

    /// Whether this device must have everything that was ever in its chats.
    var knowsAll: Bool {
        address.device == 0 && isFirstRegistration && inbox.droppedCount == 0 && !hasForgottenSaid
    }

    /// A message by its id and its author's account.
    func find(_ id: String, by author: String, in server: SimulatedServer) -> Place? {
        if author == address.number, said[id] != nil { return .said(id) }
        guard let account = server.accounts[author] else { return nil }
        for device in Array(account.devices.keys) + account.formerDevices {
            let name = MessageName(sender: DeviceAddress(author, device), id: id)
            if inbox[name] != nil { return .received(name) }
        }
        return nil
    }

    private func isIn(_ chat: JID, _ place: Place, _ server: SimulatedServer) -> Bool {
        guard let found = self.chat(of: place) else { return false }
        return found == chat || server.account(at: found).map { $0.number == server.account(at: chat)?.number } ?? false
    }

    func chat(of place: Place) -> JID? {
        switch place {
        case .received(let name): inbox[name]?.chat
        case .said(let id): said[id]?.chat
        }
    }

    func content(of place: Place) -> WAMessage? {
        let bytes =
            switch place {
            case .received(let name): inbox[name]?.message
            case .said(let id): said[id]?.message
            }
        return bytes.flatMap { try? WAMessage(decoding: $0) }
    }

    func author(of place: Place) -> String {
        switch place {
        case .received(let name): name.sender.number
        case .said: address.number
        }
    }

    private func isAuthor(_ person: String, of place: Place) -> Bool { author(of: place) == person }

    private func change(_ place: Place, _ body: (inout MessageChanges, inout String?) -> Void) {
        switch place {
        case .received(let name):
            guard var message = inbox[name] else { return }
            body(&message.changes, &message.text)
            inbox[name] = message
        case .said(let id):
            guard var message = said[id] else { return }
            body(&message.changes, &message.text)
            said[id] = message
        }
    }

    private func object(to addition: Addition, _ what: String, _ server: SimulatedServer) {
        server.report(.unknownTarget, "message \(addition.id) of \(addition.writer) on \(address): \(what)")
    }

    // MARK: - Votes

    /// Options are named by the hash of their text.
    private func vote(_ addition: Addition, on place: Place, in server: SimulatedServer) -> Outcome? {
        let label = "vote \(addition.id) of \(addition.writer) on \(address)"
        let update = addition.message.unwrapped.content.pollUpdateMessage
        guard let poll = content(of: place),
            let options = poll.unwrapped.content.pollCreation?.options.map(\.optionName)
        else {
            server.report(.unknownTarget, "\(label): its target is no poll")
            return nil
        }
        let opened = open(
            [UInt8](update.vote.encPayload), iv: [UInt8](update.vote.encIv), .pollVote, to: poll,
            id: update.pollCreationMessageKey.id, by: author(of: place), writer: addition.writer, in: server)
        guard let opened, let vote = try? WAPollVoteMessage(decoding: opened) else {
            server.report(.malformedContent, "\(label): cannot be opened with the poll's secret")
            return nil
        }
        let hashes = Set(vote.selectedOptions.map { [UInt8]($0) })
        let chosen = options.filter { hashes.contains(Digest.sha256(Array($0.utf8))) }
        if chosen.count != hashes.count {
            server.report(.unshowableContent, "\(label): names options that the poll does not have")
        }
        change(place) { changes, _ in
            changes.vote(chosen, by: addition.writer, atMilliseconds: server.nowMilliseconds)
        }
        return Outcome(options: chosen)
    }
}

extension WAMessage {
    /// Of an edit's message, as it stands by itself or inside an encrypted one.
    fileprivate var editedText: String? {
        let content = unwrapped.content
        guard content.hasProtocolMessage, content.protocolMessage.type == .messageEdit else { return content.ownText }
        return content.protocolMessage.editedMessage.unwrapped.content.ownText
    }
}
