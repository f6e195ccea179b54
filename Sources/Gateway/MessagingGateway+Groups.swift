import WABinary
import WAClient

extension MessagingGateway {
    /// The groups a session's account is in, by name.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.noAnswer`.
    package func groups(session idOrName: String) async throws -> [GroupSummary] {
        let (_, client) = try connectedClient(idOrName)
        do {
            return try await client.groups().map(GroupSummary.init)
        } catch {
            throw Self.gatewayError(of: error)
        }
    }

    /// One group with its members.
    ///
    /// - Throws: as `groups(session:)`, and `GatewayError.groupNotFound` for what is no group of the account.
    package func group(_ id: String, session idOrName: String) async throws -> GroupRecord {
        let (session, client) = try connectedClient(idOrName)
        guard let chat = try? ChatID(parsing: id), chat.kind == .group else { throw GatewayError.groupNotFound(id) }
        do {
            return try await naming(GroupRecord(try await client.group(chat.jid), ownPhone: session.phone), in: session.id)
        } catch ClientError.notAGroupMember {
            throw GatewayError.groupNotFound(id)
        } catch {
            throw Self.gatewayError(of: error)
        }
    }

    /// With the members' names, as far as they are known.
    private func naming(_ group: GroupRecord, in sessionID: String) async throws -> GroupRecord {
        let ids = group.participants.map(\.id)
        let names = try await read { connection in
            let people = PeopleNames(sessionID: sessionID, connection: connection)
            return try ids.map(people.name)
        }
        var group = group
        for (place, name) in names.enumerated() { group.participants[place].name = name }
        return group
    }
}
