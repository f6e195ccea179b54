import SignalProtocol
import Storage
import WABinary
import WAProtocol

/// Asks the server for what a send to a group lacks and prepares our sender key for those who lack it.
///
/// One request each for the group, for all device lists and for all prekeys; then transactions of at most 64 devices.
/// Everything it does is kept, so it may be cut off anywhere.
struct GroupResolver: Sendable {
    let fanout: GroupFanout
    let directory: GroupDirectory
    let recipients: RecipientResolver
    let linked: DeviceCredentials.Linked

    private var database: any SQLDatabase { recipients.database }

    /// Adds what the server had no answer for to `gaps`.
    func resolve(_ chat: JID, gaps: inout RecipientGaps) async throws {
        let groups = GroupStore(account: fanout.account)
        if try await database.read({ try groups.addressing(of: chat, on: $0) }) == nil {
            try await directory.refresh(chat, on: recipients.connection)
            // There was news of it meanwhile: it is asked for again.
            if try await database.read({ try groups.addressing(of: chat, on: $0) }) == nil { return }
        }
        var distribution = try await compare(chat, gaps)
        if !distribution.unknownPeople.isEmpty {
            let answer = try await recipients.fetchDeviceLists(of: Set(distribution.unknownPeople))
            gaps.unlisted.formUnion(answer.unlisted)
            distribution = try await compare(chat, gaps)
            // Whose list came under another name is left out: to ask once more would change nothing.
            gaps.unlisted.formUnion(Set(distribution.unknownPeople).subtracting(answer.outdated))
        }
        let lacking = distribution.lacking
        let vault = fanout.vault
        let strangers = try await database.read { sql in
            try lacking.map(\.jid).filter { try !vault.hasSession(with: $0, on: sql) }
        }
        if !strangers.isEmpty { gaps.keyless.formUnion(try await recipients.openSessions(with: Set(strangers))) }
        for start in stride(from: 0, to: lacking.count, by: GroupFanout.devicesAtOnce) {
            let part = lacking[start..<min(start + GroupFanout.devicesAtOnce, lacking.count)]
            try await database.write { [fanout] in try fanout.prepareKeys(for: part, of: chat, on: $0) }
        }
    }

    private func compare(_ chat: JID, _ gaps: RecipientGaps) async throws -> KeyDistribution {
        try await database.write { [fanout, linked] sql in
            try fanout.distribution(in: chat, gaps: gaps, as: linked, on: sql)
        }
    }
}
