import Logging
import Storage
import WABinary
import WAProto
import WAProtocol

/// Asks our own phone for messages of which we have only a placeholder, in few requests, for the life of one connection.
///
/// What it does not answer is asked for again on the next connection, until it is too old. Source: protocol reference 5.15.
struct PlaceholderRequests: Sendable {
    let client: WhatsAppClient
    let messenger: PeerMessenger

    private static let messagesAtOnce = 32

    init(client: WhatsAppClient, connection: Connection, credentials: DeviceCredentials) {
        self.client = client
        messenger = PeerMessenger(client: client, connection: connection, credentials: credentials)
    }

    /// Asks until cancelled.
    func run() async {
        let (client, placeholders) = (client, Placeholders(account: client.account))
        do {
            let now = client.environment.nowMilliseconds()
            try await client.database.write { try placeholders.beginConnection(nowMilliseconds: now, on: $0) }
        } catch {
            client.environment.logger.error("placeholders could not be read", metadata: ["error": "\(error)"])
        }
        while !Task.isCancelled {
            do {
                while try await ask() {}
            } catch {
                client.environment.logger.info("the phone was not asked for messages", metadata: ["error": "\(error)"])
            }
            await client.placeholderNews.wait()
        }
    }

    /// Asks for what is due; false when nothing is.
    private func ask() async throws -> Bool {
        let (placeholders, now) = (Placeholders(account: client.account), client.environment.nowMilliseconds())
        let keys = try await client.database.write { sql in
            try placeholders.takeDue(limit: Self.messagesAtOnce, nowMilliseconds: now, on: sql)
        }
        guard !keys.isEmpty else { return false }
        try await messenger.send(.messages(keys))
        return true
    }
}

extension PeerMessage {
    /// Asks for messages whose content only the phone has.
    fileprivate static func messages(_ keys: [MessageKey]) -> PeerMessage {
        var request = WAPeerDataOperationRequestMessage()
        request.peerDataOperationRequestType = .placeholderMessageResend
        request.placeholderMessageResendRequest = keys.map { key in
            var message = WAPeerDataOperationRequestMessage.PlaceholderMessageResendRequest()
            message.messageKey = key.proto
            return message
        }
        return .operation(request)
    }
}
