import FoundationEssentials
import WACrypto
import WAProto

/// What somebody chose in a poll.
///
/// ```
/// 50 pollUpdateMessage { 1 pollCreationMessageKey, 2 vote { 1 encPayload, 2 encIV }, 4 senderTimestampMS }
/// encPayload = PollVoteMessage { 1 selectedOptions[] = SHA-256(option's name) }, sealed with the poll's secret
/// ```
/// Votes come sealed (``SealedAddition``) and go out sealed; a vote replaces the one before. Source: protocol reference 5.16.
package struct PollVoteContent: Equatable, Sendable {
    /// The poll.
    package var key: MessageKey
    /// SHA-256 of the UTF-8 of each chosen option, 32 bytes each; none takes the vote back.
    package var selectedHashes: [[UInt8]]
    /// The options themselves, in the order of the poll, where the poll is known; empty where it is not.
    package var selectedNames: [String]
    package var sentAtMilliseconds: Int64

    /// A poll has at most 12 options, or as many as its maker's phone allows.
    private static let maximumSelections = 256

    package init(key: MessageKey, selectedHashes: [[UInt8]], selectedNames: [String] = [], sentAtMilliseconds: Int64) {
        self.key = key
        self.selectedHashes = selectedHashes
        self.selectedNames = selectedNames
        self.sentAtMilliseconds = sentAtMilliseconds
    }

    /// A vote for options by their names.
    package init(key: MessageKey, options: [String], sentAtMilliseconds: Int64) {
        self.init(
            key: key, selectedHashes: options.map(Self.hash(of:)), selectedNames: options,
            sentAtMilliseconds: sentAtMilliseconds)
    }

    /// Nil when the opened bytes are no vote.
    init?(key: MessageKey, opened: [UInt8], sentAtMilliseconds: Int64) {
        guard let vote = try? WAPollVoteMessage(decoding: opened) else { return nil }
        self.init(
            key: key, selectedHashes: vote.selectedOptions.prefix(Self.maximumSelections).map { [UInt8]($0) },
            sentAtMilliseconds: sentAtMilliseconds)
    }

    /// The same with the names of what was chosen.
    package func named(byOptions options: [String]) -> PollVoteContent {
        var vote = self
        let chosen = Set(selectedHashes)
        vote.selectedNames = options.filter { chosen.contains(Self.hash(of: $0)) }
        return vote
    }

    package static func hash(of option: String) -> [UInt8] { Digest.sha256([UInt8](option.utf8)) }

    /// What is sealed.
    var plaintext: [UInt8] {
        var vote = WAPollVoteMessage()
        vote.selectedOptions = selectedHashes.map { Data($0) }
        return vote.encoded()
    }

    /// Without the vote, which only the poll's secret can seal.
    var message: WAMessage {
        var message = WAMessage()
        message.pollUpdateMessage.pollCreationMessageKey = key.proto
        message.pollUpdateMessage.senderTimestampMs = sentAtMilliseconds
        return message
    }
}
