package import WABinary
package import WAProtocol

extension WhatsAppClient {
    /// The groups we are in, without participants, by subject.
    package func groups() async throws -> [Group] {
        try await directory.all(on: connected())
    }

    /// A group with its participants. Throws `ClientError.notAGroupMember` when it does not exist or we are not in it.
    package func group(_ jid: JID) async throws -> Group {
        do {
            return try await directory.group(jid.account, on: connected())
        } catch let error as IQError where SendRefusal.isNoMember(error) {
            throw ClientError.notAGroupMember
        }
    }
}
