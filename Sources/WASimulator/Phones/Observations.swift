package import WABinary

/// The latest entries of something that may go on for ever; each keeps its place in the whole.
package struct RecentLog<Entry: Sendable & Equatable>: Sendable, Equatable {
    package private(set) var entries: [Entry] = []
    /// How many of the oldest are gone.
    package private(set) var droppedCount = 0

    private static var keptCount: Int { 10_000 }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        guard entries.count > Self.keptCount + Self.keptCount / 4 else { return }
        entries.removeFirst(Self.keptCount / 4)
        droppedCount += Self.keptCount / 4
    }
}

/// What a device of the simulator has seen of others, and heard of its own messages.
package struct Observations: Sendable, Equatable {
    package struct Presence: Sendable, Equatable {
        package let number: String
        package let isAvailable: Bool
        /// A time in seconds, or a word such as `deny`; nothing while somebody is there.
        package let lastSeen: String?
        package let atMilliseconds: Int64
    }

    package struct ChatState: Sendable, Equatable {
        package let chat: JID
        /// The account that writes.
        package let by: String
        /// `composing`, `recording` or `paused`.
        package let state: String
        package let atMilliseconds: Int64
    }

    package struct Receipt: Sendable, Equatable {
        package let id: String
        package let chat: JID
        package let by: DeviceAddress
        /// As on the stanza; `delivered` where it has none.
        package let type: String
        /// It came in one stanza for many people.
        package let isAggregated: Bool
        package let timestampSeconds: Int64
        package let atMilliseconds: Int64
    }

    /// By account, the latest of each.
    package private(set) var people: [String: Presence] = [:]
    package private(set) var chatStates = RecentLog<ChatState>()
    package internal(set) var receipts = RecentLog<Receipt>()

    mutating func saw(presence node: Node, in server: SimulatedServer) {
        guard let account = node.jid("from").flatMap({ server.account(at: $0) }) else { return }
        people[account.number] = Presence(
            number: account.number, isAvailable: node["type"] != "unavailable", lastSeen: node["last"],
            atMilliseconds: server.nowMilliseconds)
    }

    mutating func saw(chatState node: Node, in server: SimulatedServer) {
        guard let from = node.jid("from"), let child = node.children.first,
            let account = server.account(at: node.jid("participant") ?? from)
        else { return }
        let isRecording = child.tag == "composing" && child["media"] == "audio"
        chatStates.append(
            ChatState(
                chat: from.account, by: account.number, state: isRecording ? "recording" : child.tag,
                atMilliseconds: server.nowMilliseconds))
    }
}

extension SimulatedServer {
    package func observations(of address: DeviceAddress) throws(SimulatorError) -> Observations {
        try endpoint(address).observations
    }
}

extension JID {
    /// Written once for many people under a sender key: a group, or status posts.
    var isShared: Bool { isGroup || isStatusBroadcast }
}
