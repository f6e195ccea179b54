package import WABinary
import WAProto

/// What is done to the address book and to the account itself. Source: protocol reference 5.14.
extension SyncAction {
    /// Saves a person under a name, in the phone's address book too.
    package static func saveContact(
        _ phone: JID, lid: JID?, fullName: String, firstName: String?, nowMilliseconds: Int64
    ) -> SyncAction {
        SyncAction(.criticalUnblockLow, version: 2, index: ["contact", phone.indexPart], atMilliseconds: nowMilliseconds) {
            $0.contactAction.fullName = fullName
            if let firstName { $0.contactAction.firstName = firstName }
            if let lid { $0.contactAction.lidJid = lid.indexPart }
            if phone.isPhoneNumber { $0.contactAction.pnJid = phone.indexPart }
            $0.contactAction.saveOnPrimaryAddressbook = true
        }
    }

    package static func removeContact(_ phone: JID, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(
            .criticalUnblockLow, version: 2, index: ["contact", phone.indexPart], atMilliseconds: nowMilliseconds,
            removes: true) { _ in }
    }

    /// What we call ourselves.
    package static func pushName(_ name: String, nowMilliseconds: Int64) -> SyncAction {
        SyncAction(.criticalBlock, version: 1, index: ["setting_pushName"], atMilliseconds: nowMilliseconds) {
            $0.pushNameSetting.name = name
        }
    }
}
