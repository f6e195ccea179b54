import Storage
import StrictJSON
import WABinary
import WAClient
import WAProtocol

extension MessagingGateway {
    /// The account's address book, and whoever else it has a chat with.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`.
    package func contacts(limit: Int, offset: Int, session idOrName: String) async throws -> [ContactRecord] {
        let session = try startedSession(idOrName)
        return try await read { try ContactStore.list(of: session.id, limit: limit, offset: offset, on: $0) }
    }

    /// - Throws: as `contacts`, `GatewayError.invalidChatID`, `.contactNotFound`.
    package func contact(_ id: String, session idOrName: String) async throws -> ContactRecord {
        let session = try startedSession(idOrName)
        let person = try ChatID(parsing: id, field: "contactId")
        return try await read { connection in
            guard let contact = try ContactStore.contact(person, of: session.id, on: connection) else {
                throw GatewayError.contactNotFound(id)
            }
            return contact
        }
    }

    /// The person's number; nil while only the privacy id is known.
    package func phoneNumber(of id: String, session idOrName: String) async throws -> String? {
        _ = try startedSession(idOrName)
        let person = try ChatID(parsing: id, field: "contactId")
        let shown = try await read { try person.withKnownNumber(on: $0) }
        return shown.kind == .phone ? shown.user : nil
    }

    /// Whom the account blocks, as WhatsApp says now.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.noAnswer`.
    package func blockedContacts(session idOrName: String) async throws -> [String] {
        try await asking(idOrName) { try await $0.blockList().map(ChatID.neutral) }
    }

    /// Where a person's or a group's picture is; nil when there is none, or it is not for us to see.
    package func profilePicture(of id: String, session idOrName: String) async throws -> String? {
        let chat = try ChatID(parsing: id, field: "contactId")
        return try await asking(idOrName) { try await $0.profilePicture(of: chat.jid, preview: false)?.url }
    }

    /// The same of many, at most `maximumPictures`; one that does not come within 8 seconds counts as none.
    package func profilePictures(
        of ids: [String], session idOrName: String
    ) async throws -> [(id: String, url: String?)] {
        let (_, client) = try connectedClient(idOrName)
        let clock = environment.clock
        return await Self.each(of: ids.prefix(Self.maximumPictures)) { id in
            guard let chat = try? ChatID(parsing: id) else { return nil }
            return await Self.first(within: .seconds(8), clock: clock) {
                try? await client.profilePicture(of: chat.jid, preview: false)?.url
            }
        }
    }

    /// Puts a person into the address book, or changes their name there.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.invalidChatID` also for what is no phone number,
    ///   `.refusedByWhatsApp`, `.noAnswer`.
    package func saveContact(
        _ id: String, firstName: String, lastName: String?, session idOrName: String
    ) async throws {
        let person = try person(id, allowsPrivacyID: false)
        let fullName = [firstName, lastName ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        try await asking(idOrName) { client in
            try await client.saveContact(person.jid, fullName: fullName, firstName: firstName)
        }
    }

    /// Takes a person out of the address book.
    package func removeContact(_ id: String, session idOrName: String) async throws {
        let person = try person(id, allowsPrivacyID: true)
        try await asking(idOrName) { try await $0.removeContact(person.jid) }
    }

    package func setBlocked(_ isBlocked: Bool, _ id: String, session idOrName: String) async throws {
        let person = try person(id, allowsPrivacyID: true)
        let forms = try await read { try person.storedForms(on: $0) }
        try await asking(idOrName) { client in
            // WhatsApp keeps its list by privacy ids: without the pair nobody could tell who is meant by an entry.
            if person.kind == .phone, forms.count == 1 { _ = try await client.checkOnWhatsApp([person.user]) }
            if isBlocked { try await client.block(person.jid) } else { try await client.unblock(person.jid) }
        }
    }

    package static let maximumPictures = 50
    /// Pictures asked for at the same time: WhatsApp frowns on accounts that ask for many at once.
    private static let picturesAtOnce = 5

    // MARK: - Parts

    /// - Throws: `GatewayError.invalidChatID` for groups, channels and lists.
    private func person(_ id: String, allowsPrivacyID: Bool) throws(GatewayError) -> ChatID {
        let chat = try ChatID(parsing: id, field: "contactId")
        guard chat.kind == .phone || allowsPrivacyID && chat.kind == .lid else {
            throw .invalidChatID(field: "contactId", given: id)
        }
        return chat
    }

    /// Asks WhatsApp through the session's client.
    func asking<Answer: Sendable>(
        _ idOrName: String, _ ask: (WhatsAppClient) async throws -> Answer
    ) async throws -> Answer {
        let (_, client) = try connectedClient(idOrName)
        do {
            return try await ask(client)
        } catch {
            throw Self.gatewayError(of: error)
        }
    }

    /// Each id once, in its order, with what `ask` answers; a few are asked for at the same time.
    static func each(
        of ids: some Sequence<String>, _ ask: @escaping @Sendable (String) async -> String?
    ) async -> [(id: String, url: String?)] {
        var seen: Set<ExactText> = []
        let ids = ids.filter { seen.insert(ExactText($0)).inserted }
        var urls = [String?](repeating: nil, count: ids.count)
        await withTaskGroup(of: (Int, String?).self) { group in
            var waiting = ids.enumerated().makeIterator()
            func start() {
                guard let (place, id) = waiting.next() else { return }
                group.addTask { (place, await ask(id)) }
            }
            for _ in 0..<picturesAtOnce { start() }
            while let (place, url) = await group.next() {
                urls[place] = url
                start()
            }
        }
        return zip(ids, urls).map { (id: $0, url: $1) }
    }

    private static func first(
        within limit: Duration, clock: any Clock<Duration>, _ ask: @escaping @Sendable () async -> String?
    ) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await ask() }
            group.addTask {
                try? await clock.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
