import Storage
import WABinary
import WAProtocol

/// How people are named in one chat: by LID where the chat is addressed so, else by phone number; in the form that is
/// known where the other is not (reference 5.16, 5.18).
struct WireAddressing: Sendable {
    let account: String
    let linked: DeviceCredentials.Linked
    let usesLID: Bool

    /// The content with its keys, mentions and quotes in the chat's addressing; groups and channels stay as they are.
    func content(_ content: MessageContent, on sql: any SQLConnection) throws -> MessageContent {
        try content.mappingAddresses { try form(of: $0, on: sql) }
    }

    func form(of jid: JID, on sql: any SQLConnection) throws -> JID {
        guard jid.isPerson else { return jid }
        let addresses = AddressMapStore(account: account)
        if OwnAddresses(phone: linked.phone, lid: linked.lid).contains(jid) {
            return usesLID ? linked.lid?.account ?? linked.phone.account : linked.phone.account
        }
        return usesLID ? try addresses.lid(of: jid, on: sql) ?? jid.account : try addresses.phoneForm(of: jid, on: sql)
    }
}
