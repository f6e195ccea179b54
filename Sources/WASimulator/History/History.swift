package import WABinary

/// The past of one phone: chats, people and messages, each computed when somebody asks for it.
///
/// ```
/// chat 0, 1, 2 …      newest first; every third by LID, the others by phone number; groups spread among them
///   message 0, 1 …    oldest first; id, time, writer and content follow from (seed, chat, message)
/// person 0, 1 …       the contacts of the plan, then made-up numbers from 6281000000001
/// ```
/// Nothing of it is stored, so a phone with 50,000 messages is as small as one without.
struct History {
    let plan: HistoryPlan
    let owner: String
    let ownerLID: String
    let ownerName: String
    /// Distinguishes this history from every other one.
    let tag: UInt64
    /// The LID of a number, whether a phone of the simulator has it or not.
    let lid: (String) -> String
    /// The privacy token that somebody gave the owner.
    let token: (String) -> (bytes: [UInt8], timestampSeconds: Int64)?

    static let firstMadeUpNumber = 6_281_000_000_001

    /// Repeatable chance for one message (or, with message -1, one chat).
    func draw(_ chat: Int, _ message: Int, _ purpose: UInt64) -> SeededGenerator {
        SeededGenerator(
            seed: tag ^ UInt64(bitPattern: Int64(chat)) &* 0x9E37_79B9_7F4A_7C15
                ^ UInt64(bitPattern: Int64(message)) &* 0xC2B2_AE3D_27D4_EB4F ^ purpose &* 0x1656_67B1_9E37_79F9)
    }

    func chance(_ chat: Int, _ message: Int, _ purpose: UInt64, of count: UInt64) -> UInt64 {
        var generator = draw(chat, message, purpose)
        return generator.next() % count
    }

    // MARK: - People

    /// How many people there are chats with.
    var personCount: Int { plan.chatCount - plan.groupCount }

    func number(ofPerson index: Int) -> String {
        index < plan.contacts.count
            ? plan.contacts[index] : String(Self.firstMadeUpNumber + index - plan.contacts.count)
    }

    /// As the address book has it; the push name is the first word.
    func name(ofPerson index: Int) -> String {
        let first = Self.firstNames[index % Self.firstNames.count]
        let last = Self.lastNames[index / Self.firstNames.count % Self.lastNames.count]
        let round = index / (Self.firstNames.count * Self.lastNames.count)
        return round == 0 ? "\(first) \(last)" : "\(first) \(last) \(round + 1)"
    }

    func pushName(ofPerson index: Int) -> String { Self.firstNames[index % Self.firstNames.count] }

    /// The place of a number among the people, if it is one of them.
    func person(_ number: String) -> Int? {
        if let index = plan.contacts.firstIndex(of: number) { return index < personCount ? index : nil }
        guard let value = Int(number), value >= Self.firstMadeUpNumber else { return nil }
        let index = value - Self.firstMadeUpNumber + plan.contacts.count
        return (plan.contacts.count..<max(plan.contacts.count, personCount)).contains(index) ? index : nil
    }

    func jid(of number: String, _ addressing: Addressing) -> JID {
        switch addressing {
        case .phoneNumber: JID(number, .user)
        case .lid: JID(number == owner ? ownerLID : lid(number), .lid)
        }
    }

    private static let firstNames = [
        "Adi", "Bunga", "Citra", "Dewi", "Eko", "Fajar", "Gita", "Hadi", "Indah", "Joko", "Kartika", "Lestari",
        "Made", "Nina", "Oki", "Putri", "Rudi", "Sari", "Tono", "Wati",
    ]
    private static let lastNames = [
        "Santoso", "Wijaya", "Pratama", "Kusuma", "Hidayat", "Saputra", "Nugroho", "Halim", "Siregar", "Utami",
    ]
}

/// One chat of a past.
package struct HistoryChat: Sendable, Equatable {
    package let index: Int
    /// As history names it.
    package let jid: JID
    /// The other party; nil for a group.
    package let number: String?
    package let lid: String?
    package let name: String
    package let messageCount: Int
    /// The oldest message that is sent without being asked for.
    package let firstSent: Int
    package let unreadCount: Int
    package let isArchived: Bool
    package let pinnedSeconds: Int64?
    package let mutedUntilSeconds: Int64?
    package let isMarkedUnread: Bool
    package let expirationSeconds: Int?
    /// Numbers of a group's members, its owner first; empty for a chat between two.
    package let participants: [String]
    package let newestSeconds: Int64
    let stepSeconds: Int64

    package var isGroup: Bool { number == nil }
    var addressing: Addressing { jid.server == .lid || isGroup ? .lid : .phoneNumber }
}

extension History {
    /// Groups stand at every so many-th place.
    private var groupStride: Int { max(1, plan.chatCount / max(1, plan.groupCount)) }

    private func groupIndex(ofChat index: Int) -> Int? {
        guard plan.groupCount > 0, index % groupStride == groupStride - 1, index / groupStride < plan.groupCount else {
            return nil
        }
        return index / groupStride
    }

    func chat(_ index: Int) -> HistoryChat {
        let count = messageCount(ofChat: index)
        let newest = plan.newestSeconds - Int64(index)
        let step = max(1, (plan.spanSeconds - Int64(index)) / Int64(max(1, count)))
        func every(_ n: Int, _ rest: Int) -> Bool { index % n == rest }
        let group = groupIndex(ofChat: index)
        let groupsBefore = plan.groupCount == 0 ? 0 : min(plan.groupCount, index / groupStride)
        let person = index - groupsBefore
        let number = group == nil ? self.number(ofPerson: person) : nil
        let lid = number.map { self.lid($0) }
        let byLID = every(3, 0)
        let jid: JID
        if let group {
            let id =
                group < plan.groupIDs.count ? plan.groupIDs[group] : String(120_363_700_000_000_000 + 7_919 * group)
            jid = JID(id, .group)
        } else {
            jid = byLID ? JID(lid ?? "", .lid) : JID(number ?? "", .user)
        }
        return HistoryChat(
            index: index, jid: jid, number: number, lid: lid,
            name: group.map { "Group \($0 + 1)" } ?? name(ofPerson: person),
            messageCount: count, firstSent: min(plan.keptOnPhoneCount, count),
            unreadCount: every(4, 1) ? min(5, count) : 0, isArchived: every(10, 7),
            pinnedSeconds: index < 3 && plan.chatCount > 3 ? newest : nil,
            mutedUntilSeconds: every(9, 4) ? plan.newestSeconds + 86_400 * 365 : nil, isMarkedUnread: every(17, 3),
            expirationSeconds: every(13, 6) ? 604_800 : nil,
            participants: group.map { members(ofGroup: $0) } ?? [], newestSeconds: newest, stepSeconds: step)
    }

    /// The owner first, then some of the people.
    private func members(ofGroup group: Int) -> [String] {
        let others = (0..<min(personCount, 3 + group % 5)).map { (group * 3 + $0) % max(1, personCount) }
        return [owner] + others.map { number(ofPerson: $0) }
    }

    /// The first chats are the busiest: chat i has a weight of (chats - i).
    func messageCount(ofChat index: Int) -> Int {
        func before(_ index: Int) -> Int {
            let weight = index * plan.chatCount - index * (index - 1) / 2
            return plan.messageCount * weight / max(1, plan.chatCount * (plan.chatCount + 1) / 2)
        }
        return before(index + 1) - before(index)
    }

    /// The chat with this address, under either name of the other party.
    func chat(at jid: JID) -> HistoryChat? {
        if jid.server == .user, let person = person(jid.user) {
            // A person's place is the chat's but for the groups before it.
            return (person..<min(plan.chatCount, person + plan.groupCount + 1)).lazy.map { chat($0) }
                .first { $0.number == jid.user }
        }
        guard jid.isGroup || jid.server == .lid else { return nil }
        return (0..<plan.chatCount).lazy.map { chat($0) }.first {
            $0.jid == jid || jid.server == .lid && $0.lid == jid.user
        }
    }
}
