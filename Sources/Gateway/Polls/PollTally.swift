/// What was voted in a poll: its options in their order, and who chose each.
package struct PollTally: Sendable, Equatable {
    package struct Option: Sendable, Equatable {
        package let name: String
        package let voters: [Voter]
    }

    package struct Voter: Sendable, Equatable {
        /// The neutral id of the person.
        package let id: String
        package let votedAtMilliseconds: Int64
    }

    package let question: String
    package let allowsMultipleAnswers: Bool
    package let options: [Option]
}
