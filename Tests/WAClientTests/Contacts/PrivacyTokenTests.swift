import Storage
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProtocol

@testable import WAClient

@Suite("Privacy tokens")
struct PrivacyTokenTests {
    private static let account = "a"
    private static let phone = JID("628111111111", .user)
    private static let lid = JID("100000000000001", .lid)
    private static let week: Int64 = 604_800
    private let tokens = PrivacyTokens(account: account)
    private let store = PrivacyTokenStore(account: account)

    private func withSchema(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await withDatabase { database in
            try await Migrator.migrate(database, ClientSchema.migrations)
            try await database.write(body)
        }
    }

    @Test("A token counts in its week and the three after it")
    func expiry() {
        let now = 100 * Self.week + 5
        #expect(!PrivacyTokens.isExpired(97 * Self.week, nowSeconds: now))
        #expect(PrivacyTokens.isExpired(97 * Self.week - 1, nowSeconds: now))
        #expect(!PrivacyTokens.isExpired(now, nowSeconds: now))
    }

    @Test("A person's token goes along, then one from the salt, then none")
    func element() async throws {
        try await withSchema { [tokens, store] sql in
            let now = 100 * Self.week
            #expect(try tokens.withMessage(to: Self.phone, nowSeconds: now, on: sql).element == nil)
            try store.take(.init(bytes: [1], timestampSeconds: now), of: Self.phone, on: sql)
            #expect(try tokens.withMessage(to: Self.phone, nowSeconds: now, on: sql).element == Node("tctoken", bytes: [1]))
            // Known by LID from now on: the token moves along.
            try AddressMapStore(account: Self.account).learn(lid: Self.lid, phone: Self.phone, telling: { _, _ in }, on: sql)
            #expect(try tokens.withMessage(to: Self.lid, nowSeconds: now, on: sql).element == Node("tctoken", bytes: [1]))
            // Older ones do not replace newer ones.
            try store.take(.init(bytes: [2], timestampSeconds: now - 1), of: Self.lid, on: sql)
            #expect(try tokens.trusted(by: Self.phone, nowSeconds: now, on: sql) == [1])
            let later = now + 4 * Self.week
            #expect(try tokens.withMessage(to: Self.lid, nowSeconds: later, on: sql).element == nil)
            try AccountSecrets(account: Self.account).save([9], as: .contactTokenSalt, on: sql)
            let made = ContactToken.make(salt: [9], recipientLID: "100000000000001@lid")
            #expect(try tokens.withMessage(to: Self.phone, nowSeconds: later, on: sql).element == Node("cstoken", bytes: made))
            #expect(try tokens.trusted(by: Self.phone, nowSeconds: later, on: sql) == nil)
            #expect(try tokens.withMessage(to: JID("0", .user), nowSeconds: later, on: sql).element == nil)
        }
    }

    @Test("Ours is due once in each week in which we write, and after the person's phone changed")
    func due() async throws {
        try await withSchema { [tokens, store] sql in
            let now = 100 * Self.week + 7
            #expect(try tokens.isDue(to: Self.phone, nowSeconds: now, on: sql))
            #expect(try tokens.withMessage(to: Self.phone, nowSeconds: now, on: sql).isOursDue)
            try store.noteIssued(to: Self.phone, atSeconds: now, on: sql)
            #expect(try !tokens.isDue(to: Self.phone, nowSeconds: now + 10, on: sql))
            #expect(try !tokens.withMessage(to: Self.phone, nowSeconds: now + 10, on: sql).isOursDue)
            #expect(try tokens.isDue(to: Self.phone, nowSeconds: now + Self.week, on: sql))
            try store.forgetIssued(to: Self.phone, on: sql)
            #expect(try tokens.isDue(to: Self.phone, nowSeconds: now + 10, on: sql))
            #expect(try !tokens.isDue(to: JID("13135550002", .user), nowSeconds: now, on: sql))
        }
    }
}
