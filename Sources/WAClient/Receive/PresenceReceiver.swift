import Storage
import WABinary
import WAProtocol

/// Who is online, types or records, with phone numbers where they are known. Source: protocol reference 5.19.
struct PresenceReceiver: Sendable {
    let account: String

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// Nil for what names no person.
    func receive(
        _ stanza: PresenceStanza, nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws -> PresenceUpdate? {
        guard stanza.from.isPerson else { return nil }
        let person = try addresses.phoneForm(of: stanza.from, on: sql)
        return PresenceUpdate(
            chat: person, person: person,
            state: stanza.isAvailable ? .available : .unavailable(lastSeenSeconds: stanza.lastSeenSeconds),
            atMilliseconds: nowMilliseconds)
    }

    func receive(
        _ stanza: ChatStateStanza, nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws -> PresenceUpdate? {
        guard stanza.sender.isPerson else { return nil }
        return PresenceUpdate(
            chat: try addresses.phoneForm(of: stanza.chat, on: sql),
            person: try addresses.phoneForm(of: stanza.sender, on: sql), state: .init(stanza.state),
            atMilliseconds: nowMilliseconds)
    }
}

extension PresenceUpdate.State {
    fileprivate init(_ state: ChatStateStanza.State) {
        switch state {
        case .composing: self = .composing
        case .recording: self = .recording
        case .paused: self = .paused
        }
    }
}
