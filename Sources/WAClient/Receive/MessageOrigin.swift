import WABinary
import WAProtocol

/// Where a readable message came from, whatever brought it: a stanza, or our phone, which gave it to us a second time.
struct MessageOrigin: Sendable {
    let id: String
    /// As the wire names them; the sender keeps its device.
    let chat: JID
    let sender: JID
    /// A device of our own account wrote it.
    let isOwn: Bool
    let timestampSeconds: Int64
    let pushName: String?
    let isOffline: Bool
    /// The stanza says that an admin takes the message of another back.
    let isAdminRevocation: Bool

    /// Our own phone, which alone may say what is in ``ReservedClaim``.
    var isOwnPhone: Bool { isOwn && sender.device == 0 }

    func mayClaim(_ claim: ReservedClaim) -> Bool { claim.isForPhoneOnly ? isOwnPhone : isOwn }
}

extension MessageOrigin {
    init(_ stanza: MessageStanza, credentials: DeviceCredentials) {
        self.init(
            id: stanza.id, chat: stanza.chat, sender: stanza.sender, isOwn: credentials.isOwn(stanza.sender),
            timestampSeconds: stanza.timestampSeconds, pushName: stanza.pushName, isOffline: stanza.isOffline,
            isAdminRevocation: stanza.edit == "8")
    }

    /// Nil when the phone does not say who wrote it, in a group.
    init?(_ answer: PlaceholderAnswer, own: OwnAddresses) {
        let author = answer.isFromMe ? own.phone : answer.chat.isPerson ? answer.chat : answer.participant
        guard let author else { return nil }
        self.init(
            id: answer.id, chat: answer.chat, sender: author, isOwn: own.contains(author),
            timestampSeconds: answer.timestampSeconds, pushName: answer.pushName, isOffline: false,
            isAdminRevocation: false)
    }
}
