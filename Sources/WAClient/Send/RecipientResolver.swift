import Logging
import SignalProtocol
import Storage
import WABinary
import WAProtocol

/// Asks the server for what a group of sends lacks: whether numbers exist, device lists, keys. One request of each kind.
struct RecipientResolver: Sendable {
    let preparation: SendPreparation
    let database: any SQLDatabase
    let environment: ClientEnvironment
    let connection: Connection

    struct Result: Sendable {
        var notOnWhatsApp: Set<JID> = []
        /// Numbers that exist but have no LID.
        var withoutLID: Set<JID> = []
        /// Devices the server gave no usable keys for.
        var keyless: Set<JID> = []
    }

    private var account: String { preparation.account }

    func resolve(_ needs: [SendPreparation.Needs]) async throws -> Result {
        var result = Result()
        let numbers = Set(needs.compactMap(\.unknownNumber))
        if !numbers.isEmpty { try await checkNumbers(numbers, into: &result) }
        let people = Set(needs.flatMap(\.people)).subtracting(result.notOnWhatsApp)
        if !people.isEmpty { try await fetchDeviceLists(of: people) }
        let devices = Set(needs.flatMap(\.devices))
        if !devices.isEmpty { try await openSessions(with: devices, into: &result) }
        return result
    }

    private func checkNumbers(_ numbers: Set<JID>, into result: inout Result) async throws {
        let request = ContactCheckRequest(numbers: numbers.map(\.user))
        let answers = try await connection.execute(request, environment: environment)
        let account = account
        try await database.write { sql in
            for answer in answers {
                guard let phone = answer.phone, let lid = answer.lid else { continue }
                try AddressMapStore(account: account).learn(lid: lid, phone: phone, on: sql)
            }
        }
        for answer in answers {
            let number = JID(answer.number, .user)
            if !answer.isOnWhatsApp {
                result.notOnWhatsApp.insert(number)
            } else if answer.lid == nil {
                result.withoutLID.insert(number)
            }
        }
        // A number the server left out of its answer has no account either.
        result.notOnWhatsApp.formUnion(numbers.subtracting(answers.map { JID($0.number, .user) }))
    }

    private func fetchDeviceLists(of people: Set<JID>) async throws {
        let lists = try await connection.execute(DeviceListRequest(people: Array(people)), environment: environment)
        let account = account
        try await database.write { sql in
            let addresses = AddressMapStore(account: account)
            for list in lists {
                if let lid = list.lid, list.person.server == .user { try addresses.learn(lid: lid, phone: list.person, on: sql) }
                let person = try addresses.person(of: list.person, on: sql)
                try DeviceListStore(account: account).save(list.devices, of: person, on: sql)
            }
        }
    }

    /// Fetches bundles and makes sessions. The key agreement runs outside the transaction, the saving inside.
    private func openSessions(with devices: Set<JID>, into result: inout Result) async throws {
        let bundles = try await connection.execute(PreKeyBundleRequest(devices: Array(devices)), environment: environment)
        var fresh: [(device: JID, session: Session)] = []
        for (device, bundle) in bundles {
            do {
                fresh.append((device, try Session.initiated(with: bundle, by: preparation.vault.local)))
            } catch {
                environment.logger.warning("a device's prekey bundle was refused", metadata: ["reason": "\(error)"])
            }
        }
        result.keyless.formUnion(devices.subtracting(fresh.map(\.device)))
        let (vault, sessions) = (preparation.vault, fresh)
        try await database.write { sql in
            for (device, session) in sessions where try !vault.hasSession(with: device, on: sql) {
                try vault.save(session, with: device, on: sql)
            }
        }
    }
}
