import Testing
import WABinary
import WAProtocol

@testable import Gateway

struct GroupRecordTests {
    private func record(announcement: Bool, role: GroupParticipant.Role) -> GroupRecord {
        var details = GroupDetails(subject: "Ops")
        details.isAnnouncement = announcement
        details.creator = JID("4321", .lid)
        details.creatorPhone = JID("6281234567890", .user)
        details.memberAddMode = .admins
        return GroupRecord(
            Group(
                jid: JID("1203", .group), details: details,
                participants: [
                    GroupParticipant(jid: JID("900", .lid), phone: JID("6285500000001", .user), role: role),
                    GroupParticipant(jid: JID("4321", .lid)),
                ]), ownPhone: "6285500000001")
    }

    @Test("Members are shown by number where it is known")
    func members() {
        let group = record(announcement: false, role: .superadmin)
        #expect(group.summary == GroupSummary(id: "1203@g.us", name: "Ops", linkedParentID: nil))
        #expect(
            group.participants == [
                .init(id: "6285500000001@c.us", number: "6285500000001", isAdmin: true, isSuperAdmin: true),
                .init(id: "4321@lid", number: "4321", isAdmin: false, isSuperAdmin: false),
            ])
        #expect(group.owner == "6281234567890@c.us" && group.memberAddMode == "admins")
    }

    @Test("A group where only admins write is read-only for those who are none")
    func readOnly() {
        #expect(record(announcement: true, role: .member).isReadOnly)
        #expect(!record(announcement: true, role: .admin).isReadOnly)
        #expect(!record(announcement: false, role: .member).isReadOnly)
    }
}
