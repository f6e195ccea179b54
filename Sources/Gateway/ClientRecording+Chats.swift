import Storage
import WAClient

// What is known of people, chats and single messages beside what was said.

extension ClientRecording {
    func store(_ change: ContactChange, on connection: any SQLConnection) throws {
        let person = ChatID.neutral(change.person)
        switch change.change {
        case .saved(let fullName, let firstName):
            try ContactStore.save(
                fullName: fullName, firstName: firstName, person, of: session.id, on: connection)
        case .removedFromAddressBook:
            try ContactStore.removeFromAddressBook(person, of: session.id, on: connection)
        case .pushName(let name):
            try ContactStore.learnPushName(name, person, of: session.id, on: connection)
        case .businessName(let name):
            try ContactStore.setBusinessName(name, person, of: session.id, on: connection)
        case .picture(let id):
            try ContactStore.setPicture(id: id, person, of: session.id, on: connection)
        case .about(let text):
            try ContactStore.setAbout(text, person, of: session.id, on: connection)
        case .blocked(let isBlocked):
            try ContactStore.setBlocked(isBlocked, person, of: session.id, on: connection)
        case .numberChanged(let old):
            try ContactStore.copy(ChatID.neutral(old), to: person, of: session.id, on: connection)
        case .addressLearned(let lid):
            try PersonMerge.move(ChatID.neutral(lid), to: person, on: connection)
        }
    }

    func store(_ change: ChatChange, on connection: any SQLConnection) throws {
        let (chat, id, at) = (ChatID.neutral(change.chat), session.id, change.atMilliseconds)
        switch change.change {
        case .archived(let isArchived):
            try ChatStore.setArchived(isArchived, chat, of: id, atMilliseconds: at, on: connection)
        case .pinned(let isPinned):
            try ChatStore.setPinned(isPinned, chat, of: id, atMilliseconds: at, on: connection)
        case .muted(let until):
            try ChatStore.setMuted(untilMilliseconds: until, chat, of: id, atMilliseconds: at, on: connection)
        case .markedRead(let isRead):
            if isRead { try messages.readAll(in: chat, of: id, on: connection) }
            try ChatStore.setRead(isRead, chat, of: id, atMilliseconds: at, on: connection)
        case .cleared(let seconds, let keepsStarred):
            try messages.clear(chat, throughSeconds: seconds, keepsStarred: keepsStarred, in: id, on: connection)
            try ChatStore.setRead(true, chat, of: id, atMilliseconds: at, on: connection)
        case .deleted(let seconds):
            try messages.clear(chat, throughSeconds: seconds, keepsStarred: false, in: id, on: connection)
            try ChatStore.removeIfEmpty(chat, of: id, on: connection)
        case .ephemeral(let seconds):
            try ChatStore.setEphemeral(seconds: seconds, chat, of: id, on: connection)
        }
    }

    func store(_ change: MessageChange, on connection: any SQLConnection) throws {
        let reference = MessageReference(
            isFromMe: change.isFromMe, chat: ChatID.neutral(change.chat), id: change.messageID)
        let chats = try ChatID(change.chat)?.storedForms(on: connection) ?? [ChatID.neutral(change.chat)]
        guard let message = try messages.message(reference, in: chats, of: session.id, on: connection) else { return }
        switch change.change {
        case .starred(let isStarred):
            try messages.setStarred(isStarred, message.rowKey, in: session.id, on: connection)
        case .deletedForMe:
            try messages.revoke(message.rowKey, in: session.id, on: connection)
        }
    }

    func store(_ change: GroupChange, on connection: any SQLConnection) throws {
        let group = ChatID.neutral(change.group)
        switch change.change {
        case .subject(let subject): try ChatStore.setName(subject, group, of: session.id, on: connection)
        case .ephemeral(let seconds):
            try ChatStore.setEphemeral(seconds: seconds, group, of: session.id, on: connection)
        case .created, .joined, .left, .promoted, .demoted, .description, .announcement, .locked, .joinRequested,
            .deleted, .other:
            break
        }
    }

    /// - Returns: whether the person was not known to be like this.
    func store(_ update: PresenceUpdate, on connection: any SQLConnection) throws -> Bool {
        let (state, lastSeen): (PresenceState, Int64?) =
            switch update.state {
            case .available: (.available, nil)
            case .unavailable(let seconds): (.unavailable, seconds)
            case .composing: (.composing, nil)
            case .recording: (.recording, nil)
            case .paused: (.paused, nil)
            }
        return try PresenceStore.put(
            ParticipantPresence(
                personID: ChatID.neutral(update.person), state: state, lastSeenSeconds: lastSeen,
                observedAtMilliseconds: update.atMilliseconds),
            in: ChatID.neutral(update.chat), of: session.id, on: connection)
    }
}
