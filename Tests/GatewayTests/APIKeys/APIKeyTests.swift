import Foundation
import Storage
import TestSupport
import Testing
import WAClient

@testable import Gateway

@Suite("API keys")
struct APIKeyTests {
    /// Keys over a fresh database, and a directory for the key's file.
    private func withKeys<R>(
        pepper: String? = nil, _ body: (APIKeyring, APIKeyHash, any SQLDatabase, String) async throws -> R
    ) async throws -> R {
        try await withTemporaryDirectory { directory in
            try await withStores { stores in
                let hash = APIKeyHash(pepper: pepper)
                return try await body(APIKeyring([], hash: hash), hash, stores.database, directory + "/.api-key")
            }
        }
    }

    @Test("The first key of a fresh database is drawn, shown once, and in a file of its owner only")
    func generates() async throws {
        try await withKeys { keyring, hash, database, file in
            let bootstrap = try APIKeyBootstrap(masterKey: nil, file: file)
            let outcome = try await bootstrap.run(keyring, hash: hash, id: "1", database: database, nowMilliseconds: 5)
            guard case .generated(let rawKey, file) = outcome else {
                Issue.record("no key was generated: \(outcome)")
                return
            }
            #expect(rawKey.wholeMatch(of: /owa_k1_[0-9a-f]{64}/) != nil)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == rawKey + "\n")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let record = try #require(keyring.record(of: rawKey))
            #expect(record.name == "Default Admin Key")
            #expect(record.role == .admin)
            #expect(record.keyPrefix == rawKey.prefix(12))

            let again = try await bootstrap.run(keyring, hash: hash, id: "2", database: database, nowMilliseconds: 7)
            #expect(again == .existing)
            let stored = try await database.read { try APIKeyStore.all(on: $0) }
            #expect(stored.map(\.hash) == [hash(rawKey)])
            #expect(APIKeyring(stored, hash: hash).record(of: rawKey)?.id == "1")
        }
    }

    @Test("The operator's own key is taken as it is, without white space around it, and written to no file")
    func adopts() async throws {
        try await withKeys { keyring, hash, database, file in
            let bootstrap = try APIKeyBootstrap(masterKey: " warehouse-key-1 \n", file: file)
            let outcome = try await bootstrap.run(keyring, hash: hash, id: "1", database: database, nowMilliseconds: 5)
            #expect(outcome == .adopted)
            #expect(keyring.record(of: "warehouse-key-1") != nil)
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test(
        "A known placeholder is refused",
        arguments: ["openwa", "dev-admin-key", "changeme", " Secret ", "YOUR_API_KEY"])
    func refusesPlaceholders(key: String) {
        #expect(throws: APIKeyBootstrap.Failure.placeholder(key.trimmingCharacters(in: .whitespaces))) {
            try APIKeyBootstrap(masterKey: key, file: "/nonexistent/.api-key")
        }
    }

    @Test("When the key cannot be written to its file, no key is kept")
    func needsFile() async throws {
        try await withKeys { keyring, hash, database, file in
            let bootstrap = try APIKeyBootstrap(masterKey: nil, file: file + "/missing/.api-key")
            await #expect(throws: APIKeyBootstrap.Failure.self) {
                _ = try await bootstrap.run(keyring, hash: hash, id: "1", database: database, nowMilliseconds: 5)
            }
            #expect(try await database.read { try APIKeyStore.all(on: $0) }.isEmpty)
        }
    }

    @Test("A pepper makes other hashes, so keys of one are unknown under the other")
    func peppers() throws {
        let plain = APIKeyHash(pepper: nil)
        // SHA-256("abc"), FIPS 180-2; HMAC-SHA-256 of RFC 4231 case 2.
        #expect(plain("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            APIKeyHash(pepper: "Jefe")("what do ya want for nothing?")
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("Use is counted at once and written when flushed, also after a flush that failed")
    func countsUsage() async throws {
        try await withKeys { keyring, hash, database, file in
            let bootstrap = try APIKeyBootstrap(masterKey: "warehouse-key-1", file: file)
            _ = try await bootstrap.run(keyring, hash: hash, id: "1", database: database, nowMilliseconds: 5)
            #expect(keyring.record(of: "other") == nil)
            for now in [10, 20, 30] as [Int64] { keyring.countUse(of: "1", nowMilliseconds: now) }

            let faulty = FaultyDatabase(database)
            faulty.failWrite()
            await #expect(throws: InjectedFault.self) { try await keyring.flushUsage(to: faulty) }
            keyring.countUse(of: "1", nowMilliseconds: 40)
            try await keyring.flushUsage(to: faulty)
            let writes = faulty.writeCount
            try await keyring.flushUsage(to: faulty)
            #expect(faulty.writeCount == writes, "nothing new, nothing written")

            let stored = try #require(try await database.read { try APIKeyStore.all(on: $0) }.first)
            #expect(stored.record.usageCount == 4)
            #expect(stored.record.lastUsedAtMilliseconds == 40)
            #expect(keyring.all == [stored.record])
        }
    }

    @Test("A revoked or expired key is known as what it is")
    func knowsUnusableKeys() throws {
        let hash = APIKeyHash(pepper: nil)
        let revoked = APIKeyRecord(
            id: "1", name: "old", keyPrefix: "old", role: .viewer, isActive: false, createdAtMilliseconds: 0)
        let expired = APIKeyRecord(
            id: "2", name: "past", keyPrefix: "past", role: .viewer, expiresAtMilliseconds: 50, createdAtMilliseconds: 0
        )
        let keyring = APIKeyring(
            [.init(record: revoked, hash: hash("old")), .init(record: expired, hash: hash("past"))], hash: hash)
        #expect(keyring.record(of: "old") == revoked)
        #expect(keyring.record(of: "past") == expired)
        #expect(expired.isExpired(atMilliseconds: 51))
        #expect(!expired.isExpired(atMilliseconds: 50))
    }

    @Test("A higher role includes the lower ones")
    func ranksRoles() {
        #expect(APIKeyRole.viewer < .operator)
        #expect(APIKeyRole.operator < .admin)
    }
}
