import Storage
import WAProtocol

/// The votes that stand: one for each poll and person, the last one said.
///
/// Options are kept as hashes, the way they are voted for, so that a vote counts also when its poll becomes known later.
enum PollVoteStore {
    /// An older vote than the one known counts no more; an empty one takes the vote back.
    static func put(
        _ vote: PollVoteContent, in chat: String, by voter: String, of sessionID: String,
        on connection: any SQLConnection
    ) throws {
        try put(
            vote.selectedHashes.map(hexadecimal).joined(separator: ","), for: vote.key.id, in: chat, by: voter,
            atMilliseconds: vote.sentAtMilliseconds, of: sessionID, on: connection)
    }

    /// The same as text: `options` as the column has them.
    static func put(
        _ options: String, for messageID: String, in chat: String, by voter: String, atMilliseconds: Int64,
        of sessionID: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO gateway_poll_votes (session_id, chat, message_id, voter, options, voted_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (session_id, chat, message_id, voter) DO UPDATE SET options = excluded.options,
                voted_at = excluded.voted_at
            WHERE excluded.voted_at >= gateway_poll_votes.voted_at
            """,
            [
                .text(sessionID), .text(chat), .text(messageID), .text(voter), .text(options),
                .integer(atMilliseconds),
            ])
    }

    /// Who chose what, oldest first; without those who took their vote back.
    static func votes(
        for messageID: String, in chats: [String], of sessionID: String, on connection: any SQLConnection
    ) throws -> [PollVote] {
        try connection.query(
            """
            SELECT voter, options, voted_at FROM gateway_poll_votes
            WHERE session_id = $1 AND chat IN ($2, $3, $4) AND message_id = $5 AND options <> ''
            ORDER BY voted_at, voter
            """, [.text(sessionID)] + MessageQuery.padded(chats) + [.text(messageID)]
        ).map { row in
            PollVote(
                voterID: try row.text("voter"), optionHashes: Set(try row.text("options").split(separator: ",").map(String.init)),
                votedAtMilliseconds: try row.integer("voted_at"))
        }
    }

    /// Options as the column has them.
    static func text(ofOptions names: [String]) -> String {
        names.map { hexadecimal(PollVoteContent.hash(of: $0)) }.joined(separator: ",")
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// One person's vote.
struct PollVote: Sendable, Equatable {
    let voterID: String
    /// SHA-256 of the chosen options, in hexadecimal.
    let optionHashes: Set<String>
    let votedAtMilliseconds: Int64
}
