/// A group as the API lists it.
package struct GroupSummary: Sendable, Equatable {
    /// `<digits>@g.us`.
    package let id: String
    package let name: String
    /// The community it belongs to, `<digits>@g.us`.
    package let linkedParentID: String?

    package init(id: String, name: String, linkedParentID: String?) {
        self.id = id
        self.name = name
        self.linkedParentID = linkedParentID
    }
}

/// A group with its settings and members.
package struct GroupRecord: Sendable, Equatable {
    package struct Participant: Sendable, Equatable {
        /// `<phone>@c.us`, or `<user>@lid` while the number is not known.
        package let id: String
        /// The digits of the id.
        package let number: String
        /// As the account's address book, a business or the person themselves has it; nil while nobody has told.
        package var name: String?
        package let isAdmin: Bool
        package let isSuperAdmin: Bool

        package init(id: String, number: String, name: String? = nil, isAdmin: Bool, isSuperAdmin: Bool) {
            self.id = id
            self.number = number
            self.name = name
            self.isAdmin = isAdmin
            self.isSuperAdmin = isSuperAdmin
        }
    }

    package let summary: GroupSummary
    package let description: String?
    /// Who made the group, in the form of a participant's id.
    package let owner: String?
    package let createdAtSeconds: Int64?
    /// We may not write: only admins may and we are none, or WhatsApp has closed the group.
    package let isReadOnly: Bool
    /// Only admins write.
    package let isAnnouncement: Bool
    /// Only admins change name, description and settings.
    package let isLocked: Bool
    /// Messages disappear after so many seconds; 0 for never.
    package let ephemeralSeconds: Int64
    /// `all` or `admins`; nil while WhatsApp has not told.
    package let memberAddMode: String?
    package var participants: [Participant]

    package init(
        summary: GroupSummary, description: String? = nil, owner: String? = nil, createdAtSeconds: Int64? = nil,
        isReadOnly: Bool = false, isAnnouncement: Bool = false, isLocked: Bool = false, ephemeralSeconds: Int64 = 0,
        memberAddMode: String? = nil, participants: [Participant]
    ) {
        self.summary = summary
        self.description = description
        self.owner = owner
        self.createdAtSeconds = createdAtSeconds
        self.isReadOnly = isReadOnly
        self.isAnnouncement = isAnnouncement
        self.isLocked = isLocked
        self.ephemeralSeconds = ephemeralSeconds
        self.memberAddMode = memberAddMode
        self.participants = participants
    }
}
