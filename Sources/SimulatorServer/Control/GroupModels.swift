import Hummingbird
import WASimulator

/// A group as the control API shows it.
struct GroupModel: ResponseEncodable {
    struct Member: Encodable {
        let number: String
        let lid: String
        /// `member`, `admin`, or `superadmin` for whoever made the group.
        let role: String
    }

    let id: String
    /// Its address, as clients use it.
    let jid: String
    let subject: String
    let description: String?
    /// The number of whoever made it.
    let creator: String
    let createdSeconds: Int64
    /// `lid` or `phoneNumber`: under which names its members meet.
    let addressing: String
    let members: [Member]
    let isAnnouncement: Bool
    let isLocked: Bool
    let ephemeralSeconds: Int
    let onlyAdminsAdd: Bool
    let needsApproval: Bool
    /// Numbers of those who wait for approval.
    let joinRequests: [String]
    let inviteCode: String

    init(_ group: GroupSnapshot) {
        id = group.id
        jid = group.id + "@g.us"
        subject = group.subject
        description = group.description
        creator = group.creator
        createdSeconds = group.createdSeconds
        addressing = group.addressing.rawValue
        members = group.members.map { Member(number: $0.number, lid: $0.lid + "@lid", role: $0.role) }
        isAnnouncement = group.isAnnouncement
        isLocked = group.isLocked
        ephemeralSeconds = group.ephemeralSeconds
        onlyAdminsAdd = group.onlyAdminsAdd
        needsApproval = group.needsApproval
        joinRequests = group.joinRequests
        inviteCode = group.inviteCode
    }
}

struct GroupList: ResponseEncodable {
    let groups: [GroupModel]
}

struct NewGroup: Decodable {
    let subject: String
    /// Numbers of phones.
    let members: [String]
    /// The first of the members when left out.
    let creator: String?
    /// 16 to 20 digits; the next free one when left out.
    let id: String?
    /// `lid` (as groups are today) or `phoneNumber`.
    let addressing: String?

    func chosenAddressing() throws -> Addressing {
        guard let addressing = Addressing(rawValue: addressing ?? Addressing.lid.rawValue) else {
            throw ControlError.badRequest("addressing must be lid or phoneNumber.")
        }
        return addressing
    }
}

struct MembersRequest: Decodable {
    let members: [String]
    let actor: String?
}

struct MemberResults: ResponseEncodable {
    struct Result: Encodable {
        let number: String
        /// The code with which the server refuses it; null when it is done.
        let refusal: Int?
    }

    let results: [Result]
    let group: GroupModel

    init(_ results: [SimulatedServer.MemberResult], _ group: GroupModel) {
        self.results = results.map { Result(number: $0.number, refusal: $0.refusal) }
        self.group = group
    }
}

struct LeaveRequest: Decodable {
    let actor: String
}

struct JoinRequest: Decodable {
    /// The code, or the whole link.
    let code: String
    let actor: String

    var chosenCode: String { String(code.split(separator: "/").last ?? "") }
}

struct SubjectRequest: Decodable {
    let subject: String
    let actor: String?
}

/// What is to be settled anew; what is left out stays.
struct GroupChanges: Decodable {
    let actor: String?
    let subject: String?
    /// Empty takes it away.
    let description: String?
    let isAnnouncement: Bool?
    let isLocked: Bool?
    let ephemeralSeconds: Int?
    let onlyAdminsAdd: Bool?
    let needsApproval: Bool?

    var settings: [GroupSetting] {
        [
            subject.map { .subject($0) }, description.map { .description($0, id: nil) },
            isAnnouncement.map { .announcement($0) }, isLocked.map { .locked($0) },
            ephemeralSeconds.map { .ephemeralSeconds($0) }, onlyAdminsAdd.map { .onlyAdminsAdd($0) },
            needsApproval.map { .approval($0) },
        ].compactMap { $0 }
    }
}
