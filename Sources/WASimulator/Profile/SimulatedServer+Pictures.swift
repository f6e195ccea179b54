import FoundationEssentials
package import WABinary
import WACrypto

/// The picture of a person or a group. Its bytes are on the media server.
package struct ProfilePicture: Sendable, Equatable {
    /// Decimal digits; every picture has another one.
    package let id: String
    package let byteCount: Int
    package let sha256: [UInt8]
    package let directPath: String

    /// Standard base64, padded: whatsmeow reads no other form.
    var hash: String { Data(sha256).base64EncodedString() }
}

/// Pictures of people and groups. Reference 5.20.
extension SimulatedServer {
    /// `<picture type="preview|image" query="url" id? invite?/>` of `target`: 401 hidden, 404 none, status 304 as it
    /// was. A group shows its picture to members, and to who has its invite code.
    func answerPicture(_ node: Node, from device: Device, on connection: Connection) {
        guard let asked = node.child("picture"), let target = node.jid("target"),
            let asker = accounts[device.address.number]
        else { return replyError(to: node, code: 400, text: "bad-request", on: connection) }
        let picture: ProfilePicture?
        if target.isGroup {
            guard let group = groups[target.user] else {
                return replyError(to: node, code: 404, text: "item-not-found", on: connection)
            }
            guard group.contains(asker.number) || asked["invite"] == group.inviteCode else {
                return replyError(to: node, code: 401, text: "not-authorized", on: connection)
            }
            picture = group.picture
        } else if target.isNewsletter {
            picture = channels[target.user]?.picture
        } else {
            guard let account = account(at: target) else {
                return replyError(to: node, code: 404, text: "item-not-found", on: connection)
            }
            hasGoodToken(asked, id: node["id"] ?? "", stanza: "w:profile:picture", for: account, from: device)
            guard mayAsk(asker, about: account, "profile") else {
                return replyError(to: node, code: 401, text: "not-authorized", on: connection)
            }
            become(contacts: account, of: device)
            picture = account.picture
        }
        guard let picture else { return replyError(to: node, code: 404, text: "item-not-found", on: connection) }
        reply(to: node, [pictureNode(picture, as: asked)], on: connection)
    }

    /// - Parameter asked: the question, which may name the picture that is known.
    func pictureNode(_ picture: ProfilePicture, as asked: Node) -> Node {
        guard asked["id"] != picture.id else { return Node("picture", ["status": "304"]) }
        return Node(
            "picture",
            [
                "id": .text(picture.id), "type": .text(asked["type"] ?? "preview"),
                "url": .text(MediaPath.url(of: picture.directPath, at: configuration.mediaHosts.first ?? "")),
                "direct_path": .text(picture.directPath), "hash": .text(picture.hash),
            ])
    }

    /// `<iq xmlns="w:profile:picture" type="set" target?><picture type="image">JPEG</picture></iq>`; no child removes.
    func setPicture(_ node: Node, from device: Device, on connection: Connection) {
        guard let actor = accounts[device.address.number] else { return }
        let bytes = node.child("picture")?.bytes
        if let bytes {
            guard !bytes.isEmpty, bytes.count <= Self.pictureByteLimit else {
                return replyError(to: node, code: 406, text: "not-acceptable", on: connection)
            }
            if !bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                report(.media, "device \(device.address) sent a profile picture that is no JPEG")
            }
        }
        let target = node.jid("target")
        let picture: ProfilePicture?
        if let target, target.isGroup {
            guard let group = groups[target.user] else {
                return replyError(to: node, code: 404, text: "item-not-found", on: connection)
            }
            guard group.contains(actor.number), group.isAdmin(actor.number) || !group.isLocked else {
                return replyError(to: node, code: 401, text: "not-authorized", on: connection)
            }
            picture = setPicture(bytes, of: group, by: actor)
        } else {
            guard target.map({ account(at: $0) === actor }) ?? true else {
                return replyError(to: node, code: 401, text: "not-authorized", on: connection)
            }
            picture = setPicture(bytes, of: actor, except: device)
        }
        reply(to: node, picture.map { [Node("picture", ["id": .text($0.id)])] }, on: connection)
    }

    static let pictureByteLimit = 1_048_576

    /// The owner sets the picture on the phone; nil removes it.
    package func setPicture(_ bytes: [UInt8]?, of number: String) throws(SimulatorError) {
        let account = try account(number)
        try check(bytes)
        _ = setPicture(bytes, of: account, except: nil)
    }

    /// An admin sets the picture of a group; nil removes it.
    package func setPicture(_ bytes: [UInt8]?, ofGroup id: String) throws(SimulatorError) {
        guard let group = groups[id],
            let admin = group.members.first(where: { group.isAdmin($0.number) }).flatMap({ accounts[$0.number] })
        else { throw .unknownGroup(id) }
        try check(bytes)
        _ = setPicture(bytes, of: group, by: admin)
    }

    private func check(_ bytes: [UInt8]?) throws(SimulatorError) {
        guard let bytes else { return }
        guard !bytes.isEmpty, bytes.count <= Self.pictureByteLimit else { throw .unusablePicture }
    }

    private func setPicture(_ bytes: [UInt8]?, of account: Account, except sender: Device?) -> ProfilePicture? {
        account.picture = bytes.map { stored($0) }
        let jid = account.jid(.phoneNumber)
        tellOwnDevices(of: account, except: sender, [Node("picture")])
        tellContacts(of: account, notification("picture", from: jid, [change(account.picture, of: jid, by: jid)]))
        return account.picture
    }

    private func setPicture(_ bytes: [UInt8]?, of group: Group, by actor: Account) -> ProfilePicture? {
        group.picture = bytes.map { stored($0) }
        let change = change(group.picture, of: group.jid, by: actor.jid(group.addressing))
        for member in group.members {
            for device in accounts[member.number]?.sortedDevices ?? [] where device.endpoint == nil {
                deliver(notification("picture", from: group.jid, [change]), to: device)
            }
        }
        return group.picture
    }

    private func change(_ picture: ProfilePicture?, of jid: JID, by author: JID) -> Node {
        guard let picture else { return Node("delete", ["jid": .jid(jid), "author": .jid(author)]) }
        return Node(
            "set",
            ["jid": .jid(jid), "author": .jid(author), "id": .text(picture.id), "hash": .text(picture.hash)])
    }

    func stored(_ bytes: [UInt8]) -> ProfilePicture {
        let digest = Digest.sha256(bytes)
        pictureCount += 1
        let file = StoredFile(name: MediaPath.base64url(digest), type: "picture", bytes: bytes)
        perform(.store(file))
        return ProfilePicture(
            id: String(nowSeconds + pictureCount), byteCount: bytes.count, sha256: digest, directPath: file.directPath)
    }

    // MARK: - The address book

    package enum ContactsChange: Sendable, Equatable {
        case added(JID)
        case removed(JID)
        /// Something about a contact is new; a hash of its number stands for it.
        case updated(String)
        case syncNeeded
    }

    /// `<notification type="contacts">` to the account's clients: its address book is another one.
    package func announceContacts(_ change: ContactsChange, of number: String) throws(SimulatorError) {
        let account = try account(number)
        let node =
            switch change {
            case .added(let jid): Node("add", ["jid": .jid(jid)])
            case .removed(let jid): Node("remove", ["jid": .jid(jid)])
            case .updated(let number): Node("update", ["hash": .text(contactHash(of: number))])
            case .syncNeeded: Node("sync", ["after": .text(String(nowSeconds))])
            }
        for other in account.sortedDevices where other.endpoint == nil {
            deliver(notification("contacts", from: account.jid(.phoneNumber), [node]), to: other)
        }
    }

    private func contactHash(of number: String) -> String {
        String(MediaPath.base64url(Digest.sha256(Array(number.utf8))).prefix(4))
    }
}
