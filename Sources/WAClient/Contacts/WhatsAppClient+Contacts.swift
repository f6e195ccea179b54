import Storage
package import WABinary
package import WAProtocol

/// Other people: whom we block, what they look like, what they say about themselves.
///
/// Each throws `ClientError.notConnected` and `IQError` when the server refuses.
extension WhatsAppClient {
    /// Blocks a person: nothing they write reaches us.
    package func block(_ person: JID) async throws { try await setBlocked(true, person) }

    package func unblock(_ person: JID) async throws { try await setBlocked(false, person) }

    /// Whom the account has blocked, as phone number JIDs where the number is known.
    package func blockList() async throws -> [JID] {
        try await blockList(on: connected())
    }

    nonisolated func blockList(on connection: Connection) async throws -> [JID] {
        let list = try await connection.execute(BlocklistRequest(), environment: environment)
        let contacts = contactBook
        return try await database.write { try contacts.take(list, on: $0) }
    }

    /// Where the picture of a person or a group is; nil when there is none or we may not see it.
    package func profilePicture(of target: JID, preview: Bool) async throws -> ProfilePicture? {
        let connection = try connected()
        let (address, token) = try await address(of: target)
        do {
            return try await connection.execute(
                ProfilePictureRequest(of: address, isPreview: preview, privacyToken: token), environment: environment)
        } catch let error as IQError where error.code == 401 || error.code == 404 {
            return nil
        }
    }

    /// What a person says about themselves; nil when we may not see it.
    package func about(of person: JID) async throws -> String? {
        let connection = try connected()
        let (address, token) = try await address(of: person)
        return try await connection.execute(AboutRequest(of: address, privacyToken: token), environment: environment)
    }

    private func setBlocked(_ isBlocked: Bool, _ person: JID) async throws {
        let connection = try connected()
        let (lid, phone) = try await addresses(of: person, on: connection)
        let request = BlockRequest(person: lid ?? phone, phone: phone.isPhoneNumber ? phone : nil, blocks: isBlocked)
        try await connection.execute(request, environment: environment)
        let contacts = contactBook
        try await database.write { try contacts.note(isBlocked: isBlocked, person, on: $0) }
    }

    /// Both addresses of a person; the LID is asked for where it is not known, since blocking goes by it.
    private func addresses(of person: JID, on connection: Connection) async throws -> (lid: JID?, phone: JID) {
        let (account, recorder) = (account, recorder)
        let known: @Sendable (any SQLConnection) throws -> (lid: JID?, phone: JID) = { sql in
            let addresses = AddressMapStore(account: account)
            return (try addresses.lid(of: person, on: sql), try addresses.phoneForm(of: person, on: sql))
        }
        let (lid, phone) = try await database.read(known)
        guard lid == nil, phone.isPhoneNumber else { return (lid, phone) }
        let answers = try await connection.execute(LIDLookupRequest(phones: [phone]), environment: environment)
        return try await database.write { sql in
            for mapping in answers {
                try AddressMapStore(account: account).learn(
                    lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
            }
            return try known(sql)
        }
    }

    /// The address to ask under, and the person's token that lets us ask.
    private func address(of target: JID) async throws -> (JID, token: [UInt8]?) {
        guard target.isPerson else { return (target.account, nil) }
        let (account, now) = (account, environment.nowSeconds)
        return try await database.read { sql in
            let address = try AddressMapStore(account: account).lid(of: target, on: sql) ?? target.foldingHosted.account
            return (address, try PrivacyTokens(account: account).trusted(by: target, nowSeconds: now, on: sql))
        }
    }

    nonisolated var contactBook: ContactBook { ContactBook(account: account, recorder: recorder) }
}
