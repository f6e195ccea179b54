import Storage
import WABinary
import WACrypto
package import WAProtocol

extension WhatsAppClient {
    /// Our phone may be in somebody's pocket, but it is not asked for long.
    private static let patience: Duration = .seconds(60)

    /// Asks our phone to upload a message's file again; answers the path where it then lies, for the same keys.
    ///
    /// - Parameter message: As the API sees it, with phone numbers.
    /// - Throws: `ReuploadError`; `ClientError.timedOut` when the phone is silent, `.notConnected`, `.notLinked`.
    package func requestReupload(of message: MessageKey, mediaKey: [UInt8]) async throws -> String {
        let connection = try connected()
        let cipher = try MediaRetryCipher(mediaKey: mediaKey, messageID: message.id)
        let account = account
        let (key, own) = try await database.read { sql in
            guard let linked = try DeviceStore(account: account).load(on: sql)?.linked else { throw ClientError.notLinked }
            return (try Self.wireForm(of: message, account: account, linked: linked, on: sql), linked.phone)
        }
        let request = try ReuploadRequest(key, own: own, cipher: cipher)
        let answers = reuploads.answers(to: message.id)
        return try await withTimeLimit(Self.patience, clock: environment.clock) {
            connection.send(request.node)
            for await answer in answers {
                do {
                    return try answer.directPath(cipher)
                } catch ReuploadError.unreadable {
                    continue
                }
            }
            throw CancellationError()
        }
    }

    /// The chat and the author as our phone knows them: by LID where that is known, in groups as the group addresses.
    private static func wireForm(
        of message: MessageKey, account: String, linked: DeviceCredentials.Linked, on sql: any SQLConnection
    ) throws -> MessageKey {
        let mode = message.chat.isGroup ? try GroupStore(account: account).addressing(of: message.chat, on: sql)?.mode : nil
        let addressing = WireAddressing(account: account, linked: linked, usesLID: mode.map { $0 == .lid } ?? true)
        var key = message
        try key.mapAddresses { try addressing.form(of: $0, on: sql) }
        return key
    }
}
