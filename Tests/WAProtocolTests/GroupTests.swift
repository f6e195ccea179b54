import SignalProtocol
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@Suite("Groups on the wire")
struct GroupTests {
    private let group = JID("120363012345678901", .group)
    private let lid = JID("100000012345678", .lid)
    private let phone = JID("6281234567890", .user)

    @Test("A group in LID addressing is read with its members, their numbers and its settings")
    func lidGroup() throws {
        let element = Node(
            "group",
            [
                "id": "120363012345678901", "subject": "Ops", "creator": .jid(lid), "creator_pn": .jid(phone),
                "creation": "1790000000", "addressing_mode": "lid", "size": "2",
            ],
            [
                Node("participant", ["jid": .jid(lid), "phone_number": .jid(phone), "type": "superadmin"]),
                Node("participant", ["jid": .jid(JID("2000", .lid))]),
                Node("participant", ["jid": .jid(lid)]), Node("participant", ["jid": .jid(group)]),
                Node("participant", ["jid": .jid(JID("3000", .lid)), "error": "403"]),
                Node("description", ["id": "A"], [Node("body", text: "on call")]), Node("announcement"),
                Node("locked"), Node("ephemeral", ["expiration": "86400"]),
                Node("member_add_mode", text: "admin_add"), Node("linked_parent", ["jid": .jid(JID("120363", .group))]),
                Node("something_new"),
            ])
        let read = try #require(Group(element))
        #expect(read.jid == group)
        #expect(
            read.participants == [
                GroupParticipant(jid: lid, phone: phone, role: .superadmin), GroupParticipant(jid: JID("2000", .lid)),
            ])
        #expect(read.participants.first?.mapping == AddressMapping(phone, lid))
        var details = GroupDetails(subject: "Ops", addressing: .lid)
        details.creator = lid
        details.creatorPhone = phone
        details.createdAtSeconds = 1_790_000_000
        details.description = "on call"
        details.isAnnouncement = true
        details.isLocked = true
        details.ephemeralSeconds = 86_400
        details.memberAddMode = .admins
        details.linkedParent = JID("120363", .group)
        #expect(read.details == details)
    }

    @Test("A group in phone number addressing is read, and the addressing is guessed from its members when not told")
    func phoneGroup() throws {
        let element = Node(
            "group", ["id": .jid(group), "subject": "Old"],
            [Node("participant", ["jid": .jid(phone), "lid": .jid(lid), "type": "admin"])])
        let read = try #require(Group(element))
        #expect(read.details.addressing == .phone)
        #expect(read.participants == [GroupParticipant(jid: phone, lid: lid, role: .admin)])
        let other = try #require(
            Group(Node("group", ["id": .jid(group)], [Node("participant", ["jid": .jid(lid)])])))
        #expect(other.details.addressing == .lid && other.details.subject.isEmpty)
    }

    @Test("What is no group is none", arguments: ["", "hello", "12@s.whatsapp.net", "g.us", String(repeating: "1", count: 65)])
    func noGroup(id: String) {
        #expect(Group(Node("group", ["id": .text(id)])) == nil)
        #expect(Group(Node("group")) == nil)
    }

    @Test("All groups and one group are asked for in the forms of the reference")
    func requests() throws {
        let all = GroupListRequest()
        #expect(
            all.node(id: "1")
                == Node(
                    "iq", ["id": "1", "xmlns": "w:g2", "type": "get", "to": .jid(.groupServer)],
                    [Node("participating", [:], [Node("participants"), Node("description")])]))
        let element = Node("group", ["id": "120363012345678901", "subject": "Ops"])
        let reply = Node("iq", ["type": "result"], [Node("groups", [:], [element, Node("group"), Node("other")])])
        #expect(try all.parse(reply).map(\.jid) == [group])
        #expect(throws: WAProtocolError.missing("groups")) { try all.parse(Node("iq", ["type": "result"])) }

        let one = GroupInfoRequest(group: group)
        #expect(
            one.node(id: "2")
                == Node(
                    "iq", ["id": "2", "xmlns": "w:g2", "type": "get", "to": .jid(group)],
                    [Node("query", ["request": "interactive"])]))
        #expect(try one.parse(Node("iq", ["type": "result"], [element])).details.subject == "Ops")
        #expect(throws: WAProtocolError.missing("group")) { try one.parse(Node("iq", ["type": "result"])) }
    }

    private func changes(_ actor: JID? = nil, _ children: Node...) throws -> [GroupNotification.Change] {
        var attributes: Attributes = ["type": "w:gp2", "from": .jid(group), "id": "5", "t": "1790000000"]
        attributes["participant"] = actor.map { .jid($0) }
        let stanza = try #require(NotificationStanza(Node("notification", attributes, children)))
        guard case .group(let notification) = stanza.content else {
            Issue.record("\(stanza.content)")
            return []
        }
        #expect(notification.group == group && notification.actor == actor?.account)
        return notification.changes
    }

    @Test("Changes of members and settings are told apart, and what is unknown changes nothing")
    func notifications() throws {
        let member = Node("participant", ["jid": .jid(lid), "phone_number": .jid(phone)])
        let expected = GroupParticipant(jid: lid, phone: phone)
        #expect(try changes(nil, Node("add", ["v_id": "2"], [member])) == [.added([expected])])
        #expect(
            try changes(JID("2000", .lid), Node("remove", [:], [member])) == [.removed([expected], byThemselves: false)])
        #expect(
            try changes(lid.with(device: 4), Node("remove", [:], [member])) == [.removed([expected], byThemselves: true)])
        #expect(try changes(phone, Node("remove", [:], [member])) == [.removed([expected], byThemselves: true)])
        #expect(try changes(nil, Node("promote", [:], [member])) == [.promoted([expected])])
        #expect(try changes(nil, Node("demote", [:], [member])) == [.demoted([expected])])
        #expect(try changes(nil, Node("modify", [:], [member])) == [.modified])
        #expect(try changes(nil, Node("delete")) == [.deleted])
        #expect(try changes(nil, Node("invite", ["code": "x"]), Node("link")) == [.other("invite"), .other("link")])
        #expect(try changes(nil, Node("create")) == [.created(nil)])
        #expect(
            try changes(nil, Node("create", [:], [Node("group", ["id": .jid(group), "subject": "S"], [member])]))
                == [.created(Group(jid: group, details: GroupDetails(subject: "S"), participants: [expected]))])
    }

    @Test("Settings change as their notifications say")
    func details() throws {
        var details = GroupDetails(subject: "A")
        for node in [
            Node("subject", ["subject": "B", "s_t": "1"]), Node("description", [:], [Node("body", text: "why")]),
            Node("announcement"), Node("locked"), Node("ephemeral", ["expiration": "86400"]),
            Node("member_add_mode", text: "all_member_add"), Node("suspended"),
        ] {
            #expect(try changes(nil, node) == [.details(node)])
            details.apply(node)
        }
        #expect(details.subject == "B" && details.description == "why" && details.isAnnouncement && details.isLocked)
        #expect(details.ephemeralSeconds == 86_400 && details.memberAddMode == .everyone && details.isSuspended)
        for node in [
            Node("description", [:], [Node("delete")]), Node("not_announcement"), Node("unlocked"), Node("not_ephemeral"),
            Node("member_add_mode", text: "nobody"), Node("unsuspended"), Node("subject"),
        ] { details.apply(node) }
        var expected = GroupDetails(subject: "B")
        expected.memberAddMode = .everyone
        #expect(details == expected)
    }

    @Test("Members named in a notification teach their addresses, and a foreign notification is no group's")
    func mappings() throws {
        let member = Node("participant", ["jid": .jid(lid), "phone_number": .jid(phone)])
        let stanza = try #require(
            NotificationStanza(
                Node(
                    "notification", ["type": "w:gp2", "from": .jid(group), "id": "5"], [Node("add", [:], [member])])))
        #expect(stanza.addressMappings == [try #require(AddressMapping(phone, lid))])
        let foreign = try #require(
            NotificationStanza(Node("notification", ["type": "w:gp2", "from": .jid(phone), "id": "5"], [])))
        #expect(foreign.content == .other(type: "w:gp2"))
    }

    @Test("A group message names the devices that get the key, and holds the one ciphertext for all")
    func stanza() {
        var stanza = OutgoingGroupMessageStanza(
            id: "3EB0A1", group: group, addressing: .lid,
            traits: StanzaTraits(kind: .media, mediaType: "image", edit: "1", isHiddenOnFailure: true, extras: [Node("meta")]),
            participantHash: "2:abcdefgh",
            keyPayloads: [EncryptedPayload(device: lid.with(device: 3), kind: .preKeyMessage, bytes: [1])],
            deviceIdentity: [7], ciphertext: [9])
        stanza.expirationSeconds = 86_400
        #expect(
            stanza.node
                == Node(
                    "message",
                    [
                        "id": "3EB0A1", "type": "media", "to": .jid(group), "phash": "2:abcdefgh",
                        "addressing_mode": "lid", "edit": "1", "expiration": "86400",
                    ],
                    [
                        Node(
                            "participants", [:],
                            [
                                Node(
                                    "to", ["jid": .jid(lid.with(device: 3))],
                                    [Node("enc", ["v": "2", "type": "pkmsg"], bytes: [1])])
                            ]),
                        Node("device-identity", bytes: [7]),
                        Node(
                            "enc", ["v": "2", "type": "skmsg", "mediatype": "image", "decrypt-fail": "hide"], bytes: [9]),
                        Node("meta"),
                    ]))
    }

    @Test("When all have the key the message is its ciphertext alone, and phone number groups name no addressing")
    func bareStanza() {
        let stanza = OutgoingGroupMessageStanza(
            id: "A", group: group, addressing: .phone, traits: StanzaTraits(), participantHash: "2:x", keyPayloads: [],
            deviceIdentity: [7], ciphertext: [9])
        #expect(
            stanza.node
                == Node(
                    "message", ["id": "A", "type": "text", "to": .jid(group), "phash": "2:x"],
                    [Node("enc", ["v": "2", "type": "skmsg"], bytes: [9])]))
    }

    @Test("A sender key travels inside a message, alone or beside content")
    func senderKey() throws {
        let distribution = try SenderKeyRecord.created().distribution()
        let alone = try WAMessage(decoding: WAMessage.senderKey(distribution, of: group).encoded())
        #expect(alone.senderKey == distribution)
        #expect(!MessageContent(alone).isForPeople)
        let beside = MessageContent.text(TextContent("hi")).message.withSenderKey(distribution, of: group)
        #expect(beside.senderKey == distribution)
        #expect(MessageContent(beside).text == "hi")
        var broken = alone
        broken.senderKeyDistributionMessage.clearAxolotlSenderKeyDistributionMessage()
        #expect(broken.senderKey == nil)
        #expect(WAMessage().senderKey == nil)
    }
}
