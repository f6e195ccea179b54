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

    /// Asks how many are left and fills up when they are few.
    func check(on connection: Connection) async throws {
        let left = try await connection.execute(PreKeyCountRequest(), environment: environment)
        if left < configuration.preKeyLowWater { try await upload(on: connection) }
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
