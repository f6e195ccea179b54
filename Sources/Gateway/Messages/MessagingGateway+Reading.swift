import Storage
package import StrictJSON
import WAProtocol

extension JSONObject {
    /// Gives a member another value, or adds it.
    mutating func replace(_ name: String, with value: JSONValue) {
        var members = members
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value = value
        } else {
            members.append(Member(name: name, value: value))
        }
        self = JSONObject(members)
    }
}

extension MessagingGateway {
    /// One stored message with its marks and its way from acceptance to every receipt.
    ///
    /// - Throws: `GatewayError.sessionNotFound`, `.invalidChatID`, `.messageNotFound`.
    package func message(
        _ messageID: String, in chatID: String, session idOrName: String
    ) async throws -> MessageDetails {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotFound(idOrName) }
        let chat = try ChatID(parsing: chatID)
        guard let reference = MessageReference(parsing: messageID) else {
            throw GatewayError.messageNotFound(messageID, chatID: chatID)
        }
        let store = outbox.messages
        return try await read { connection in
            guard
                var details = try store.details(
                    reference, in: try chat.storedForms(on: connection), of: session.id, on: connection)
            else { throw GatewayError.messageNotFound(messageID, chatID: chatID) }
            if let message = try MessageRecord.withMedia([details.message], of: session.id, on: connection).first {
                details.message = message
            }
            return details
        }
    }

    /// A chat's newest messages, oldest first, as `message.received` tells them (contract 3.7).
    ///
    /// - Parameters:
    ///   - includesMedia: Whether files come with it, in base64, as many as fit into `inlineMediaBudget`, the newest first.
    /// - Throws: `GatewayError.sessionNotStarted` for an unknown session, `.invalidChatID`.
    package func history(
        of chatID: String, limit: Int, includesMedia: Bool, session idOrName: String
    ) async throws -> [JSONObject] {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotStarted }
        let chat = try ChatID(parsing: chatID)
        let store = outbox.messages
        let payloads = try await read { connection in
            try store.history(
                of: try chat.storedForms(on: connection), limit: limit, own: session.ownID, in: session.id,
                on: connection)
        }
        var messages = payloads.map(\.json)
        guard includesMedia else { return messages }
        var budget = Self.inlineMediaBudget
        for index in messages.indices.reversed() where payloads[index].media != nil {
            guard let row = payloads[index].row,
                let media = try await mediaShelf.inline(row, in: session.id, maximumByteCount: budget / 4 * 3)
            else { continue }
            if case .string(let data)? = media["data"] { budget -= data.utf8.count }
            messages[index].replace("media", with: .object(media))
        }
        return messages
    }

    /// In base64, for one answer (`MESSAGE_LIST_INLINE_MEDIA_BUDGET_BYTES`).
    static let inlineMediaBudget = 8 << 20

    /// Who chose what in a poll.
    ///
    /// - Throws: as `message(_:in:session:)`; `.messageNotFound` also for what is no poll.
    package func votes(
        for messageID: String, in chatID: String, session idOrName: String
    ) async throws -> PollTally {
        guard let session = directory[idOrName] else { throw GatewayError.sessionNotFound(idOrName) }
        let chat = try ChatID(parsing: chatID)
        guard let reference = MessageReference(parsing: messageID) else {
            throw GatewayError.messageNotFound(messageID, chatID: chatID)
        }
        let store = outbox.messages
        return try await read { connection in
            let forms = try chat.storedForms(on: connection)
            guard
                let message = try store.message(reference, in: forms, of: session.id, on: connection),
                case .poll(let poll)? = message.content.flatMap({ MessageContent(encoded: $0) })
            else { throw GatewayError.messageNotFound(messageID, chatID: chatID) }
            let votes = try PollVoteStore.votes(for: reference.id, in: forms, of: session.id, on: connection)
            let people = PeopleNames(sessionID: session.id, connection: connection)
            return PollTally(
                question: poll.name, allowsMultipleAnswers: poll.selectableCount != 1,
                options: try poll.options.map { name in
                    let hash = PollVoteStore.hexadecimal(PollVoteContent.hash(of: name))
                    return PollTally.Option(
                        name: name,
                        voters: try votes.filter { $0.optionHashes.contains(hash) }.map { vote in
                            PollTally.Voter(
                                id: try people.shown(vote.voterID), votedAtMilliseconds: vote.votedAtMilliseconds)
                        })
                })
        }
    }
}
