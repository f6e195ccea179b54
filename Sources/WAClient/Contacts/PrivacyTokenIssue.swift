import Logging
import Storage
import WABinary
import WAProtocol

/// Gives people the token that lets them write to us, once in each week in which we write to them.
struct PrivacyTokenIssue: Sendable {
    let client: WhatsAppClient
    let connection: Connection

    /// People in one request.
    private static let peopleAtOnce = 64

    func run() async {
        let desk = client.tokenDesk
        while !Task.isCancelled {
            await desk.wakeUp.wait()
            while case let people = desk.take(Self.peopleAtOnce), !people.isEmpty, !Task.isCancelled {
                do { try await issue(to: people) } catch {
                    client.environment.logger.debug("privacy tokens were not given", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func issue(to people: [JID]) async throws {
        let (account, now) = (client.account, client.environment.nowSeconds)
        let addressed = try await client.database.read { sql in
            let tokens = PrivacyTokens(account: account)
            return try people.filter { try tokens.isDue(to: $0, nowSeconds: now, on: sql) }
                .map { try AddressMapStore(account: account).lid(of: $0, on: sql) ?? $0.foldingHosted.account }
        }
        guard !addressed.isEmpty else { return }
        let answers = try await connection.execute(
            PrivacyTokenRequest(people: addressed, timestampSeconds: now), environment: client.environment)
        try await client.database.write { sql in
            let store = PrivacyTokenStore(account: account)
            for person in addressed { try store.noteIssued(to: person, atSeconds: now, on: sql) }
            for answer in answers {
                try store.take(
                    .init(bytes: answer.token.bytes, timestampSeconds: answer.token.timestampSeconds), of: answer.person,
                    on: sql)
            }
        }
    }
}
