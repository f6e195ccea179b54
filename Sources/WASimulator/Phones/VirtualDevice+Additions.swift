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

    func apply(_ addition: Addition, in server: SimulatedServer) {
        let shown = addition.message.shown
        guard let target = shown.target, let place = place(of: target, for: addition, in: server) else { return }
        let now = server.nowMilliseconds
        switch shown.kind {
        case .reaction:
            change(place) { changes, _ in changes.react(shown.text ?? "", by: addition.writer, atMilliseconds: now) }
        case .edit:
            guard isAuthor(addition.writer, of: place) else { return object(to: addition, "edits another's message", server) }
            change(place) { changes, text in
                changes.edit(from: text, id: addition.id, atMilliseconds: now)
                text = shown.text
            }
        case .revoke:
            guard isAuthor(addition.writer, of: place) || addition.chat.isGroup else {
                return object(to: addition, "deletes another's message", server)
            }
            change(place) { changes, text in
                changes.revokedBy = addition.writer
                text = nil
            }
        case .pin:
            change(place) { changes, _ in changes.isPinned = shown.isPinning }
        case .vote:
            vote(addition, on: place, in: server)
        default: break
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
        let author =
            target.isFromMe
            ? addition.writer
            : addition.chat.isGroup
                ? target.participant.flatMap { JID($0) }.flatMap { server.account(at: $0) }?.number : peer
        let keyChat = JID(target.chat)
        let namesChat =
            addition.chat.isGroup
            ? keyChat == addition.chat : keyChat.flatMap { server.account(at: $0) }?.number == peer
        if namesChat, let author, let place = find(target.id, by: author, in: server),
            isIn(addition.chat, place, server)
        {
            return place
        }
        if said[target.id] != nil || inbox.messages.contains(where: { $0.id == target.id }) {
            server.report(
                .unknownTarget,
                "message \(addition.id) of \(addition.writer) on \(address): "
                    + "chat, fromMe or participant of its key do not fit message \(target.id)")
        } else if knowsAll, !retryCounts.keys.contains(where: { $0.id == target.id }) {
            object(to: addition, "names message \(target.id), which \(address) never had", server)
        }
        return nil
    }

    /// Whether this device must have everything that was ever in its chats.
    private var knowsAll: Bool {
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

    /// Reference 5.16: the vote is encrypted with the poll's secret; options are named by the hash of their text.
    private func vote(_ addition: Addition, on place: Place, in server: SimulatedServer) {
        let label = "vote \(addition.id) of \(addition.writer) on \(address)"
        guard let poll = content(of: place), let options = poll.unwrapped.content.pollCreation?.options.map(\.optionName)
        else { return server.report(.unknownTarget, "\(label): its target is no poll") }
        guard let hashes = openVote(addition, for: poll, by: author(of: place), in: server) else {
            return server.report(.malformedContent, "\(label): cannot be opened with the poll's secret")
        }
        let chosen = options.filter { hashes.contains(Digest.sha256(Array($0.utf8))) }
        if chosen.count != hashes.count {
            server.report(.unshowableContent, "\(label): names options that the poll does not have")
        }
        change(place) { changes, _ in
            changes.vote(chosen, by: addition.writer, atMilliseconds: server.nowMilliseconds)
        }
    }

    private func openVote(
        _ addition: Addition, for poll: WAMessage, by author: String, in server: SimulatedServer
    ) -> Set<[UInt8]>? {
        let update = addition.message.unwrapped.content.pollUpdateMessage
        guard let secret = poll.messageSecret.flatMap({ try? MessageSecret(bytes: $0) }),
            let author = server.accounts[author], let voter = server.accounts[addition.writer]
        else { return nil }
        for addressing in Addressing.allCases.reversed() {
            let use = MessageSecret.Addition(
                to: update.pollCreationMessageKey.id, from: author.jid(addressing).description,
                by: voter.jid(addressing).description, .pollVote)
            let opened = try? secret.open([UInt8](update.vote.encPayload), for: use, iv: [UInt8](update.vote.encIv))
            guard let opened, let vote = try? WAPollVoteMessage(decoding: opened) else { continue }
            return Set(vote.selectedOptions.map { [UInt8]($0) })
        }
        return nil
    }
}
