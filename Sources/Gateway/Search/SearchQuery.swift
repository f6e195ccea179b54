/// What to look for in stored messages, and where (contract 19).
package struct SearchQuery: Sendable, Equatable {
    package var text: String
    /// Sessions the caller reaches, by id; nil for all.
    package var sessions: [String]?
    /// Any dialect of a chat id.
    package var chatID: String?
    /// A sender, any dialect; in groups the author too.
    package var from: String?
    package var direction: MessageDirection?
    package var type: String?
    /// Inclusive, Unix milliseconds.
    package var sinceMilliseconds: Int64?
    /// Inclusive, Unix milliseconds.
    package var untilMilliseconds: Int64?
    package var limit = 50
    package var offset = 0

    package init(text: String) {
        self.text = text
    }

    /// Longest text that is looked for, in characters.
    package static let maximumLength = 1_000
    package static let maximumOffset = 100_000
}

/// One message that was found.
package struct SearchHit: Sendable, Equatable {
    package let message: MessageRecord
    /// The place of the words in it, at most 24 words, each word found between `<mark>` and `</mark>`; nothing is escaped.
    package let snippet: String
    /// The lower, the better; nil where order is by time alone.
    package let score: Double?
}

/// Some of what was found, and how much there is.
package struct SearchPage: Sendable, Equatable {
    package let hits: [SearchHit]
    package let total: Int
}
