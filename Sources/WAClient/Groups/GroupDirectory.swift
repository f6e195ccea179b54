import Storage
import Synchronization
import WABinary
import WAProtocol

/// The account's groups: what the server told is kept and brought up to date by its notifications, and asked for where it
/// is not known or doubted.
///
/// All groups together are asked for once on each connection; who is in a group when it is first needed.
final class GroupDirectory: Sendable {
    private let account: String
    private let database: any SQLDatabase
    private let environment: ClientEnvironment
    private let news: NewsWatch
    private let recorder: ClientRecorder

    private struct Listing {
        /// Counts what makes the list doubtful.
        var doubts: UInt64 = 0
        /// As many doubts as there were when the present list was asked for.
        var settledDoubts: UInt64?
    }

    private let listing = Mutex(Listing())

    private var store: GroupStore { GroupStore(account: account) }

    init(
        account: String, database: any SQLDatabase, environment: ClientEnvironment, news: NewsWatch,
        recorder: @escaping ClientRecorder
    ) {
        self.account = account
        self.database = database
        self.environment = environment
        self.news = news
        self.recorder = recorder
    }

    /// There may be groups we have not heard of: a new connection begins, or we were added to one.
    func doubtList() { listing.withLock { $0.doubts += 1 } }

    /// Every group, without participants, by subject.
    func all(on connection: Connection) async throws -> [Group] {
        let store = store
        let listed = listing.withLock { $0 }
        if listed.settledDoubts != listed.doubts {
            let groups = try await connection.execute(GroupListRequest(), environment: environment)
            try await database.write { try store.saveList(groups, on: $0) }
            listing.withLock { $0.settledDoubts = listed.doubts }
        }
        return try await database.read { try store.all(on: $0) }
    }

    /// One group with its participants. Throws `IQError` with 403 or 404 when it is none of ours.
    func group(_ chat: JID, on connection: Connection) async throws -> Group {
        let store = store
        if let known = try await database.read({ try store.group(chat, on: $0) }) { return known }
        let answer = try await refresh(chat, on: connection)
        return try await database.read { try store.group(chat, on: $0) } ?? answer
    }

    /// Asks for a group and keeps the answer, unless there was news of the group meanwhile: then it stays to be asked for.
    @discardableResult
    func refresh(_ chat: JID, on connection: Connection) async throws -> Group {
        let watch = news.begin()
        defer { news.end(watch) }
        let group = try await connection.execute(GroupInfoRequest(group: chat), environment: environment)
        try await keep(group, of: chat, askedSince: watch)
        return group
    }

    func keep(_ group: Group, of chat: JID, askedSince watch: UInt64) async throws {
        let (account, store, news, recorder) = (account, store, news, recorder)
        let mappings = group.participants.compactMap(\.mapping)
        for start in stride(from: 0, to: mappings.count, by: Self.mappingsAtOnce) {
            let part = mappings[start..<min(start + Self.mappingsAtOnce, mappings.count)]
            try await database.write { sql in
                for mapping in part {
                    try AddressMapStore(account: account).learn(
                        lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
                }
            }
        }
        try await database.write { sql in
            guard let own = try DeviceStore(account: account).load(on: sql)?.ownAddresses,
                !news.isOutdated(chat.description, since: watch)
            else { return }
            try store.save(group, own: own, on: sql)
        }
    }

    /// The server says that our view of the groups is out of date.
    func doubtAll() async throws {
        doubtList()
        let (store, news) = (store, news)
        try await database.write { sql in
            news.heardOfEverything()
            try store.doubtAllMembers(on: sql)
        }
    }

    /// Addresses learned in one transaction: each new pair moves what was stored under the number.
    private static let mappingsAtOnce = 64
}
