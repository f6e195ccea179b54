import Storage
import WAClient

extension MessageStore {
    /// The newest message with this id in one of these chats, with its marks and its way; nil when there is none.
    func details(
        _ reference: MessageReference, in chats: [String], of sessionID: String, on connection: any SQLConnection
    ) throws -> MessageDetails? {
        let rows = try connection.query(
            """
            SELECT \(Self.columns), error, starred, pinned_until, expires_at, edited_at, encrypted_at, encrypted_for, settled_at
            FROM gateway_messages WHERE session_id = $1 AND message_id = $2 AND chat IN ($3, $4, $5)
            ORDER BY seq DESC LIMIT 20
            """, [.text(sessionID), .text(reference.id)] + MessageQuery.padded(chats))
        let people = PeopleNames(sessionID: sessionID, connection: connection)
        for row in rows {
            let message = try Self.record(row, people)
            let isFromMe = message.direction == .outgoing
            guard (reference.isFromMe ?? isFromMe) == isFromMe else { continue }
            let receipts =
                isFromMe ? try ReceiptStore.all(of: reference.id, in: sessionID, on: connection) : []
            return MessageDetails(
                message: message, isStarred: try row.boolean("starred"),
                pinnedUntilMilliseconds: try row.optionalInteger("pinned_until"),
                expiresAtMilliseconds: try row.optionalInteger("expires_at"),
                editedAtMilliseconds: try row.optionalInteger("edited_at"),
                timeline: try Self.timeline(of: message, row, receipts, people))
        }
        return nil
    }

    private static func timeline(
        of message: MessageRecord, _ row: SQLRow, _ receipts: [DeviceReceipt], _ people: PeopleNames
    ) throws -> [DeliveryStep] {
        guard message.direction == .outgoing else {
            return [DeliveryStep(kind: .received, atMilliseconds: message.createdAtMilliseconds)]
        }
        var steps = [DeliveryStep(kind: .accepted, atMilliseconds: message.createdAtMilliseconds)]
        if let at = try row.optionalInteger("encrypted_at") {
            let devices = try DeviceList(text: row.optionalText("encrypted_for") ?? "").devices.map { person, device in
                DeliveryStep.Device(personID: try people.shown(person), number: device)
            }
            steps.append(DeliveryStep(kind: .encrypted(devices), atMilliseconds: at))
        }
        let settledAt = try row.optionalInteger("settled_at")
        if message.status == .failed {
            let code = try row.optionalText("error") ?? ""
            steps.append(
                DeliveryStep(
                    kind: .failed(code: code, meaning: MessagingGateway.refusal(code: code, chatID: message.chatID).message),
                    atMilliseconds: settledAt))
        } else if message.status >= .sent {
            steps.append(
                DeliveryStep(kind: .server, atMilliseconds: settledAt ?? message.timestampSeconds * 1000))
        }
        for receipt in receipts {
            let device = DeliveryStep.Device(personID: try people.shown(receipt.personID), number: receipt.device)
            func add(_ kind: DeliveryStep.Kind, _ at: Int64?) {
                if let at { steps.append(DeliveryStep(kind: kind, atMilliseconds: at, device: device)) }
            }
            add(.retried(count: receipt.retries), receipt.retriedAtMilliseconds)
            add(.delivered, receipt.deliveredAtMilliseconds)
            add(.read, receipt.readAtMilliseconds)
            add(.played, receipt.playedAtMilliseconds)
        }
        return inOrderOfTime(steps)
    }

    /// A receipt's time is the other side's, in seconds: it may seem to lie a moment before our own steps, which come first.
    private static func inOrderOfTime(_ steps: [DeliveryStep]) -> [DeliveryStep] {
        let own = steps.filter { $0.device == nil }
        let others = steps.filter { $0.device != nil }.enumerated().sorted { left, right in
            (left.element.atMilliseconds ?? 0, left.offset) < (right.element.atMilliseconds ?? 0, right.offset)
        }
        return own + others.map(\.element)
    }
}
