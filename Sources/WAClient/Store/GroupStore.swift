import Storage
import WABinary
import WAProtocol

/// The groups we are in and who is in them, as the server last told.
///
/// Whatever changes the members of a group also unsettles our sender key there, so that the next message compares who has
/// the key with who should have it.
struct GroupStore {
    let account: String

    private var addresses: AddressMapStore { AddressMapStore(account: account) }
    private var senderKeys: SenderKeyStore { SenderKeyStore(account: account) }

    struct Member: Equatable, Sendable {
        let person: String
        /// In the group's addressing, without device.
        let address: JID
    }

    /// So many changed members are written down one by one, in the transaction of the notification; of more we ask anew.
    private static let changesAtOnce = 64

    /// What a stanza to a group needs of it.
    struct Setting: Equatable, Sendable {
        let mode: GroupAddressing
        let ephemeralSeconds: Int64
    }

    // MARK: - Reading

    /// Nil when the group or its members are not known.
    func addressing(of chat: JID, on sql: any SQLConnection) throws -> Setting? {
        try sql.query(
            """
            SELECT addressing, ephemeral_seconds FROM client_group
            WHERE account = $1 AND chat = $2 AND members_known = 1
            """, [.text(account), .text(chat.description)]
        ).first.map {
            Setting(
                mode: GroupAddressing(rawValue: try $0.text("addressing")) ?? .lid,
                ephemeralSeconds: try $0.integer("ephemeral_seconds"))
        }
    }

    /// Members with their devices, nil where these must be asked for; in a stable order.
    func devices(
        of chat: JID, on sql: any SQLConnection
    ) throws -> [(member: Member, devices: [DeviceSet.Device]?)] {
        try sql.query(
            """
            SELECT m.person, m.address, d.devices FROM client_group_member m
            LEFT JOIN client_device_list d ON d.account = m.account AND d.person = m.person
            WHERE m.account = $1 AND m.chat = $2 ORDER BY m.person
            """, [.text(account), .text(chat.description)]
        ).compactMap { row in
            guard let address = JID(try row.text("address")) else { return nil }
            return (
                Member(person: try row.text("person"), address: address),
                try row.optionalText("devices").map(DeviceListStore.devices(in:))
            )
        }
    }

    func isMember(_ person: String, of chat: JID, on sql: any SQLConnection) throws -> Bool {
        try !sql.query(
            "SELECT 1 AS found FROM client_group_member WHERE account = $1 AND chat = $2 AND person = $3",
            [.text(account), .text(chat.description), .text(person)]
        ).isEmpty
    }

    /// False also while the members of the group are not known.
    func isAdmin(_ person: String, of chat: JID, on sql: any SQLConnection) throws -> Bool {
        try !sql.query(
            """
            SELECT 1 AS found FROM client_group_member m JOIN client_group g ON g.account = m.account AND g.chat = m.chat
            WHERE m.account = $1 AND m.chat = $2 AND m.person = $3 AND m.role IN ('admin', 'superadmin')
                AND g.members_known = 1
            """, [.text(account), .text(chat.description), .text(person)]
        ).isEmpty
    }

    /// Every known group, without participants, by subject.
    func all(on sql: any SQLConnection) throws -> [Group] {
        try sql.query("SELECT * FROM client_group WHERE account = $1 ORDER BY subject, chat", [.text(account)])
            .compactMap { row in
                try JID(row.text("chat")).map { Group(jid: $0, details: try GroupDetails(row)) }
            }
    }

    /// A group with its participants; nil when either is not known.
    func group(_ chat: JID, on sql: any SQLConnection) throws -> Group? {
        guard
            let row = try sql.query(
                "SELECT * FROM client_group WHERE account = $1 AND chat = $2 AND members_known = 1",
                [.text(account), .text(chat.description)]
            ).first
        else { return nil }
        let participants = try sql.query(
            """
            SELECT m.person, m.address, m.role, a.phone FROM client_group_member m
            LEFT JOIN client_address a ON a.lid = m.person
            WHERE m.account = $1 AND m.chat = $2 ORDER BY m.person
            """, [.text(account), .text(chat.description)]
        ).compactMap { row -> GroupParticipant? in
            guard let address = JID(try row.text("address")) else { return nil }
            return GroupParticipant(
                jid: address, phone: try row.optionalText("phone").flatMap { JID($0) },
                lid: JID(try row.text("person")).flatMap { $0.isLID ? $0 : nil },
                role: GroupParticipant.Role(rawValue: try row.text("role")) ?? .member)
        }
        var details = try GroupDetails(row)
        if details.creatorPhone == nil, let creator = details.creator {
            let known = try addresses.phoneForm(of: creator, on: sql)
            details.creatorPhone = known.isPhoneNumber ? known : nil
        }
        return Group(jid: chat, details: details, participants: participants)
    }

    // MARK: - Writing

    /// The group is as the server describes it. `own` is us, counted in when the server did not list us.
    func save(_ group: Group, own: OwnAddresses, on sql: any SQLConnection) throws {
        try save(group.details, of: group.jid, membersKnown: true, on: sql)
        try sql.execute(
            "DELETE FROM client_group_member WHERE account = $1 AND chat = $2",
            [.text(account), .text(group.jid.description)])
        for participant in group.participants { try add(participant, to: group.jid, on: sql) }
        if !group.participants.contains(where: { own.contains($0.jid) }) {
            let address = group.details.addressing == .lid ? own.lid ?? own.phone : own.phone
            try add(GroupParticipant(jid: address), to: group.jid, on: sql)
        }
        try senderKeys.unsettle(group.jid, on: sql)
    }

    /// These are all groups we are in; who is in them stays as it was known.
    func saveList(_ groups: [Group], on sql: any SQLConnection) throws {
        let listed = Set(groups.map(\.jid))
        for gone in try all(on: sql) where !listed.contains(gone.jid) { try remove(gone.jid, on: sql) }
        for group in groups { try save(group.details, of: group.jid, membersKnown: false, on: sql) }
    }

    /// Takes in what changed; a group that is not known stays so, to be asked for when it is needed.
    func apply(_ notification: GroupNotification, own: OwnAddresses, on sql: any SQLConnection) throws {
        let chat = notification.group
        for change in notification.changes {
            switch change {
            case .created(let group):
                if let group { try save(group.details, of: chat, membersKnown: false, on: sql) }
                try doubtMembers(of: chat, on: sql)
            case .modified:
                try doubtMembers(of: chat, on: sql)
            case .added(let people):
                if people.count > Self.changesAtOnce || people.contains(where: { own.contains($0.jid) }) {
                    try doubtMembers(of: chat, on: sql)
                } else if try addressing(of: chat, on: sql) != nil {
                    for participant in people { try add(participant, to: chat, on: sql) }
                    try senderKeys.unsettle(chat, on: sql)
                }
            case .removed(let people, _):
                if people.contains(where: { own.contains($0.jid) }) {
                    try remove(chat, on: sql)
                } else if people.count > Self.changesAtOnce {
                    try doubtMembers(of: chat, on: sql)
                } else {
                    for participant in people { try removeMember(participant, of: chat, on: sql) }
                    try senderKeys.unsettle(chat, on: sql)
                }
            case .promoted(let people): try setRole(.admin, of: people.prefix(Self.changesAtOnce), in: chat, on: sql)
            case .demoted(let people): try setRole(.member, of: people.prefix(Self.changesAtOnce), in: chat, on: sql)
            case .details(let element):
                guard var details = try details(of: chat, on: sql) else { continue }
                details.apply(element)
                try save(details, of: chat, membersKnown: false, on: sql)
            case .deleted: try remove(chat, on: sql)
            case .joinRequested, .other: break
            }
        }
        if let told = notification.addressing, let known = try details(of: chat, on: sql), known.addressing != told {
            try doubtMembers(of: chat, on: sql)
        }
    }

    /// Who is in the group must be asked for before it is written to again.
    func doubtMembers(of chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            "UPDATE client_group SET members_known = 0 WHERE account = $1 AND chat = $2",
            [.text(account), .text(chat.description)])
        try senderKeys.unsettle(chat, on: sql)
    }

    /// The same for all groups.
    func doubtAllMembers(on sql: any SQLConnection) throws {
        try sql.execute("UPDATE client_group SET members_known = 0 WHERE account = $1", [.text(account)])
        try sql.execute(
            "UPDATE client_own_sender_key SET participant_hash = NULL WHERE account = $1", [.text(account)])
    }

    /// The server counts other devices than we do: members and their devices must be asked for, once for each such hash.
    func doubt(_ chat: JID, serverHash: String, on sql: any SQLConnection) throws {
        guard try senderKeys.notes(serverHash: serverHash, of: chat, on: sql) else { return }
        try doubtMembers(of: chat, on: sql)
        try sql.execute(
            """
            DELETE FROM client_device_list WHERE account = $1 AND person IN
                (SELECT person FROM client_group_member WHERE account = $1 AND chat = $2)
            """, [.text(account), .text(chat.description)])
    }

    /// We are not in it any more: nothing of it is kept that a later membership could build on.
    func remove(_ chat: JID, on sql: any SQLConnection) throws {
        for table in ["client_group", "client_group_member"] {
            try sql.execute(
                "DELETE FROM \(table) WHERE account = $1 AND chat = $2", [.text(account), .text(chat.description)])
        }
        try senderKeys.rotate(chat, on: sql)
    }

    // MARK: - Rows

    private func details(of chat: JID, on sql: any SQLConnection) throws -> GroupDetails? {
        try sql.query(
            "SELECT * FROM client_group WHERE account = $1 AND chat = $2", [.text(account), .text(chat.description)]
        ).first.map(GroupDetails.init)
    }

    /// With `membersKnown` false what was known of the members stays known.
    private func save(
        _ details: GroupDetails, of chat: JID, membersKnown: Bool, on sql: any SQLConnection
    ) throws {
        try sql.execute(
            """
            INSERT INTO client_group (account, chat, addressing, subject, creator, creator_phone, created_at_seconds,
                description, announcement, locked, ephemeral_seconds, member_add_mode, linked_parent, community, suspended,
                members_known)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (account, chat) DO UPDATE SET addressing = excluded.addressing, subject = excluded.subject,
                creator = excluded.creator, creator_phone = excluded.creator_phone,
                created_at_seconds = excluded.created_at_seconds, description = excluded.description,
                announcement = excluded.announcement, locked = excluded.locked,
                ephemeral_seconds = excluded.ephemeral_seconds, member_add_mode = excluded.member_add_mode,
                linked_parent = excluded.linked_parent, community = excluded.community, suspended = excluded.suspended,
                members_known = CASE WHEN excluded.members_known = 1 THEN 1 WHEN client_group.addressing =
                    excluded.addressing THEN client_group.members_known ELSE 0 END
            """,
            [
                .text(account), .text(chat.description), .text(details.addressing.rawValue), .text(details.subject),
                SQLValue(details.creator?.description), SQLValue(details.creatorPhone?.description),
                SQLValue(details.createdAtSeconds), SQLValue(details.description), SQLValue(details.isAnnouncement),
                SQLValue(details.isLocked), .integer(details.ephemeralSeconds),
                SQLValue(details.memberAddMode?.rawValue), SQLValue(details.linkedParent?.description),
                SQLValue(details.isCommunity), SQLValue(details.isSuspended), SQLValue(membersKnown),
            ])
    }

    private func add(_ participant: GroupParticipant, to chat: JID, on sql: any SQLConnection) throws {
        try sql.execute(
            """
            INSERT INTO client_group_member (account, chat, person, address, role) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account, chat, person) DO UPDATE SET address = excluded.address, role = excluded.role
            """,
            [
                .text(account), .text(chat.description), .text(try addresses.person(of: participant.jid, on: sql)),
                .text(participant.jid.description), .text(participant.role.rawValue),
            ])
    }

    private func removeMember(_ participant: GroupParticipant, of chat: JID, on sql: any SQLConnection) throws {
        let forms = try addresses.forms(of: participant.jid, on: sql)
        try sql.execute(
            "DELETE FROM client_group_member WHERE account = $1 AND chat = $2 AND person IN ($3, $4)",
            [.text(account), .text(chat.description), .text(forms.first), .text(forms.second)])
    }

    private func setRole(
        _ role: GroupParticipant.Role, of people: ArraySlice<GroupParticipant>, in chat: JID, on sql: any SQLConnection
    ) throws {
        for participant in people {
            try sql.execute(
                "UPDATE client_group_member SET role = $4 WHERE account = $1 AND chat = $2 AND person = $3",
                [
                    .text(account), .text(chat.description), .text(try addresses.person(of: participant.jid, on: sql)),
                    .text(role.rawValue),
                ])
        }
    }
}

extension GroupDetails {
    fileprivate init(_ row: SQLRow) throws {
        self.init(
            subject: try row.text("subject"), addressing: GroupAddressing(rawValue: try row.text("addressing")) ?? .lid)
        creator = try row.optionalText("creator").flatMap { JID($0) }
        creatorPhone = try row.optionalText("creator_phone").flatMap { JID($0) }
        createdAtSeconds = try row.optionalInteger("created_at_seconds")
        description = try row.optionalText("description")
        isAnnouncement = try row.boolean("announcement")
        isLocked = try row.boolean("locked")
        ephemeralSeconds = try row.integer("ephemeral_seconds")
        memberAddMode = try row.optionalText("member_add_mode").flatMap(MemberAddMode.init)
        linkedParent = try row.optionalText("linked_parent").flatMap { JID($0) }
        isCommunity = try row.boolean("community")
        isSuspended = try row.boolean("suspended")
    }
}
