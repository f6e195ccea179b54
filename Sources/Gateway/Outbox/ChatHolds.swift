/// Keeps the order of each chat while some of its entries wait for an upload; a pure machine behind `LaneQueue`.
///
/// ```
/// admit ─► nothing of the chat waits, no upload needed ─► ready
///    └────► held behind the chat's earlier entries ─► prepared ─► ready, as soon as it is the chat's first
/// ```
///
/// Other chats pass. Uploads of one chat may run side by side; only their sending keeps the order.
struct ChatHolds: Sendable {
    private struct Held: Sendable {
        let entry: OutboxEntry
        var isPrepared: Bool
    }

    /// Chats with something held, each in order.
    private var chats: [ChatID: [Held]] = [:]

    /// Takes entries in the lane's order.
    ///
    /// - Returns: those that may go at once, and those whose preparation is to begin.
    mutating func admit(_ entries: [OutboxEntry]) -> (ready: [OutboxEntry], toPrepare: [OutboxEntry]) {
        var (ready, toPrepare): ([OutboxEntry], [OutboxEntry]) = ([], [])
        for entry in entries {
            let needsUpload = entry.content.media != nil
            if needsUpload { toPrepare.append(entry) }
            if needsUpload || chats[entry.chat] != nil {
                chats[entry.chat, default: []].append(Held(entry: entry, isPrepared: !needsUpload))
            } else {
                ready.append(entry)
            }
        }
        return (ready, toPrepare)
    }

    /// The entry's upload is done.
    ///
    /// - Returns: what may go now, in order: nothing while an earlier entry of the chat is held.
    mutating func prepared(_ entry: OutboxEntry) -> [OutboxEntry] {
        guard let index = chats[entry.chat]?.firstIndex(where: { $0.entry.messageID == entry.messageID }) else { return [] }
        chats[entry.chat]?[index].isPrepared = true
        return release(entry.chat)
    }

    /// The entry will never be sent.
    ///
    /// - Returns: what it held back and may go now.
    mutating func dropped(_ entry: OutboxEntry) -> [OutboxEntry] {
        chats[entry.chat]?.removeAll { $0.entry.messageID == entry.messageID }
        return release(entry.chat)
    }

    private mutating func release(_ chat: ChatID) -> [OutboxEntry] {
        guard let held = chats[chat] else { return [] }
        let ready = held.prefix(while: \.isPrepared).map(\.entry)
        let rest = held.dropFirst(ready.count)
        chats[chat] = rest.isEmpty ? nil : Array(rest)
        return ready
    }
}
