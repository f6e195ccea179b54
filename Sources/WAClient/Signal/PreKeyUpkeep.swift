import Logging
import Storage
import WACrypto
import WAProtocol

/// Keeps the server's pool of our one-time prekeys filled: 812 at a time whenever fewer than 5 are left there.
///
/// Keys are stored before they are uploaded and marked after the server confirmed; a crash between uploads them again.
struct PreKeyUpkeep: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let database: any SQLDatabase
    let configuration: ClientConfiguration
    let environment: ClientEnvironment

    init(of client: WhatsAppClient, as credentials: DeviceCredentials) {
        account = client.account
        self.credentials = credentials
        database = client.database
        configuration = client.configuration
        environment = client.environment
    }

    /// Asks how many are left and fills up when they are few.
    func check(on connection: Connection) async throws {
        let left = try await connection.execute(PreKeyCountRequest(), environment: environment)
        if left < configuration.preKeyLowWater { try await upload(on: connection) }
    }

    /// Compares what the server holds of our keys with what we have. Keys it has lost are uploaded anew; others than ours are
    /// only logged, as WhatsApp Web does: one may be used up at this moment, and how they are hashed is not confirmed.
    func compare(on connection: Connection) async throws {
        guard let digest = try await digest(on: connection) else {
            environment.logger.warning("the server has lost our prekeys; they are uploaded anew")
            return try await upload(on: connection)
        }
        if try await !isRight(digest) { environment.logger.warning("the server holds other prekeys than ours") }
    }

    /// Nil when the server holds nothing.
    private func digest(on connection: Connection) async throws -> PreKeyDigest? {
        do {
            return try await connection.execute(PreKeyDigestRequest(), environment: environment)
        } catch let refusal as IQError where refusal.code == 404 {
            return nil
        }
    }

    private func isRight(_ digest: PreKeyDigest) async throws -> Bool {
        let (account, ids) = (account, digest.preKeyIDs)
        let keys = try await database.read { sql in
            try ids.compactMap { try PreKeyStore(account: account).key($0, on: sql)?.publicKey }
        }
        let ours = PreKeyDigest.hash(
            identityKey: credentials.identityKey.publicKey, signedPreKey: credentials.uploadedSignedPreKey, preKeys: keys)
        return digest.registrationID == credentials.registrationID && keys.count == ids.count && digest.hash == ours
    }

    func upload(on connection: Connection) async throws {
        let (account, count) = (account, configuration.preKeyBatch)
        let keys = try await database.write { try PreKeyStore(account: account).unuploaded(count: count, on: $0) }
        let request = PreKeyUploadRequest(
            registrationID: credentials.registrationID, identityKey: credentials.identityKey.publicKey,
            signedPreKey: credentials.uploadedSignedPreKey,
            preKeys: keys.map { UploadedPreKey(id: $0.id, key: $0.key.publicKey) })
        try await connection.execute(request, environment: environment)
        let ids = keys.map(\.id)
        try await database.write { try PreKeyStore(account: account).markUploaded(ids, on: $0) }
        environment.logger.debug("prekeys uploaded", metadata: ["count": "\(ids.count)"])
    }
}
