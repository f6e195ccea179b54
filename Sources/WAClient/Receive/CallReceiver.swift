import Storage
import WABinary
import WAProtocol

/// Follows calls from their first ring to their end. Only those that were seen ringing are told of, each step once.
///
/// ```
/// offer ─► rings ─┬─ accept by another device of ours, or ended elsewhere as accepted ─► taken ─ terminate ─► ended
///                 ├─ reject by us, or ended elsewhere as rejected ─► rejected
///                 └─ terminate ─► missed
/// ```
/// The state is in a table: the end may come on another connection than the ring. Source: protocol reference 5.11.
struct CallReceiver: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let recorder: ClientRecorder

    private enum State: Int64 { case rings, taken, over }

    /// How long a call is remembered, so that its stanzas, delivered again, change nothing.
    private static let retentionMilliseconds: Int64 = 14 * 86_400_000

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// What the stanza leads to; nil when it changes nothing.
    func receive(_ stanza: CallStanza, nowMilliseconds: Int64, on sql: any SQLConnection) throws -> CallUpdate? {
        for mapping in stanza.addressMappings {
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
        }
        guard let callID = stanza.callID, !callID.isEmpty else { return nil }
        switch (stanza.action, stanza.reason) {
        case ("offer", _), ("offer_notice", _):
            return try ring(stanza, callID, nowMilliseconds: nowMilliseconds, on: sql)
        case ("accept", _) where credentials.isOwn(stanza.from), ("terminate", "accepted_elsewhere"):
            return try advance(callID, to: .taken, from: [.rings: .accepted], stanza.timestampSeconds, on: sql)
        case ("reject", _) where credentials.isOwn(stanza.from), ("terminate", "rejected_elsewhere"):
            return try advance(callID, to: .over, from: [.rings: .rejected], stanza.timestampSeconds, on: sql)
        case ("terminate", _):
            return try advance(
                callID, to: .over, from: [.rings: .missed, .taken: .ended], stanza.timestampSeconds, on: sql)
        default:
            return nil
        }
    }

    /// We decline it; nil when it does not ring.
    func reject(_ callID: String, nowMilliseconds: Int64, on sql: any SQLConnection) throws -> CallUpdate? {
        try advance(callID, to: .over, from: [.rings: .rejected], nowMilliseconds / 1000, on: sql)
    }

    /// Who called, as the offer named them; nil when no such call rang.
    func creator(of callID: String, on sql: any SQLConnection) throws -> JID? {
        try sql.query(
            "SELECT creator FROM client_call WHERE account = $1 AND call_id = $2", [.text(account), .text(callID)]
        ).first.flatMap { JID(try $0.text("creator")) }
    }

    private func ring(
        _ stanza: CallStanza, _ callID: String, nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws -> CallUpdate? {
        let creator = (stanza.creator ?? stanza.from).foldingHosted
        // Our own phone calls somebody.
        guard creator.isPerson, !credentials.isOwn(creator) else { return nil }
        let isNew =
            try sql.execute(
                """
                INSERT INTO client_call (account, call_id, creator, chat_group, video, state, rang_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account, call_id) DO NOTHING
                """,
                [
                    .text(account), .text(callID), .text(creator.description), SQLValue(stanza.group?.description),
                    SQLValue(stanza.isVideo), .integer(State.rings.rawValue), .integer(nowMilliseconds),
                ]) > 0
        guard isNew else { return nil }
        try sql.execute(
            "DELETE FROM client_call WHERE account = $1 AND rang_at < $2",
            [.text(account), .integer(nowMilliseconds - Self.retentionMilliseconds)])
        return CallUpdate(
            callID: callID, from: try addresses.phoneForm(of: creator, on: sql), group: stanza.group,
            isVideo: stanza.isVideo, kind: .offered, timestampSeconds: stanza.timestampSeconds)
    }

    private func advance(
        _ callID: String, to next: State, from allowed: [State: CallUpdate.Kind], _ timestampSeconds: Int64,
        on sql: any SQLConnection
    ) throws -> CallUpdate? {
        guard
            let row = try sql.query(
                "SELECT creator, chat_group, video, state FROM client_call WHERE account = $1 AND call_id = $2",
                [.text(account), .text(callID)]
            ).first, let state = State(rawValue: try row.integer("state")), let kind = allowed[state],
            let creator = JID(try row.text("creator"))
        else { return nil }
        try sql.execute(
            "UPDATE client_call SET state = $3 WHERE account = $1 AND call_id = $2",
            [.text(account), .text(callID), .integer(next.rawValue)])
        return CallUpdate(
            callID: callID, from: try addresses.phoneForm(of: creator, on: sql),
            group: try row.optionalText("chat_group").flatMap { JID($0) }, isVideo: try row.boolean("video"), kind: kind,
            timestampSeconds: timestampSeconds)
    }
}
