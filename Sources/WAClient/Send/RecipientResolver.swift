import Logging
import SignalProtocol
import Storage
import WABinary
import WAProtocol

/// Asks the server for what a number of sends lack: whether numbers exist, device lists, keys. One request of each kind.
struct RecipientResolver: Sendable {
    let preparation: SendPreparation
    let database: any SQLDatabase
    let environment: ClientEnvironment
    let connection: Connection
    let news: NewsWatch
    let recorder: ClientRecorder

    struct Result: Sendable {
        /// Conversations that lead nowhere.
        var refusals: [JID: SendRefusal] = [:]
        var gaps = RecipientGaps()
    }

    private var account: String { preparation.account }

    /// What one request asks for at most; more people or devices than this take several.
    private static let requestLimit = 1_000
    /// Sessions saved in one transaction.
    private static let sessionsAtOnce = 64

    func resolve(_ needs: [SendPreparation.Needs]) async throws -> Result {
        var result = Result()
        let numbers = Set(needs.compactMap(\.unknownNumber))
        if !numbers.isEmpty { try await checkNumbers(numbers, into: &result) }
        let people = Set(needs.flatMap(\.people)).subtracting(result.refusals.keys)
        if !people.isEmpty { result.gaps.unlisted = try await fetchDeviceLists(of: people).unlisted }
        let devices = Set(needs.flatMap(\.devices))
        if !devices.isEmpty { result.gaps.keyless = try await openSessions(with: devices) }
        return result
    }

    private func checkNumbers(_ numbers: Set<JID>, into result: inout Result) async throws {
        let request = ContactCheckRequest(numbers: numbers.map(\.user))
        let answers = try await connection.execute(request, environment: environment)
        let (account, recorder) = (account, recorder)
        try await database.write { sql in
            for answer in answers {
                guard let phone = answer.phone, let lid = answer.lid else { continue }
                try AddressMapStore(account: account).learn(lid: lid, phone: phone, telling: recorder, on: sql)
            }
        }
        for answer in answers {
            let number = JID(answer.number, .user)
            if !answer.isOnWhatsApp {
                result.refusals[number] = .notOnWhatsApp
            } else if answer.lid == nil {
                result.gaps.withoutLID.insert(number)
            }
        }
        // A number the server left out of its answer has no account either.
        for number in numbers.subtracting(answers.map({ JID($0.number, .user) })) { result.refusals[number] = .notOnWhatsApp }
    }

    /// Those without a list after it was asked for: the server left them out, or there was news of them meanwhile, so that
    /// they are to be asked for again.
    func fetchDeviceLists(of people: Set<JID>) async throws -> (unlisted: Set<JID>, outdated: Set<JID>) {
        let watch = news.begin()
        defer { news.end(watch) }
        for part in Array(people).chunks(of: Self.requestLimit) {
            let lists = try await connection.execute(DeviceListRequest(people: Array(part)), environment: environment)
            for lists in lists.chunks(of: Self.sessionsAtOnce) { try await save(lists, askedSince: watch) }
        }
        let (account, news) = (account, news)
        return try await database.read { sql in
            var (unlisted, outdated): (Set<JID>, Set<JID>) = ([], [])
            for jid in people {
                let person = try AddressMapStore(account: account).person(of: jid, on: sql)
                if try DeviceListStore(account: account).devices(of: person, on: sql) != nil { continue }
                if news.isOutdated(person, since: watch) { outdated.insert(jid) } else { unlisted.insert(jid) }
            }
            return (unlisted, outdated)
        }
    }

    private func save(_ lists: ArraySlice<DeviceSet>, askedSince watch: UInt64) async throws {
        let (account, news, recorder) = (account, news, recorder)
        try await database.write { sql in
            let addresses = AddressMapStore(account: account)
            for list in lists {
                if let lid = list.lid, list.person.server == .user {
                    try addresses.learn(lid: lid, phone: list.person, telling: recorder, on: sql)
                }
                let person = try addresses.person(of: list.person, on: sql)
                if news.isOutdated(person, since: watch) { continue }
                try DeviceListStore(account: account).save(list.devices, of: person, on: sql)
            }
        }
    }

    /// Fetches bundles and makes sessions; returns the devices that gave no usable keys. The key agreement runs outside the
    /// transactions, the saving inside.
    func openSessions(with devices: Set<JID>) async throws -> Set<JID> {
        var keyless = devices
        for part in Array(devices).chunks(of: Self.requestLimit) {
            let bundles = try await connection.execute(PreKeyBundleRequest(devices: Array(part)), environment: environment)
            for bundles in Array(bundles).chunks(of: Self.sessionsAtOnce) {
                keyless.subtract(try await openSessions(from: bundles))
            }
        }
        return keyless
    }

    /// Returns the devices there is a session with now.
    private func openSessions(from bundles: ArraySlice<(key: JID, value: PreKeyBundle)>) async throws -> [JID] {
        var fresh: [(device: JID, session: Session)] = []
        for (device, bundle) in bundles {
            do {
                fresh.append((device, try Session.initiated(with: bundle, by: preparation.vault.local)))
            } catch {
                environment.logger.warning("a device's prekey bundle was refused", metadata: ["reason": "\(error)"])
            }
        }
        let (vault, sessions) = (preparation.vault, fresh)
        try await database.write { sql in
            for (device, session) in sessions where try !vault.hasSession(with: device, on: sql) {
                try vault.save(session, with: device, on: sql)
            }
        }
        return sessions.map(\.device)
    }
}

extension Array {
    /// Parts of at most this many elements, in order.
    fileprivate func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
