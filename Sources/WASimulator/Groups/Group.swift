import WABinary

/// A group as the server knows it: who is in it, and what was settled for it.
///
/// People are known by account (their phone number); which of their names shows on the wire is the group's addressing.
final class Group {
    enum Role: String {
        case member
        case admin
        /// Who made the group: nobody can remove or demote them.
        case superadmin
    }

    /// Its place in a community.
    enum Kind {
        /// Alone, or linked to a parent.
        case ordinary
        case parent
        case announcements
        case generalChat
    }

    struct Member {
        let number: String
        var role: Role
    }

    struct Subject {
        let text: String
        let author: String
        let setSeconds: Int64
    }

    struct Description {
        let id: String
        let text: String
        let author: String
        let setSeconds: Int64
    }

    /// Somebody who may not be added, but may follow an invitation sent to them.
    struct Invitation {
        let code: String
        let expirationSeconds: Int64
        let admin: String
    }

    /// What server properties say: at most so many people, characters and bytes.
    static let maximumMemberCount = 1_024
    static let maximumSubjectLength = 100
    static let maximumDescriptionLength = 2_048
    static let ephemeralChoices = [0, 86_400, 604_800, 7_776_000]

    let id: String
    let creator: String
    let createdSeconds: Int64
    let addressing: Addressing
    var subject: Subject
    var description: Description?
    var picture: ProfilePicture?
    /// Only admins may write.
    var isAnnouncement = false
    /// Only admins may change subject, description and the like.
    var isLocked = false
    var ephemeralSeconds = 0
    var isOnlyForAdminsToAdd = false
    var needsApproval = false
    /// Only admins see and reset the invite link.
    var isLinkOnlyForAdmins = true
    var kind = Kind.ordinary
    /// The community it belongs to.
    var parentID: String?
    /// Of a parent: whether members who are no admins may make groups in the community.
    var letsMembersMakeGroups = false
    /// Of a parent, as it was said when it was made.
    var defaultApprovalMode = "request_required"
    /// Who has asked to join, and when.
    var joinRequests: [String: Int64] = [:]
    var invitations: [String: Invitation] = [:]
    private(set) var inviteCode: String
    private(set) var formerInviteCodes: Set<String> = []
    private(set) var participantVersion: Int64
    private(set) var announcementVersion: Int64
    /// In the order in which they came.
    private(set) var members: [Member] = []
    private var places: [String: Int] = [:]
    /// Who was a member once, and whether and when they left of their own accord.
    private(set) var formerMembers: [String: Int64?] = [:]
    /// When membership last changed.
    private(set) var changedMilliseconds: Int64
    /// Participant hashes that were right once, latest last.
    private(set) var knownHashes: [String] = []

    init(
        id: String, subject: Subject, creator: String, addressing: Addressing, inviteCode: String,
        nowMilliseconds: Int64
    ) {
        self.id = id
        self.subject = subject
        self.creator = creator
        self.addressing = addressing
        self.inviteCode = inviteCode
        createdSeconds = nowMilliseconds / 1_000
        changedMilliseconds = nowMilliseconds
        participantVersion = nowMilliseconds * 1_000
        announcementVersion = nowMilliseconds * 1_000
        insert(creator, role: .superadmin)
    }

    var jid: JID { JID(id, .group) }

    // MARK: - Members

    func role(of number: String) -> Role? { places[number].map { members[$0].role } }

    func contains(_ number: String) -> Bool { places[number] != nil }

    func isAdmin(_ number: String) -> Bool { role(of: number).map { $0 != .member } ?? false }

    var adminNumbers: [String] { members.filter { $0.role != .member }.map(\.number) }

    /// Somebody has another number from now on, in the same place.
    func renumber(_ former: String, to number: String) {
        guard let place = places.removeValue(forKey: former) else { return }
        members[place] = Member(number: number, role: members[place].role)
        places[number] = place
        formerMembers.updateValue(nil, forKey: former)
        formerMembers.removeValue(forKey: number)
    }

    func insert(_ number: String, role: Role = .member) {
        guard places[number] == nil else { return }
        places[number] = members.count
        members.append(Member(number: number, role: role))
        formerMembers[number] = nil
        joinRequests[number] = nil
        invitations[number] = nil
    }

    /// - Parameter leftMilliseconds: when they left of their own accord; nil when they were removed.
    func remove(_ number: String, leftMilliseconds: Int64? = nil) {
        guard let place = places.removeValue(forKey: number) else { return }
        members.remove(at: place)
        for index in members.indices.dropFirst(place) { places[members[index].number] = index }
        formerMembers.updateValue(leftMilliseconds, forKey: number)
    }

    func setRole(_ role: Role, of number: String) {
        if let place = places[number] { members[place].role = role }
    }

    // MARK: - Versions and codes

    /// Returns the version before. Versions only grow; they look like microseconds.
    func participantsChanged(nowMilliseconds: Int64) -> Int64 {
        defer { participantVersion = max(participantVersion + 1, nowMilliseconds * 1_000) }
        changedMilliseconds = nowMilliseconds
        return participantVersion
    }

    func announcementChanged(nowMilliseconds: Int64) {
        announcementVersion = max(announcementVersion + 1, nowMilliseconds * 1_000)
    }

    func replaceInviteCode(by code: String) {
        formerInviteCodes.insert(inviteCode)
        inviteCode = code
    }

    /// A participant hash was right at the moment of some message.
    func remember(hash: String) {
        guard knownHashes.last != hash else { return }
        knownHashes.removeAll { $0 == hash }
        knownHashes.append(hash)
        if knownHashes.count > 100 { knownHashes.removeFirst() }
    }
}
