/// What later messages did to one: reactions, edits, deletion, votes, a pin.
package struct MessageChanges: Sendable, Equatable {
    package struct Reaction: Sendable, Equatable {
        /// The account that reacted.
        package let by: String
        package let emoji: String
        package let atMilliseconds: Int64
    }

    package struct Edit: Sendable, Equatable {
        /// What was shown before this edit.
        package let formerText: String?
        /// The id of the message that edited.
        package let id: String
        package let atMilliseconds: Int64
    }

    package struct Vote: Sendable, Equatable {
        package let by: String
        package let options: [String]
        package let atMilliseconds: Int64
    }

    package struct Answer: Sendable, Equatable {
        package let by: String
        package let answer: ShownEvent.Answer
    }

    /// One a person, the latest.
    package var reactions: [Reaction] = []
    /// Oldest first.
    package var edits: [Edit] = []
    /// One a person, the latest; nobody who took the vote back.
    package var votes: [Vote] = []
    /// The account that deleted it for everybody.
    package var revokedBy: String?
    package var isPinned = false
    /// A disappearing message that somebody keeps.
    package var isKept = false
    /// To an event: one a person, the latest.
    package var answers: [Answer] = []

    package init() {}

    /// A client that edits without end must not fill the memory.
    private static let keptEditCount = 100

    mutating func react(_ emoji: String, by person: String, atMilliseconds now: Int64) {
        reactions.removeAll { $0.by == person }
        guard !emoji.isEmpty else { return }
        reactions.append(.init(by: person, emoji: emoji, atMilliseconds: now))
    }

    mutating func edit(from formerText: String?, id: String, atMilliseconds now: Int64) {
        edits.append(.init(formerText: formerText, id: id, atMilliseconds: now))
        if edits.count > Self.keptEditCount { edits.removeFirst() }
    }

    mutating func answer(_ answer: ShownEvent.Answer, by person: String) {
        answers.removeAll { $0.by == person }
        answers.append(.init(by: person, answer: answer))
    }

    mutating func vote(_ options: [String], by person: String, atMilliseconds now: Int64) {
        votes.removeAll { $0.by == person }
        guard !options.isEmpty else { return }
        votes.append(.init(by: person, options: options, atMilliseconds: now))
    }
}
