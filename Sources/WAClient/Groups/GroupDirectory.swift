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
    /// All groups were asked for on the present connection.
    private let isListed = Mutex(false)

    private var store: GroupStore { GroupStore(account: account) }

    init(account: String, database: any SQLDatabase, environment: ClientEnvironment) {
        self.account = account
        self.database = database
        self.environment = environment
    }

    /// There may be groups we have not heard of: a new connection begins, or we were added to one.
    func doubtList() { isListed.withLock { $0 = false } }

    /// Every group, without participants, by subject.
    func all(on connection: Connection) async throws -> [Group] {
        let store = store
        if !isListed.withLock({ $0 }) {
            let groups = try await connection.execute(GroupListRequest(), environment: environment)
            try await database.write { try store.saveList(groups, on: $0) }
            isListed.withLock { $0 = true }
        }
        return try await database.read { try store.all(on: $0) }
    }

    /// One group with its participants. Throws `IQError` with 403 or 404 when it is none of ours.
    func group(_ chat: JID, on connection: Connection) async throws -> Group {
        let store = store
        if let known = try await database.read({ try store.group(chat, on: $0) }) { return known }
        try await refresh(chat, on: connection)
        guard let group = try await database.read({ try store.group(chat, on: $0) }) else { throw IQError(code: 404) }
        return group
    }

    /// Asks for a group and keeps the answer.
    func refresh(_ chat: JID, on connection: Connection) async throws {
        let group = try await connection.execute(GroupInfoRequest(group: chat), environment: environment)
        let (account, store) = (account, store)
        let mappings = group.participants.compactMap(\.mapping)
        for start in stride(from: 0, to: mappings.count, by: Self.mappingsAtOnce) {
            let part = mappings[start..<min(start + Self.mappingsAtOnce, mappings.count)]
            try await database.write { sql in
                for mapping in part {
                    try AddressMapStore(account: account).learn(lid: mapping.lid, phone: mapping.phone, on: sql)
                }
            }
        }
        try await database.write { sql in
            guard let own = try DeviceStore(account: account).load(on: sql)?.ownAddresses else { return }
            try store.save(group, own: own, on: sql)
        }
    }

    /// The server says that our view of the groups is out of date.
    func doubtAll() async throws {
        doubtList()
        let store = store
        try await database.write { try store.doubtAllMembers(on: $0) }
    }

    /// Addresses learned in one transaction: each new pair moves what was stored under the number.
    private static let mappingsAtOnce = 64
}
