import SignalProtocol
import Storage
import WABinary

/// Sessions stepped on one state of the database, to be kept together later, if nobody has stepped them meanwhile.
///
/// Nothing encrypted here may leave before `save` was committed: then no message key is used twice, however the steps of
/// others fall between.
struct SessionSteps: Sendable {
    private struct Owner: Hashable {
        let person: String
        let device: UInt16
    }

    private struct Step {
        /// The record as it was read.
        let stored: [UInt8]
        var session: Session
        var isStepped = false
    }

    private let store: SignalStore
    private let addresses: AddressMapStore
    private var owners: [JID: Owner] = [:]
    private var steps: [Owner: Step] = [:]

    init(account: String) {
        store = SignalStore(account: account)
        addresses = AddressMapStore(account: account)
    }

    /// Whether there is a session with the device.
    mutating func has(_ device: JID, on sql: any SQLConnection) throws -> Bool {
        try owner(of: device, on: sql) != nil
    }

    /// Nil where there is no session.
    mutating func encrypt(
        _ padded: [UInt8], to device: JID, by local: LocalIdentity, on sql: any SQLConnection
    ) throws -> Ciphertext? {
        guard let owner = try owner(of: device, on: sql) else { return nil }
        steps[owner]?.isStepped = true
        return try steps[owner]?.session.encrypt(padded, by: local)
    }

    /// Keeps what was stepped.
    ///
    /// - Returns: false when another step was quicker; then the transaction must be undone.
    func save(on sql: any SQLConnection) throws -> Bool {
        for (owner, step) in steps where step.isStepped {
            let isKept = try store.replace(
                step.stored, by: step.session, owner.person, owner.device, on: sql)
            guard isKept else { return false }
        }
        return true
    }

    private mutating func owner(of device: JID, on sql: any SQLConnection) throws -> Owner? {
        if let owner = owners[device] { return owner }
        let owner = Owner(person: try addresses.person(of: device, on: sql), device: device.device)
        if steps[owner] == nil {
            guard let record = try store.record(owner.person, owner.device, on: sql) else { return nil }
            steps[owner] = Step(stored: record, session: try Session(decoding: record))
        }
        owners[device] = owner
        return owner
    }
}
