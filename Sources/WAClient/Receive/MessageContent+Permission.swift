import WABinary
import WAProtocol

extension MessageContent {
    /// Whether its sender may say so: only authors edit, only authors and admins of a group take back.
    ///
    /// The key must be as we see it. `isByAdmin`: the stanza says so (`edit="8"`) and what we know of the group agrees.
    func isAllowed(to sender: JID, isFromMe: Bool, isByAdmin: Bool) -> Bool {
        switch self {
        case .edit(let content): content.key.isAuthor(sender, isFromMe: isFromMe)
        case .revoke(let content):
            content.key.isAuthor(sender, isFromMe: isFromMe) || isByAdmin && !content.key.chat.isPerson
        default: true
        }
    }
}

extension MessageKey {
    fileprivate func isAuthor(_ sender: JID, isFromMe senderIsMe: Bool) -> Bool {
        if isFromMe || senderIsMe { return isFromMe == senderIsMe }
        return chat.isPerson || participant == sender.account
    }
}
