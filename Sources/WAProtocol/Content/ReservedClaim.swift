package import WAProto

/// What a message claims that only our own phone, or only a device of our own account, may say.
///
/// From anybody else it must change nothing: history, keys and answers made up by a contact would otherwise be believed
/// (the class of CVE-2026-48063). Source: protocol reference 5.6.
package struct ReservedClaim: Equatable, Sendable {
    /// Its name on the wire, for the report: `historySyncNotification`, `deviceSentMessage`, …
    package let name: String
    /// Only device 0 of our own account may say it; else any device of ours.
    package let isForPhoneOnly: Bool

    /// Nil for what anybody may say. Looks into wrappers, and at what a device of ours says it sent.
    package init?(_ message: WAMessage) {
        let content = message.unwrapped
        if message.hasDeviceSentMessage || content.hasDeviceSentMessage {
            let inner = (message.hasDeviceSentMessage ? message : content).deviceSentMessage.message.unwrapped
            // What was sent to others never is such a note; a claim inside is the graver one.
            self = inner.reservedClaim ?? ReservedClaim(name: "deviceSentMessage", isForPhoneOnly: false)
        } else if let claim = content.reservedClaim {
            self = claim
        } else {
            return nil
        }
    }

    fileprivate init(name: String, isForPhoneOnly: Bool) {
        self.name = name
        self.isForPhoneOnly = isForPhoneOnly
    }
}

extension WAMessage {
    fileprivate var reservedClaim: ReservedClaim? {
        guard hasProtocolMessage else { return nil }
        switch protocolMessage.type {
        case .historySyncNotification: return ReservedClaim(name: "historySyncNotification", isForPhoneOnly: true)
        case .appStateSyncKeyShare: return ReservedClaim(name: "appStateSyncKeyShare", isForPhoneOnly: true)
        case .appStateFatalExceptionNotification:
            return ReservedClaim(name: "appStateFatalExceptionNotification", isForPhoneOnly: true)
        case .initialSecurityNotificationSettingSync:
            return ReservedClaim(name: "initialSecurityNotificationSettingSync", isForPhoneOnly: true)
        case .peerDataOperationRequestResponseMessage:
            return ReservedClaim(name: "peerDataOperationRequestResponseMessage", isForPhoneOnly: true)
        case .lidMigrationMappingSync: return ReservedClaim(name: "lidMigrationMappingSync", isForPhoneOnly: true)
        case .appStateSyncKeyRequest: return ReservedClaim(name: "appStateSyncKeyRequest", isForPhoneOnly: false)
        case .peerDataOperationRequestMessage:
            return ReservedClaim(name: "peerDataOperationRequestMessage", isForPhoneOnly: false)
        default: return nil
        }
    }
}
