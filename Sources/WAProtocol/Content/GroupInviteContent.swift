import FoundationEssentials
package import WABinary
import WAProto

/// An invitation into a group, for the one it is written to.
///
/// ```
/// 28 groupInviteMessage { 1 groupJID, 2 inviteCode, 3 inviteExpiration, 4 groupName, 5 JPEGThumbnail, 6 caption, 7 contextInfo }
/// ```
/// Source: protocol reference 6.2.
package struct GroupInviteContent: Equatable, Sendable {
    package var group: JID
    package var code: String
    /// Unix seconds.
    package var expiresAtSeconds: Int64?
    package var groupName: String
    package var caption: String?
    /// JPEG.
    package var thumbnail: [UInt8]?
    package var context: MessageContext

    package init(
        group: JID, code: String, expiresAtSeconds: Int64? = nil, groupName: String, caption: String? = nil,
        thumbnail: [UInt8]? = nil, context: MessageContext = .none
    ) {
        self.group = group
        self.code = code
        self.expiresAtSeconds = expiresAtSeconds
        self.groupName = groupName
        self.caption = caption
        self.thumbnail = thumbnail
        self.context = context
    }

    /// Nil when it names no group.
    init?(_ message: WAMessage) {
        let invite = message.groupInviteMessage
        guard message.hasGroupInviteMessage, let group = JID(invite.groupJid), group.isGroup else { return nil }
        self.init(
            group: group, code: invite.inviteCode,
            expiresAtSeconds: invite.hasInviteExpiration ? WireTime.seconds(invite.inviteExpiration) : nil,
            groupName: invite.groupName,
            caption: invite.hasCaption ? invite.caption : nil,
            thumbnail: invite.hasJpegThumbnail ? [UInt8](invite.jpegThumbnail) : nil,
            context: invite.hasContextInfo ? MessageContext(invite.contextInfo) : .none)
    }

    var message: WAMessage {
        var invite = WAGroupInviteMessage()
        invite.groupJid = group.description
        invite.inviteCode = code
        if let expiresAtSeconds { invite.inviteExpiration = expiresAtSeconds }
        invite.groupName = groupName
        if let thumbnail { invite.jpegThumbnail = Data(thumbnail) }
        if let caption { invite.caption = caption }
        if let info = context.proto { invite.contextInfo = info }
        var message = WAMessage()
        message.groupInviteMessage = invite
        return message
    }
}
