import SignalProtocol
import Storage
import WABinary
import WACrypto
import WAProtocol

/// Encrypts to and decrypts from devices, inside the caller's one transaction: no ratchet is stepped that is not saved.
struct SignalVault: Sendable {
    let account: String
    let local: LocalIdentity
    let signedPreKeyID: UInt32
    let signedPreKey: KeyPair

    init(account: String, credentials: DeviceCredentials) {
        self.account = account
        local = LocalIdentity(keyPair: credentials.identityKey, registrationID: credentials.registrationID)
        signedPreKeyID = credentials.signedPreKeyID
        signedPreKey = credentials.signedPreKey
    }

    private var sessions: SignalStore { SignalStore(account: account) }
    private var preKeys: PreKeyStore { PreKeyStore(account: account) }
    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// How one ciphertext ended.
    enum Opened: Sendable {
        /// Padded plaintext; `identityChanged` when the device's identity key is not the one known before.
        case plaintext([UInt8], identityChanged: Bool)
        /// Its message key was used already: it was read before.
        case duplicate
        /// It cannot be read with what is stored; the sender may be asked to send it again.
        case unreadable(SignalError)
    }

    func hasSession(with device: JID, on connection: any SQLConnection) throws -> Bool {
        let person = try addresses.person(of: device, on: connection)
        return try sessions.identity(person, device.device, on: connection) != nil
    }

    /// Steps and saves the ratchet; nil where there is no session.
    func encrypt(_ padded: [UInt8], to device: JID, on connection: any SQLConnection) throws -> Ciphertext? {
        let person = try addresses.person(of: device, on: connection)
        guard var session = try sessions.session(person, device.device, on: connection) else { return nil }
        let ciphertext = try session.encrypt(padded, by: local)
        try sessions.save(session, person, device.device, on: connection)
        return ciphertext
    }

    /// Saves a session made from a fetched bundle; true when the device's identity key is not the one known before.
    @discardableResult
    func save(_ fresh: Session, with device: JID, on connection: any SQLConnection) throws -> Bool {
        let person = try addresses.person(of: device, on: connection)
        guard var session = try sessions.session(person, device.device, on: connection) else {
            try sessions.save(fresh, person, device.device, on: connection)
            return false
        }
        let identityChanged = session.remoteIdentity != fresh.remoteIdentity
        if identityChanged { session = fresh } else { session.replaceCurrent(with: fresh) }
        try sessions.save(session, person, device.device, on: connection)
        return identityChanged
    }

    func decrypt(
        _ kind: Ciphertext.Kind, _ bytes: [UInt8], from device: JID, on connection: any SQLConnection
    ) throws -> Opened {
        let person = try addresses.person(of: device, on: connection)
        let existing = try sessions.session(person, device.device, on: connection)
        do {
            switch kind {
            case .preKeyMessage:
                let message = try PreKeySignalMessage(parsing: bytes)
                return try open(message, existing: existing, person, device.device, on: connection)
            case .message:
                guard var session = existing else { return .unreadable(.noSession) }
                let plaintext = try session.decrypt(SignalMessage(parsing: bytes), by: local)
                try sessions.save(session, person, device.device, on: connection)
                try preKeys.removeUsed(by: person, on: connection)
                return .plaintext(plaintext, identityChanged: false)
            }
        } catch let error as SignalError {
            return error == .duplicateMessage ? .duplicate : .unreadable(error)
        }
    }

    /// A first message: makes the session, unless a copy of it already did. A changed identity key starts afresh.
    private func open(
        _ message: PreKeySignalMessage, existing: Session?, _ person: String, _ device: UInt16,
        on connection: any SQLConnection
    ) throws -> Opened {
        guard message.signedPreKeyID == signedPreKeyID else { return .unreadable(.missingSignedPreKey(message.signedPreKeyID)) }
        let preKey = try message.preKeyID.flatMap { try preKeys.key($0, on: connection) }
        let identityChanged = existing.map { $0.remoteIdentity != message.identityKey } ?? false
        let opened = try Session.decrypting(
            message, existing: identityChanged ? nil : existing, by: local, signedPreKey: signedPreKey, preKey: preKey)
        try sessions.save(opened.session, person, device, on: connection)
        if let used = opened.usedPreKeyID { try preKeys.markUsed(used, by: person, on: connection) }
        return .plaintext(opened.plaintext, identityChanged: identityChanged)
    }

    // MARK: - Sender keys of others

    /// Opens a message encrypted for a whole group; `noSenderKey` when its author's device never gave us the key.
    func decryptGroupMessage(
        _ bytes: [UInt8], in chat: JID, from device: JID, on connection: any SQLConnection
    ) throws -> Opened {
        let store = SenderKeyStore(account: account)
        let holder = KeyHolder(person: try addresses.person(of: device, on: connection), device: device.device)
        do {
            let message = try SenderKeyMessage(parsing: bytes)
            guard var record = try store.received(chat, from: holder, on: connection) else {
                return .unreadable(.noSenderKey(message.id))
            }
            let plaintext = try record.decrypt(message)
            try store.saveReceived(record, chat, from: holder, on: connection)
            return .plaintext(plaintext, identityChanged: false)
        } catch let error as SignalError {
            return error == .duplicateMessage ? .duplicate : .unreadable(error)
        }
    }

    func takeSenderKey(
        _ distribution: SenderKeyDistribution, in chat: JID, from device: JID, on connection: any SQLConnection
    ) throws {
        let store = SenderKeyStore(account: account)
        let holder = KeyHolder(person: try addresses.person(of: device, on: connection), device: device.device)
        var record = try store.received(chat, from: holder, on: connection) ?? SenderKeyRecord()
        record.process(distribution)
        try store.saveReceived(record, chat, from: holder, on: connection)
    }
}
