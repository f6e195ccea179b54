import Logging
import Storage
import TestSupport
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

/// A linked account in a fresh database, to which messages come that are already readable.
struct ReceivingScene: Sendable {
    static let account = "test-account"
    static let ownPhone = JID("6281100000001", .user, device: 5)
    static let ownLID = JID("900000000000001", .lid, device: 5)
    static let friend = JID("628111111111", .user)
    static let friendLID = JID("100000000000001", .lid)
    static let group = JID("120363012345678901", .group)
    static let nowMilliseconds: Int64 = 1_790_000_000_000

    let database: any SQLDatabase
    let credentials: DeviceCredentials
    let phoneMessages = PhoneMessages(
        account: account, recorder: { _, _ in }, news: AccountNews(), logger: Logger(label: "test"))

    init(on database: some SQLDatabase) async throws {
        try await Migrator.migrate(database, ClientSchema.migrations)
        var credentials = try DeviceCredentials.generate()
        credentials.linked = DeviceCredentials.Linked(phone: Self.ownPhone, lid: Self.ownLID, signedIdentity: [1, 2, 3])
        self.credentials = credentials
        self.database = database
        try await database.write { sql in
            let addresses = AddressMapStore(account: Self.account)
            try addresses.learn(lid: Self.ownLID, phone: Self.ownPhone, telling: { _, _ in }, on: sql)
            try addresses.learn(lid: Self.friendLID, phone: Self.friend, telling: { _, _ in }, on: sql)
        }
    }

    func origin(
        _ id: String, from sender: JID = friendLID, in chat: JID? = nil, isAdminRevocation: Bool = false
    ) -> MessageOrigin {
        MessageOrigin(
            id: id, chat: chat ?? sender.account, sender: sender, isOwn: credentials.isOwn(sender),
            timestampSeconds: Self.nowMilliseconds / 1000, pushName: "Budi", isOffline: false,
            isAdminRevocation: isAdminRevocation)
    }

    /// What a readable message leads to.
    func take(_ message: WAMessage, from origin: MessageOrigin) async throws -> [ClientEvent] {
        let intake = MessageIntake(
            account: Self.account, credentials: credentials, recorder: { _, _ in }, phoneMessages: phoneMessages)
        return try await database.write { sql in
            var events: [ClientEvent] = []
            try intake.take(message, from: origin, nowMilliseconds: Self.nowMilliseconds, events: &events, on: sql)
            return events
        }
    }

    func take(_ content: MessageContent, secret: [UInt8]? = nil, from origin: MessageOrigin) async throws -> [ClientEvent] {
        try await take(content.message(secret: secret), from: origin)
    }

    /// What a stanza leads to.
    func receive(_ node: Node, nowMilliseconds: Int64 = nowMilliseconds) async throws -> (MessageOutcome, [ClientEvent]) {
        guard let stanza = MessageStanza(node, own: credentials.ownAddresses) else { preconditionFailure("a message") }
        let receiver = MessageReceiver(
            account: Self.account, credentials: credentials, recorder: { _, _ in }, phoneMessages: phoneMessages)
        return try await database.write { sql in
            var events: [ClientEvent] = []
            let outcome = try receiver.receive(stanza, nowMilliseconds: nowMilliseconds, events: &events, on: sql)
            return (outcome, events)
        }
    }
}

extension [ClientEvent] {
    var messages: [ReceivedMessage] { compactMap { if case .received(let message) = $0 { message } else { nil } } }
    var rejected: [RejectedMessage] { compactMap { if case .rejected(let message) = $0 { message } else { nil } } }
}
